#include <reel/md5.hpp>

#include <iostream>

int main() {
  if (reel::md5_hex("abc") != "900150983cd24fb0d6963f7d28e17f72") return 1;
  std::cout << "a consumer runs\n";
}

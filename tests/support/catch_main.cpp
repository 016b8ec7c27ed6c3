// Defines main() for Catch2 2, once for every test program. Catch2 3 has it in the library Catch2WithMain.
#if !__has_include(<catch2/catch_all.hpp>)
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
#endif

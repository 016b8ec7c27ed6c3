#include <reel/driver/value.hpp>
#include <reel/error.hpp>
#include <reel/id.hpp>
#include <reel/permission.hpp>

#include <cstdint>
#include <iomanip>
#include <sstream>
#include <string>

#include "support/catch.hpp"

namespace printing_tests {

using reel::Permission;
using reel::Role;
using reel::driver::List;
using reel::driver::Value;

template <class T>
std::string printed(const T& value) {
  std::ostringstream out;
  out << value;
  CHECK(Catch::Detail::stringify(value) == out.str());
  return out.str();
}

TEST_CASE("a failed comparison prints ids, codes, roles and permissions by their names", "[printing]") {
  struct Album {};
  CHECK(printed(reel::Id<Album>{"blue"}) == "blue");
  CHECK(printed(reel::Errc::not_found) == "not_found");
  CHECK(printed(Role::user("ada")) == "user:ada");
  CHECK(printed(Permission::read(Role::any())) == R"(read("any"))");
}

TEST_CASE("a failed comparison prints a value so that its type can be seen", "[printing]") {
  CHECK(printed(Value()) == "null");
  CHECK(printed(Value(true)) == "true");
  CHECK(printed(Value(std::int64_t{42})) == "42");
  CHECK(printed(Value("42")) == R"("42")");
  CHECK(printed(Value(reel::Timestamp{})) == "1970-01-01T00:00:00.000+00:00");
  CHECK(printed(Value(List{})) == "[]");
  CHECK(printed(Value(List{std::int64_t{1}, "a", Value()})) == R"([1, "a", null])");
}

TEST_CASE("numbers that differ are printed differently and the precision of the stream stays", "[printing]") {
  CHECK(printed(Value(0.1)) != printed(Value(0.1 + 1e-16)));
  std::ostringstream out;
  out << std::setprecision(2) << Value(0.125) << ' ' << 0.125;
  CHECK(out.str() == "0.125 0.12");
}

}  // namespace printing_tests

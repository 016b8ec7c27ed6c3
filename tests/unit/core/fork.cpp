#include <sys/socket.h>
#include <unistd.h>

#include <reel/driver/fork.hpp>

#include "support/catch.hpp"
#include "support/filesystem/child.hpp"

namespace fork_tests {

using reel::driver::Forks;
using reel::testing::Child;

/// Lets `file` have the number of a descriptor that is registered as not shared and was closed.
void take_number_of_closed(int& file, bool is_removed) {
  const int connection = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(connection >= 0);
  Forks::add(connection);
  if (is_removed) Forks::remove(connection);
  ::close(connection);
  REQUIRE(::dup2(file, connection) == connection);
  ::close(file);
  file = connection;
}

TEST_CASE("a child keeps the file that has the number of a closed connection") {
  const bool is_removed = GENERATE(true, false);
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  take_number_of_closed(ends[1], is_removed);
  Child child([&](const Child::Pipe&) { Child::Pipe(ends[1]).write("written"); });
  CHECK(child.wait());
  ::close(ends[1]);
  char read[16];
  CHECK(::read(ends[0], read, sizeof read) == 7);
  ::close(ends[0]);
}

TEST_CASE("a child has /dev/null for a connection of its parent") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  {
    const reel::driver::NotShared guard(ends[1]);
    Child child([&](const Child::Pipe&) { Child::Pipe(ends[1]).write("written"); });
    CHECK(child.wait());
  }
  ::close(ends[1]);
  char read[16];
  CHECK(::read(ends[0], read, sizeof read) == 0);
  ::close(ends[0]);
}

}  // namespace fork_tests

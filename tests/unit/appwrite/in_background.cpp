#include <reel/backends/appwrite/in_background.hpp>

#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <future>
#include <stdexcept>
#include <vector>

#include "support/catch.hpp"
#include "support/error_from.hpp"
#include "support/filesystem/child.hpp"

namespace in_background_tests {

using reel::appwrite::in_background;

TEST_CASE("background work returns its result or throws its error") {
  CHECK(in_background([] { return 7; }).get() == 7);
  auto failing = in_background([]() -> int { throw std::runtime_error("own"); });
  CHECK_THROWS_AS(failing.get(), std::runtime_error);
}

TEST_CASE("a failure to start a thread is a reel::Error") {
  reel::testing::Child child([](const reel::testing::Child::Pipe& pipe) {
    std::ifstream statm("/proc/self/statm");
    rlim_t pages = 0;
    statm >> pages;
    const rlim_t used = pages * static_cast<rlim_t>(::getpagesize());
    const rlimit no_room_for_a_stack{used + (rlim_t{2} << 20), used + (rlim_t{2} << 20)};
    if (::setrlimit(RLIMIT_AS, &no_room_for_a_stack) != 0) throw std::runtime_error("setrlimit");
    std::atomic<bool> ended = false;
    std::vector<std::future<void>> running;  // the first one may reuse the stack of an earlier thread
    const reel::Error error = reel::testing::error_from([&] {
      while (running.size() < 100) running.push_back(in_background([&ended] { ended.wait(false); }));
    });
    ended = true;
    ended.notify_all();
    pipe.write(error.code() == reel::Errc::unavailable ? "unavailable" : error.what());
  });
  CHECK(child.read() == "unavailable");
  CHECK(child.wait());
}

}  // namespace in_background_tests

#include "terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <iostream>

#include <reel/driver/file/descriptor.hpp>

#include "printable_output.hpp"

namespace tool {
namespace {

std::atomic<bool> asked_to_stop{false};
std::atomic<int> waker{-1};  ///< an eventfd, readable once waits have to end; negative: none
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free);

/// Called by a signal handler: write(2) is async-signal-safe.
void wake() {
  const int error = errno;
  const std::uint64_t one = 1;
  if (waker >= 0) static_cast<void>(!::write(waker, &one, sizeof one));
  errno = error;
}

int descriptor(Stream stream) { return stream == Stream::out ? STDOUT_FILENO : STDERR_FILENO; }

}  // namespace

bool is_terminal(Stream stream) { return ::isatty(descriptor(stream)) == 1; }

std::size_t terminal_columns(Stream stream) {
  if (!is_terminal(stream)) return 0;
  struct winsize size {};
  const bool known = ::ioctl(descriptor(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}

std::size_t terminal_lines(Stream stream) {
  if (!is_terminal(stream)) return 0;
  struct winsize size {};
  const bool known = ::ioctl(descriptor(stream), TIOCGWINSZ, &size) == 0 && size.ws_row > 0;
  return known ? size.ws_row : 24;
}

void show_in_place(const std::string& line) {
  const RawOutput raw(std::cerr);
  std::cerr << "\r\x1b[K" << line << std::flush;
}

void catch_interrupts() {
  if (waker < 0) waker = reel::driver::above_standard(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  for (const int number : {SIGINT, SIGTERM}) {
    struct sigaction before {};
    if (::sigaction(number, nullptr, &before) != 0 || before.sa_handler == SIG_IGN) continue;
    struct sigaction action {};
    action.sa_handler = [](int) {
      asked_to_stop = true;
      wake();
    };
    action.sa_flags = static_cast<int>(SA_RESTART | SA_RESETHAND);
    ::sigaction(number, &action, nullptr);
  }
}

bool interrupted() { return asked_to_stop; }

bool is_output_closed() {
  struct pollfd output {
    .fd = STDOUT_FILENO, .events = 0, .revents = 0
  };
  return ::poll(&output, 1, 0) == 1 && output.revents != 0;
}

void discard_output() {
  const int nothing = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nothing < 0) return;
  ::dup2(nothing, STDOUT_FILENO);
  ::close(nothing);
  std::cout.clear();
}

void wait_for_interrupt(std::chrono::milliseconds timeout) {
  struct pollfd ends[] = {{.fd = waker, .events = POLLIN, .revents = 0},
                          {.fd = STDOUT_FILENO, .events = 0, .revents = 0}};
  ::poll(ends, 2, static_cast<int>(timeout.count()));
}

void end_waits() { wake(); }

void report_line(const std::string& line) {
  const std::string whole = line + '\n';
  static_cast<void>(!::write(STDERR_FILENO, whole.data(), whole.size()));
}

}  // namespace tool

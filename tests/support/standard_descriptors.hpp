#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <stdexcept>
#include <string>

namespace reel::testing {

/// Closes standard input, output and error, as in a program that was started without them. For a child process.
inline void close_standard_descriptors() {
  for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::close(number);
}

/// Writes to standard output and standard error and reads from standard input. Throws if any of them is open.
inline void log_without_descriptors(const std::string& where) {
  const std::string line = "a log line that must not reach any file\n";
  char byte = 0;
  for (const int number : {STDOUT_FILENO, STDERR_FILENO})
    if (::write(number, line.data(), line.size()) >= 0) throw std::runtime_error("a log line reached a file: " + where);
  if (::read(STDIN_FILENO, &byte, 1) >= 0) throw std::runtime_error("a file was read from: " + where);
  for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(number, F_GETFD) >= 0)
      throw std::runtime_error("descriptor " + std::to_string(number) + " is open: " + where);
}

}  // namespace reel::testing

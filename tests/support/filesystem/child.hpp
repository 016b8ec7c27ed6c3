#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

namespace reel::testing {

/// A process that runs a function, and a pipe from it. Create it while the program has a single thread.
class Child {
 public:
  /// The writing end of the pipe. Every string arrives as a whole.
  class Pipe {
   public:
    explicit Pipe(int descriptor) : descriptor_(descriptor) {}
    void write(const std::string& text) const {
      if (::write(descriptor_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) ::_exit(9);
    }

   private:
    int descriptor_;
  };

  template <class F>
  explicit Child(F&& body) {
    int ends[2];
    if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
    std::fflush(nullptr);
    process_ = ::fork();
    if (process_ < 0) throw std::runtime_error("no process");
    if (process_ == 0) {
      ::close(ends[0]);
      int result = 0;
      try {
        body(Pipe(ends[1]));
      } catch (const std::exception& error) {
        std::fprintf(stderr, "in a child process: %s\n", error.what());
        result = 1;
      }
      std::fflush(nullptr);
      ::_exit(result);
    }
    ::close(ends[1]);
    from_ = ends[0];
  }
  Child(Child&& other) noexcept : process_(std::exchange(other.process_, -1)), from_(std::exchange(other.from_, -1)) {}
  Child& operator=(Child&&) = delete;
  ~Child() {
    if (process_ > 0) {
      kill();
      static_cast<void>(wait());
    }
    if (from_ >= 0) ::close(from_);
  }

  void kill() const { ::kill(process_, SIGKILL); }

  /// Reads everything that the process writes until it ends, or until `bytes` are read.
  [[nodiscard]] std::string read(std::size_t bytes = static_cast<std::size_t>(-1)) const {
    std::string text;
    char buffer[4096];
    while (text.size() < bytes) {
      const ssize_t n = ::read(from_, buffer, std::min(sizeof buffer, bytes - text.size()));
      if (n <= 0) break;
      text.append(buffer, static_cast<std::size_t>(n));
    }
    return text;
  }

  /// Waits for the end of the process. Returns whether it succeeded.
  [[nodiscard]] bool wait() {
    const int status = end();
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }
  /// Waits for the end of the process. Returns whether it was killed.
  [[nodiscard]] bool was_killed() {
    const int status = end();
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
  }

 private:
  int end() {
    int status = 0;
    ::waitpid(std::exchange(process_, -1), &status, 0);
    return status;
  }

  pid_t process_ = -1;
  int from_ = -1;
};

}  // namespace reel::testing

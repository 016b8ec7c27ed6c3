#pragma once

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "run_tool.hpp"

/// The read end of a pipe or terminal.
class Output {
 public:
  Output() = default;
  explicit Output(int descriptor) : descriptor_(descriptor) {}
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output() { close(); }

  void open(int descriptor) { descriptor_ = descriptor; }
  void close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }
  /// Waits until the output contains `end` after the last call, and returns it up to there.
  std::string until(std::string_view end) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{60};
    for (;;) {
      if (const std::size_t at = text_.find(end); at != std::string::npos) {
        std::string found = text_.substr(0, at + end.size());
        text_.erase(0, found.size());
        return found;
      }
      if (!read() || std::chrono::steady_clock::now() > deadline)
        throw std::runtime_error("the output has no '" + std::string(end) + "', but: " + text_);
    }
  }
  std::string line() {
    std::string line = until("\n");
    line.pop_back();
    return line;
  }
  /// The rest, until the command has ended.
  std::string rest() {
    while (read()) continue;
    return std::exchange(text_, {});
  }

 private:
  /// Waits a little for further output. False: there will be none.
  bool read() {
    pollfd file{descriptor_, POLLIN, 0};
    if (::poll(&file, 1, 100) == 0) return true;
    std::array<char, 4096> piece{};
    const ssize_t size = ::read(descriptor_, piece.data(), piece.size());
    if (size <= 0) return false;
    text_.append(piece.data(), static_cast<std::size_t>(size));
    return true;
  }

  int descriptor_ = -1;
  std::string text_{};
};

/// A running command whose output is read while it runs, from a pipe or a terminal.
class Live {
 public:
  enum class On { pipe, terminal };

  explicit Live(const Arguments& arguments, On on = On::pipe) {
    int printed[2], reported[2];
    struct winsize size {};
    size.ws_col = 100;
    size.ws_row = 10;
    const bool is_open = on == On::pipe ? ::pipe2(printed, O_CLOEXEC) == 0
                                        : ::openpty(&printed[0], &printed[1], nullptr, nullptr, &size) == 0;
    if (!is_open || ::pipe2(reported, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    for (const int end : printed) ::fcntl(end, F_SETFD, FD_CLOEXEC);
    out.open(printed[0]);
    error.open(reported[0]);
    running_.emplace(arguments, Surroundings{.out = printed[1], .error = reported[1]});
    ::close(printed[1]);
    ::close(reported[1]);
  }

  /// The next line of JSON.
  nlohmann::json next() { return nlohmann::json::parse(out.line()); }
  /// The next line of JSON as `<kind> <id>`.
  std::string event() {
    const nlohmann::json line = next();
    token = line["token"];
    return line["kind"].get<std::string>() + (line["id"].is_null() ? "" : " " + line["id"].get<std::string>());
  }
  /// Sends a signal and returns the exit status.
  int stop(int number = SIGTERM) {
    running_->signal(number);
    return finish();
  }
  void signal(int number) const { running_->signal(number); }
  int finish() { return running_->finish().status; }

  Output out{}, error{};
  std::string token{};  ///< of the last `event`

 private:
  std::optional<Running> running_{};
};

#include "shell_command.hpp"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <system_error>

namespace tool {
namespace {

constexpr std::size_t most_log = 8 << 20;

/// A running command and a pipe from its output.
class RunningCommand {
 public:
  explicit RunningCommand(const std::string& command) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    process_ = ::fork();
    if (process_ == 0) run(command, ends[1]);
    const int error = errno;
    ::close(ends[1]);
    output_ = ends[0];
    if (process_ < 0) {
      ::close(output_);
      throw std::system_error(error, std::generic_category(), "fork");
    }
    ::setpgid(process_, process_);  // also in the child: whichever is first
    ::fcntl(output_, F_SETFL, O_NONBLOCK);
  }
  RunningCommand(const RunningCommand&) = delete;
  RunningCommand& operator=(const RunningCommand&) = delete;
  ~RunningCommand() {
    if (!status_) {
      signal(SIGKILL);
      ::waitpid(process_, nullptr, 0);
    }
    ::close(output_);
  }

  /// Waits for output, for 50 ms at most, and appends it to the log. Returns whether the command is still running.
  bool read(std::string& log) {
    pollfd ready{.fd = output_, .events = POLLIN, .revents = 0};
    ::poll(&ready, 1, 50);
    int status = 0;
    const bool has_ended = ::waitpid(process_, &status, WNOHANG) == process_;
    if (has_ended) status_ = status;
    // A limited number of reads, more than a full pipe needs: a process that never stops writing can still be stopped,
    // and one that outlives the command does not delay its end.
    char buffer[65536];
    for (int reads = 0; reads < 16; ++reads) {
      const ssize_t n = ::read(output_, buffer, sizeof buffer);
      if (n <= 0) break;
      log.append(buffer, static_cast<std::size_t>(n));
    }
    if (log.size() > 2 * most_log) log.erase(0, log.size() - most_log);
    return !has_ended;
  }

  /// Sends a signal to the command and the processes that it has started.
  void signal(int number) const { ::kill(-process_, number); }

  /// The status of waitpid(2), after the end.
  [[nodiscard]] int status() const { return *status_; }

 private:
  [[noreturn]] static void run(const std::string& command, int output) {
    ::setpgid(0, 0);
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);  // so that the command of a killed worker ends too
    ::signal(SIGPIPE, SIG_DFL);
    const int input = ::open("/dev/null", O_RDONLY);
    ::dup2(input, STDIN_FILENO);
    ::dup2(output, STDOUT_FILENO);
    ::dup2(output, STDERR_FILENO);
    ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
    ::_exit(127);
  }

  pid_t process_ = -1;
  int output_ = -1;
  std::optional<int> status_{};
};

}  // namespace

CommandResult run_command(const std::string& command, const std::function<bool()>& stop) {
  RunningCommand running(command);
  CommandResult result;
  std::optional<std::chrono::steady_clock::time_point> asked;
  while (running.read(result.log)) {
    const auto now = std::chrono::steady_clock::now();
    if (!asked && stop()) {
      asked = now;
      running.signal(SIGTERM);
    }
    if (asked && now - *asked > std::chrono::seconds{1}) running.signal(SIGKILL);
  }
  if (result.log.size() > most_log) result.log.erase(0, result.log.size() - most_log);
  const int status = running.status();
  result.was_stopped = asked.has_value();
  result.is_success = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  result.reason = WIFEXITED(status) ? "exit status " + std::to_string(WEXITSTATUS(status))
                                    : "signal " + std::to_string(WTERMSIG(status));
  return result;
}

}  // namespace tool

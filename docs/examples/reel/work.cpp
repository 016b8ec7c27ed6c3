#include <unistd.h>

#include <chrono>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>

#include <reel/video/excerpt.hpp>
#include <reel/video/queue.hpp>

#include "commands.hpp"
#include "live_run.hpp"
#include "shell_command.hpp"
#include "store.hpp"
#include "terminal.hpp"
#include "text.hpp"

namespace tool {
namespace {

using namespace std::chrono_literals;
using Catalog = reel::video::Catalog<reel::AnyStore>;
using Claim = reel::video::Claim<reel::AnyStore>;
using Queue = reel::video::Queue<reel::AnyStore>;

/// Enough to end a command and to release its video.
constexpr auto patience = 10s;

/// The host and the process, if the command has no `--worker`.
std::string default_worker() {
  char host[65] = "";
  if (::gethostname(host, sizeof host - 1) != 0) host[0] = '\0';
  return std::string(host) + "-" + std::to_string(::getpid());
}

/// The command with each `{id}` replaced. An id has no character that is special to the shell, see
/// `reel::is_valid_id`.
std::string command_for(std::string command, const std::string& id) {
  constexpr std::string_view placeholder = "{id}";
  for (std::size_t at = 0; (at = command.find(placeholder, at)) != std::string::npos; at += id.size())
    command.replace(at, placeholder.size(), id);
  return command;
}

/// Calls `call`, again each second while the store does not respond, unless `is_over()`.
template <class Call, class IsOver>
auto patiently(const Call& call, const IsOver& is_over) {
  for (;;) {
    try {
      return call();
    } catch (const reel::Error& error) {
      const bool may_pass = error.code() == reel::Errc::unavailable || error.code() == reel::Errc::timed_out;
      if (!may_pass || is_over()) throw;
      report_line("reel: waiting for the store: " + printable(error.what()));
    }
    wait_for_interrupt(1s);
  }
}

/// The videos of one queue and the command that works on them.
class Worker {
 public:
  Worker(const WorkArguments& arguments, Store& store, const LiveRun& run)
      : arguments_(arguments),
        name_(arguments.worker.empty() ? default_worker() : arguments.worker),
        run_(run),
        catalog_(store.below()),
        queue_(store.below()) {
    queue_.setup();
  }

  /// The next video, or nothing when the command is to end.
  [[nodiscard]] std::optional<Claim> next() const {
    const std::chrono::milliseconds lease{arguments_.lease};
    if (is_stopped() || !std::cout) return std::nullopt;
    if (arguments_.until_empty) return queue_.claim_next(name_, lease);
    return patiently([&] { return queue_.wait_next(name_, lease, {.stop = run_.stop()}); },
                     [&] { return is_stopped(); });
  }

  /// Runs the command for the video, and ends the claim. Returns whether the video is not to blame: it was completed or
  /// given back.
  bool work_on(Claim& claim) const {
    const std::string id = claim.id().str();
    const auto is_over = [&] { return claim.lost().stop_requested() || is_stopped(); };
    const CommandResult result = run_command(command_for(arguments_.command, id), is_over);
    std::string outcome;
    try {
      if (!result.was_stopped) {
        patiently([&] { claim.heartbeat(); }, is_over);  // a worker that has lost the video leaves no trace of it
        keep_log(claim, result.log);
      }
      patiently([&] { outcome = end(claim, result); }, is_over);
    } catch (const reel::Error& error) {
      if (error.code() != reel::Errc::conflict && !claim.lost().stop_requested()) throw;
      std::cout << id << " lost: " << printable(error.reason()) << std::endl;
      return false;
    }
    std::cout << id << ' ' << printable(outcome) << std::endl;
    return result.is_success || result.was_stopped;
  }

 private:
  [[nodiscard]] bool is_stopped() const { return run_.stop().stop_requested(); }

  /// Ends the claim as the command has ended. Throws `conflict` if the claim was lost.
  std::string end(Claim& claim, const CommandResult& result) const {
    if (result.was_stopped) {
      claim.release();
      return "given back";
    }
    if (result.is_success) {
      claim.complete();
      return "completed";
    }
    claim.fail(reason_of(result));
    return "failed: " + result.reason;
  }

  /// A failure to keep the output does not change how the video ends.
  void keep_log(const Claim& claim, const std::string& log) const {
    if (log.empty()) return;
    try {
      catalog_.keep_file({.video_id = claim.id(), .kind = "worker_log"},
                         "claim_" + std::to_string(claim.epoch()) + ".log", log);
    } catch (const reel::Error& error) {
      report_line("reel: cannot keep the output of the command: " + printable(error.what()));
    }
  }

  /// The reason and an excerpt of the output, short enough for `error_message`.
  static std::string reason_of(const CommandResult& result) {
    if (result.log.empty()) return result.reason;
    return result.reason + "\n" + reel::video::excerpt(result.log, reel::video::error_message_length - 100);
  }

  const WorkArguments& arguments_;
  const std::string name_;
  const LiveRun& run_;
  const Catalog catalog_;
  const Queue queue_;
};

}  // namespace

int work(const WorkArguments& arguments) {
  Store store(arguments.store);
  LiveRun run(patience);
  const Worker worker(arguments, store, run);
  bool is_clean = true;
  while (std::optional<Claim> claim = worker.next()) is_clean = worker.work_on(*claim) && is_clean;
  LiveRun::finish_output();
  return is_clean ? done : not_clean;
}

}  // namespace tool

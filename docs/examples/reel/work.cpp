#include <unistd.h>

#include <chrono>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>

#include <reel/video/queue.hpp>

#include "commands.hpp"
#include "live_run.hpp"
#include "shell_command.hpp"
#include "store.hpp"
#include "text.hpp"

namespace tool {
namespace {

using Claim = reel::video::Claim<reel::AnyStore>;
using Queue = reel::video::Queue<reel::AnyStore>;

/// The host and the process, if the command has no `--worker`.
std::string default_worker() {
  char host[65] = "";
  if (::gethostname(host, sizeof host - 1) != 0) host[0] = '\0';
  return std::string(host) + "-" + std::to_string(::getpid());
}

/// The command with each `{id}` replaced. An id has no character that is special to the shell.
std::string command_for(std::string command, const std::string& id) {
  constexpr std::string_view placeholder = "{id}";
  for (std::size_t at = 0; (at = command.find(placeholder, at)) != std::string::npos; at += id.size())
    command.replace(at, placeholder.size(), id);
  return command;
}

/// Runs the command for the video of a claim, and ends the claim. Returns whether the video was completed.
bool work_on(Claim& claim, const std::string& command, const LiveRun& run,
             const reel::video::Catalog<reel::AnyStore>& catalog) {
  const std::string id = claim.id().str();
  const auto stop = [&] { return claim.lost().stop_requested() || run.stop().stop_requested(); };
  const CommandResult result = run_command(command_for(command, id), stop);
  try {
    if (!claim.lost().stop_requested() && run.stop().stop_requested()) {
      claim.release();
      std::cout << id << " given back" << std::endl;
      return true;
    }
    if (!result.log.empty()) {
      claim.heartbeat();
      catalog.keep_file({.video_id = claim.id(), .kind = "worker_log"},
                        "attempt_" + std::to_string(claim.epoch()) + ".log", result.log);
    }
    if (result.is_success) {
      claim.complete();
    } else {
      claim.fail(result.log.empty() ? result.reason : result.reason + "\n" + result.log);
    }
  } catch (const reel::Error& error) {
    if (error.code() != reel::Errc::conflict) throw;
    std::cout << id << " lost: " << printable(error.reason()) << std::endl;
    return false;
  }
  std::cout << id << (result.is_success ? " completed" : " failed: " + result.reason) << std::endl;
  return result.is_success;
}

}  // namespace

int work(const WorkArguments& arguments) {
  const std::string worker = arguments.worker.empty() ? default_worker() : arguments.worker;
  const std::chrono::milliseconds lease{arguments.lease};
  Store store(arguments.store);
  const Queue queue(store.below(), {.name = arguments.queue});
  queue.setup();
  const reel::video::Catalog<reel::AnyStore> catalog(store.below());
  LiveRun run;
  bool is_clean = true;
  while (!run.stop().stop_requested() && std::cout) {
    std::optional<Claim> claim =
        arguments.until_empty ? queue.claim_next(worker, lease) : queue.wait_next(worker, lease, {.stop = run.stop()});
    if (!claim) break;
    is_clean = work_on(*claim, arguments.command, run, catalog) && is_clean;
  }
  LiveRun::finish_output();
  return is_clean ? done : not_clean;
}

}  // namespace tool

#include <reel/mirror.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iostream>
#include <iterator>
#include <string>
#include <utility>

#include <reel/backends/legacy/model.hpp>
#include <reel/md5.hpp>
#include <reel/video/everything.hpp>

#include "apart.hpp"
#include "choice.hpp"
#include "commands.hpp"
#include "copying.hpp"
#include "lag_pace.hpp"
#include "legacy_variant.hpp"
#include "report.hpp"
#include "state_folder.hpp"
#include "store.hpp"
#include "terminal.hpp"
#include "text.hpp"

namespace tool {
namespace {

using namespace std::chrono_literals;

/// The default journal: the same for both directions.
std::string journal_of(const Store& a, const Store& b) {
  std::string first = a.identity().str(), second = b.identity().str();
  if (second < first) std::swap(first, second);
  return (state_folder("mirrors", "the journals of mirrors") / (reel::md5_hex(first + '\n' + second) + ".jsonl"))
      .string();
}

/// Shows the lag on standard error: in place on a terminal, otherwise as lines at the pace of a log. The destructor
/// clears it.
class LagLine {
 public:
  LagLine() = default;
  LagLine(const LagLine&) = delete;
  LagLine& operator=(const LagLine&) = delete;
  ~LagLine() {
    if (is_on_terminal_) show_in_place("");
  }

  void show(const reel::MirrorLag& lag) {
    if (is_on_terminal_) return show_in_place(cut(text_of(lag), terminal_columns(Stream::error) - 1));
    if (pace_.is_due(lag, LagPace::Clock::now())) report_line(text_of(lag));
  }

 private:
  static std::string text_of(const reel::MirrorLag& lag) {
    const bool is_equal = lag.behind < 1s && lag.pending == 0;
    std::string text = is_equal ? "up to date" : std::to_string((lag.behind.count() + 500) / 1000) + " s behind";
    if (lag.pending != 0) text += ", " + counted(lag.pending, "change") + " to apply";
    text += "; " + std::to_string(lag.applied) + " written and " + std::to_string(lag.removed) + " removed";
    if (lag.waits_for) text += "; waiting: " + printable(lag.waits_for->what());
    return text;
  }

  const bool is_on_terminal_ = is_terminal(Stream::error);
  LagPace pace_{};
};

void print_mirror(const reel::MirrorReport& report, bool verified) {
  constexpr std::size_t longest_list = 20;
  if (report.copy) {
    print(*report.copy, verified);
    print_notes(report.copy->notes, report.copy->kinds.size());
    if (report.copy->total().failed == 0 || report.end == reel::MirrorEnd::behind)
      print(counted(std::ssize(report.copy->failures), "failure"), report.copy->failures, longest_list);
    std::cout << '\n';
  }
  std::cout << "changes applied: " << report.applied << " written, " << report.removed << " removed\n";
  print(counted(std::ssize(report.waiting), "change") + " not applied", report.waiting, longest_list);
  if (!report.verified) return;
  std::cout << "\nchanged since the copy, and compared:\n";
  print(*report.verified);
  print(counted(std::ssize(report.verified->differences), "difference"), report.verified->differences, longest_list);
  print("Missing in the target", report.verified->missing, longest_list);
  print("Only in the target", report.verified->extra, longest_list);
}

/// Reports how the mirror ended and what to do next.
int status_of(const MirrorArguments& arguments, const reel::MirrorReport& report, const std::string& journal) {
  const auto tell = [](const std::string& text) { std::cerr << "reel: " << printable(text) << std::endl; };
  const std::string continues = "the same command continues from the journal '" + journal + "'";
  switch (report.end) {
    case reel::MirrorEnd::caught_up:
      return report.clean() ? done : not_clean;
    case reel::MirrorEnd::cut_over:
      std::cout << "\ncut over: programs may write to " << printable(arguments.target)
                << " now; the way back is: reel mirror " << printable(arguments.target) << ' '
                << printable(arguments.source) << " --follow"
                << (arguments.journal.empty() ? "" : " --journal " + printable(arguments.journal)) << '\n';
      return report.clean() ? done : not_clean;
    case reel::MirrorEnd::stopped:
      tell("interrupted; " + continues);
      return arguments.follow && !(report.copy && report.copy->cancelled) ? done : failed;
    case reel::MirrorEnd::behind:
      break;
  }
  const bool is_active = arguments.cut_over && report.waiting.empty() && !report.verified;
  if (is_active && !(report.copy && !report.copy->failures.empty()))
    tell("not cut over: writers are still active, stop them; " + continues);
  else
    tell(std::string(arguments.cut_over ? "not cut over" : "the target is behind") + "; once the listed is resolved, " +
         continues);
  return not_clean;
}

}  // namespace

int mirror(const MirrorArguments& arguments) {
  const auto variant = chosen<reel::legacy::Variant>("--variant", arguments.variant);
  catch_interrupts();
  Store source(arguments.source, Missing::refuse, {.read_texts = true, .topics = arguments.topics});
  check_apart(arguments.target, source);
  Store target(arguments.target, Missing::create, {.write_as = variant, .limit_buckets = arguments.limit_to_server});
  check_apart(source, target);
  source.recall(target);
  const std::string journal = arguments.journal.empty() ? journal_of(source, target) : arguments.journal;
  reel::MirrorReport report;
  {
    LagLine lag_line;
    ProgressLine line("copying", count_in(source));
    report = reel::mirror(source, target, reel::video::everything,
                          {.follow = arguments.follow,
                           .cut_over = arguments.cut_over,
                           .delete_extra = arguments.delete_extra,
                           .journal = journal,
                           .verify = arguments.no_verify ? reel::Verify::none : reel::Verify::full,
                           .parallelism = at_once,
                           .patience = std::chrono::seconds(arguments.patience),
                           .on_progress = [&](const reel::MigrationProgress& progress) { line.show(progress); },
                           .on_lag = [&](const reel::MirrorLag& lag) { lag_line.show(lag); },
                           .stop = interrupted});
  }
  print_mirror(report, !arguments.no_verify);
  return status_of(arguments, report, journal);
}

}  // namespace tool

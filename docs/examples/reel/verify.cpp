#include <iostream>
#include <limits>

#include <reel/backends/legacy/model.hpp>
#include <reel/verify.hpp>
#include <reel/video/everything.hpp>

#include "accounting.hpp"
#include "choice.hpp"
#include "commands.hpp"
#include "copying.hpp"
#include "level.hpp"
#include "report.hpp"
#include "store.hpp"
#include "terminal.hpp"

namespace tool {
namespace {

/// Returns whether all entries of a tree could be read. Lists those that could not.
bool is_read_whole(const Store& store) {
  if (!store.tree()) return true;
  const auto hidden = not_read(*store.tree());
  print(hidden);
  return hidden.empty();
}

}  // namespace

int verify(const VerifyArguments& arguments) {
  reel::VerificationOptions options{.level = chosen<reel::Verify>("--level", arguments.level),
                                    .sample_seed = arguments.seed,
                                    .by_digests = arguments.quick,
                                    .parallelism = at_once,
                                    .journal = arguments.journal,
                                    .stop = interrupted};
  if (options.level == reel::Verify::none) throw UsageError("--level: 'none' compares nothing");
  if (options.by_digests && options.level != reel::Verify::full)
    throw UsageError("--quick compares everything and needs --level full");
  catch_interrupts();
  Store a(arguments.a), b(arguments.b);
  reel::VerificationReport report;
  {
    ProgressLine line("comparing", count_in(a));
    options.on_progress = [&line](const reel::MigrationProgress& progress) { line.show(progress); };
    report = reel::verify(a, b, reel::video::everything, options);
  }
  constexpr std::size_t all = std::numeric_limits<std::size_t>::max();
  print(report);
  print_notes(report.notes, report.kinds.size());
  print("Differing", report.differences, all);
  print("Only in " + a.url(), report.missing, all);
  print("Only in " + b.url(), report.extra, all);
  const bool read_all = is_read_whole(a) && is_read_whole(b);
  if (report.cancelled) {
    std::cerr << "reel: interrupted; only the items counted above were compared"
              << (arguments.journal.empty() ? "" : ", and the same command continues from there") << std::endl;
    return failed;
  }
  return report.clean() && read_all ? done : not_clean;
}

}  // namespace tool

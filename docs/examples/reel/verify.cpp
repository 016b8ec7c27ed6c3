#include <iostream>
#include <limits>

#include <reel/verify.hpp>
#include <reel/video/everything.hpp>

#include "commands.hpp"
#include "copying.hpp"
#include "report.hpp"
#include "store.hpp"
#include "terminal.hpp"

namespace tool {

int verify(const VerifyArguments& arguments) {
  catch_interrupts();
  Store a(arguments.a), b(arguments.b);
  reel::VerificationReport report;
  {
    ProgressLine line("comparing", count_in(a));
    report = reel::verify(a, b, reel::video::everything,
                          {.parallelism = at_once,
                           .on_progress = [&line](const reel::MigrationProgress& progress) { line.show(progress); },
                           .stop = interrupted});
  }
  constexpr std::size_t all = std::numeric_limits<std::size_t>::max();
  print(report);
  print_notes(report.notes, report.kinds.size());
  print("Differing", report.differences, all);
  print("Only in " + a.url(), report.missing, all);
  print("Only in " + b.url(), report.extra, all);
  if (report.cancelled) {
    std::cerr << "reel: stopped; only what is counted above was compared" << std::endl;
    return failed;
  }
  return report.clean() ? done : not_clean;
}

}  // namespace tool

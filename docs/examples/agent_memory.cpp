// An agent that writes code remembers which change fixed which error: error, similar, apply, outcome, and the ranks
// change.

#include <iostream>
#include <string>
#include <vector>

#include <reel/backends/memory.hpp>
#include <reel/video/agent_memory.hpp>

using reel::video::AgentMemory;
using reel::video::NewFix;
using reel::video::SimilarFix;

/// The log of a failed run. Paths and lines differ from machine to machine.
std::string log_of(const std::string& user, int line) {
  return "Traceback (most recent call last):\n"
         "  File \"/home/" +
         user + "/output/circles/scene1/code/circles_scene1_v0.py\", line " + std::to_string(line) +
         ", in construct\n"
         "    label.move_to(circle.get_middle())\n"
         "AttributeError: 'Circle' object has no attribute 'get_middle'\n";
}

void show(const std::vector<SimilarFix>& found) {
  for (const SimilarFix& one : found)
    std::cout << "  " << one.fix.fixed_code << "  worked " << one.fix.success_count << ", failed "
              << one.fix.failure_count << '\n';
}

/// Stands for a run of the pipeline: `center` moves a circle, and `get_center` returns a point.
bool renders(const std::string& code) { return code.find("get_center()") != std::string::npos; }

int main() {
  reel::Memory store;
  const AgentMemory memory(store);
  memory.setup();

  const std::string failing = "label.move_to(circle.get_middle())";
  NewFix fix{.error = log_of("ada", 12), .code = failing, .fixed_code = "label.move_to(circle.get_center())"};
  fix.provenance = {.video_id = "circles", .scene = "circles/scene1", .from_version = 0, .to_version = 1};
  memory.remember(fix);
  fix.fixed_code = "label.move_to(circle.center)";
  fix.provenance.to_version = 2;
  memory.remember(fix);

  // The loop: the error comes, the best fix is tried, and its outcome decides the next order.
  for (bool works = false; !works;) {
    const auto found = memory.similar(log_of("neo", 48), failing);
    show(found);
    const SimilarFix& best = found.front();
    works = renders(best.fix.fixed_code);
    memory.record_outcome(best.id, works);
    std::cout << "applied " << best.fix.fixed_code << ": " << (works ? "works" : "fails") << '\n';
  }
  const auto found = memory.similar(log_of("neo", 48), failing);
  show(found);
  std::cout << "exactly this error: " << std::boolalpha << (found.front().parts.exact == 1) << '\n';

  std::cout << "misspelt:\n";
  show(memory.similar("AttributError: 'Cirle' has no atribute 'get_midle'"));

  std::cout << "before any error:\n";
  for (const SimilarFix& one : memory.preventive_examples("move the label of a circle"))
    std::cout << "  " << one.fix.fixed_code << '\n';
}

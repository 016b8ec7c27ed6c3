#include <reel/backends/legacy.hpp>
#include <reel/testing/run.hpp>

#include "conformance/rules.hpp"

int main(int argc, char** argv) {
  using namespace reel::testing;
  const std::string tree = REEL_SOURCE_DIR "/docs/examples/sample_tree";
  return run(
      argc, argv, every_rule(),
      {.name = "legacy", .manifest = Manifest::read(REEL_MANIFEST), .place = [tree](reel::TextRules text) {
         return single_place([tree, text] { return open<reel::Legacy>(tree, reel::LegacyOptions{.text = text}); });
       }});
}

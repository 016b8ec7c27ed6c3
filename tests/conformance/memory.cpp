#include <reel/backends/memory.hpp>
#include <reel/testing/run.hpp>

#include "conformance/rules.hpp"

int main(int argc, char** argv) {
  using namespace reel::testing;
  return run(argc, argv, every_rule(),
             {.name = "memory", .manifest = Manifest::read(REEL_MANIFEST), .location = [](reel::TextRules text) {
                return single_location(
                    [text] { return reel::AnyStore::make<reel::Memory>(reel::MemoryOptions{.text = text}); });
              }});
}

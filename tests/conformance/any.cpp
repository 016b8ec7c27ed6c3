// A store chosen at run time that wraps another one: it keeps the rules and reports the abilities of the underlying
// store.

#include <reel/any_store.hpp>
#include <reel/backends/memory.hpp>
#include <reel/testing/run.hpp>

#include "conformance/rules.hpp"

int main(int argc, char** argv) {
  using namespace reel::testing;
  return run(
      argc, argv, every_rule(),
      {.name = "any", .manifest = Manifest::read(REEL_MANIFEST), .location = [](reel::TextRules text) {
         const char* const url = text == reel::TextRules::exact ? "memory:?text=exact" : "memory:";
         return single_location([url] { return reel::AnyStore::make<reel::AnyStore>(reel::open<reel::Memory>(url)); });
       }});
}

#include <memory>

#include <reel/backends/legacy.hpp>
#include <reel/testing/run.hpp>

#include "conformance/rules.hpp"
#include "support/filesystem/temporary_folder.hpp"

namespace {

reel::AnyStore opened(const std::string& tree, reel::TextRules text) {
  try {
    return reel::AnyStore::make<reel::Legacy>(
        tree, reel::LegacyOptions{.text = text, .write_as = reel::legacy::Variant::v2, .durable = false});
  } catch (const reel::Error& error) {
    if (error.code() != reel::Errc::unavailable) throw;
    reel::testing::unsupported("second store object on a tree that is open for writing");
  }
}

}  // namespace

int main(int argc, char** argv) {
  using namespace reel::testing;
  return run(
      argc, argv, every_rule(),
      {.name = "legacy", .manifest = Manifest::read(REEL_MANIFEST), .location = [](reel::TextRules text) -> Location {
         const auto folder = std::make_shared<TemporaryFolder>(TemporaryFolder::on_disk());
         return [=] { return opened(*folder / "output", text); };
       }});
}

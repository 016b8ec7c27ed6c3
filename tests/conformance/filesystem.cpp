#include <memory>

#include <reel/backends/filesystem.hpp>
#include <reel/testing/run.hpp>

#include "conformance/rules.hpp"
#include "support/filesystem/temporary_folder.hpp"

int main(int argc, char** argv) {
  using namespace reel::testing;
  return run(argc, argv, every_rule(),
             {.name = "filesystem", .manifest = Manifest::read(REEL_MANIFEST), .place = [](reel::TextRules text) {
                return [folder = std::make_shared<TemporaryFolder>(), text] {
                  return open<reel::Filesystem>(folder->path(), reel::FilesystemOptions{.text = text});
                };
              }});
}

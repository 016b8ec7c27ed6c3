#include <cstdlib>
#include <memory>
#include <string>

#include <reel/backends/filesystem.hpp>
#include <reel/testing/run.hpp>

#include "conformance/rules.hpp"
#include "support/filesystem/temporary_folder.hpp"

namespace {

/// The stores are in a folder in REEL_TEST_FOLDER if that is set, so that the test can run on another medium.
std::string parent_folder() {
  const char* wanted = std::getenv("REEL_TEST_FOLDER");
  return wanted ? wanted : reel::testing::TemporaryFolder::on_disk();
}

}  // namespace

int main(int argc, char** argv) {
  using namespace reel::testing;
  return run(argc, argv, every_rule(),
             {.name = "filesystem",
              .manifest = Manifest::read(REEL_MANIFEST),
              .location = [](reel::TextRules text) -> Location {
                const auto folder = std::make_shared<TemporaryFolder>(parent_folder());
                return [=] {
                  return reel::AnyStore::make<reel::Filesystem>(*folder / "store",
                                                                reel::FilesystemOptions{
                                                                    .text = text,
                                                                    .durability = reel::Durability::relaxed,
                                                                });
                };
              }});
}

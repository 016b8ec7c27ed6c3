#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

#include <reel/backends/filesystem.hpp>
#include <reel/testing/run.hpp>

#include "conformance/rules.hpp"

namespace {

/// A folder of its own, removed with all that is in it.
class Folder {
 public:
  explicit Folder(const std::filesystem::path& parent) {
    std::string name = (parent / "reel-conformance-XXXXXX").string();
    if (!mkdtemp(name.data())) throw std::runtime_error("cannot make a folder in " + parent.string());
    path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] std::string store() const { return (path_ / "store").string(); }

 private:
  std::filesystem::path path_;
};

/// The folder of the stores lies where REEL_TEST_FOLDER says, so that it may be on another medium.
std::filesystem::path parent_folder() {
  const char* wanted = std::getenv("REEL_TEST_FOLDER");
  return wanted ? std::filesystem::path(wanted) : std::filesystem::temp_directory_path();
}

}  // namespace

int main(int argc, char** argv) {
  using namespace reel::testing;
  return run(
      argc, argv, every_rule(),
      {.name = "filesystem", .manifest = Manifest::read(REEL_MANIFEST), .place = [](reel::TextRules text) -> Place {
         const auto folder = std::make_shared<Folder>(parent_folder());
         return [=] {
           return open<reel::Filesystem>(folder->store(), reel::FilesystemOptions{
                                                              .text = text,
                                                              .durability = reel::Durability::relaxed,
                                                          });
         };
       }});
}

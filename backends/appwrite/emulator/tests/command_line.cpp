
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <emulator/command_line.hpp>
#include <reel/video/buckets.hpp>

#include "support/catch.hpp"

namespace command_line_tests {

using namespace reel::emulator;

CommandLine read(const std::string& line) {
  std::istringstream words{line};
  std::vector<std::string> arguments;
  for (std::string word; words >> word;) arguments.push_back(word);
  std::vector<const char*> pointers;
  for (const std::string& argument : arguments) pointers.push_back(argument.c_str());
  return read_command_line(static_cast<int>(pointers.size()), pointers.data()).value();
}

/// The command line that starts the emulator in a document.
std::string documented_command(const std::string& document) {
  std::ifstream file(REEL_SOURCE_DIR + ("/" + document));
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("reel-appwrite-emulator --")) return line;
  }
  return {};
}

TEST_CASE("a server started with the documented command accepts the pipeline's buckets") {
  const std::string document = GENERATE("docs/backends/appwrite.md", "backends/appwrite/emulator/README.md");
  CAPTURE(document);
  const CommandLine line = read(documented_command(document));
  for (const reel::Bucket& bucket : reel::video::buckets()) {
    CAPTURE(bucket.id);
    CHECK(bucket.max_size <= line.config.storage_limit);
  }
}

TEST_CASE("the default storage limit is that of a self-hosted server, and races are off") {
  const CommandLine line = read("reel-appwrite-emulator --key secret");
  CHECK(line.config.storage_limit == 30'000'000);
  CHECK_FALSE(line.config.races);
  CHECK(line.config.threads == 2);
  CHECK_FALSE(line.config.old_libmagic);
}

TEST_CASE("--races needs a seed and raises the default number of threads") {
  const CommandLine line = read("reel-appwrite-emulator --key secret --races 7");
  CHECK(line.config.races == 7);
  CHECK(line.config.threads == 6);
  CHECK(read("reel-appwrite-emulator --key secret --races 7 --threads 3").config.threads == 3);
  CHECK_THROWS_AS(read("reel-appwrite-emulator --key secret --races"), std::invalid_argument);
  CHECK_THROWS_AS(read("reel-appwrite-emulator --key secret --races x"), std::invalid_argument);
}

}  // namespace command_line_tests

#include <cctype>
#include <filesystem>
#include <fstream>
#include <regex>
#include <string>
#include <vector>

#include "support/catch.hpp"

/// Every descriptor of the library comes from reel/driver/file/descriptor.hpp, so that none is 0, 1 or 2. Reading with
/// std::ifstream is exempt: the file is closed at once, and a log line cannot change it.
namespace raw_opens_tests {

namespace fs = std::filesystem;

const fs::path root{REEL_SOURCE_DIR};
/// Excluded from the search, because it is a program and not a header of the library.
const std::string emulator = "backends/appwrite/emulator";

/// Returns whether a line has a call that returns a new descriptor, or a stream that writes.
bool opens_something(const std::string& line) {
  static const std::regex qualified{
      R"((^|[^A-Za-z0-9_>:])::(open|open64|openat|creat|socket|accept4?|pipe2?|dup[23]?|opendir|fopen|fdopen)\()"};
  static const std::regex named{
      R"((^|[^A-Za-z0-9_.>])(mkstemps?|mkostemps?|memfd_create|eventfd|epoll_create1?|inotify_init1?|socketpair|)"
      R"(timerfd_create|signalfd|popen|shm_open|posix_openpt|tmpfile|freopen|fopen|opendir)\()"};
  static const std::regex stream{R"(std::(basic_)?(ofstream|fstream)\b)"};
  const std::string code = line.substr(0, line.find("//"));
  return std::regex_search(code, qualified) || std::regex_search(code, named) || std::regex_search(code, stream);
}

bool is_moved(const std::string& line) { return line.find("above_standard(") != std::string::npos; }

/// Returns `file:line` of every call that opens a descriptor and does not move it.
std::vector<std::string> raw_opens(const fs::path& folder) {
  std::vector<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
    const std::string extension = entry.path().extension().string();
    if (extension != ".hpp" && extension != ".cpp") continue;
    const std::string name = fs::relative(entry.path(), root).generic_string();
    if (name == "include/reel/driver/file/descriptor.hpp" || name.starts_with("include/reel/testing/") ||
        name.starts_with(emulator))
      continue;
    std::ifstream in(entry.path());
    std::string line;
    for (int number = 1; std::getline(in, line); ++number)
      if (opens_something(line) && !is_moved(line)) found.push_back(name + ":" + std::to_string(number) + ": " + line);
  }
  return found;
}

std::string content(const fs::path& file) {
  std::ifstream in(root / file);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST_CASE("the search for raw opens finds one") {
  for (const char* const line : {"int f = ::open(path, O_RDONLY);", "  x(::socket(a, b, c));", "DIR* d = ::opendir(p);",
                                 "std::ofstream out(path);", "FILE* f = std::fopen(p, \"w\");", "::mkstemp(name);",
                                 "return ::openat(folder, name, 0);", "::dup(1)", "pipe = popen(\"x\", \"r\");"})
    CHECK(opens_something(line));
  for (const char* const line : {"file.open(path);", "reel::open<Memory>(url)", "writer->open(mode);", "// ::open(x)",
                                 "calls.open(path_, flags)", "std::ifstream in(path);", "void open(Mode mode) {"})
    CHECK_FALSE(opens_something(line));
}

TEST_CASE("no header of the library opens a descriptor past reel/driver/file/descriptor.hpp") {
  for (const char* const folder : {"include/reel", "backends"}) {
    const std::vector<std::string> found = raw_opens(folder);
    for (const std::string& one : found) UNSCOPED_INFO(one);
    CHECK(found.empty());
  }
}

TEST_CASE("programs that open files by other means occupy the standard descriptors first") {
  for (const fs::path& folder : {fs::path{"docs/examples/reel"}, fs::path{emulator}}) {
    const std::string program = content(folder / "main.cpp");
    const std::size_t start = program.find("int main(");
    REQUIRE(start != std::string::npos);
    CHECK(program.find("occupy_standard_descriptors()", start) != std::string::npos);
  }
}

}  // namespace raw_opens_tests

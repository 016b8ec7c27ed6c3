#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include <reel/backends/filesystem.hpp>
#include <reel/blob_store.hpp>
#include <reel/repository.hpp>
#include <reel/video/everything.hpp>

#include "run_tool.hpp"

namespace surroundings_tests {

namespace fs = std::filesystem;

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

/// Runs the command in a shell with redirections such as `>&-`. Returns the exit status.
int by_shell(const Arguments& arguments, const std::string& redirections) {
  std::string line = quoted(REEL_TOOL);
  for (const std::string& argument : arguments) line += " " + quoted(argument);
  const int status = std::system((line + " " + redirections).c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// A store with the blob `code_1` in `source_code`.
struct Store {
  TemporaryFolder folder;
  std::string url = "file:" + (folder / "store");
  std::string bytes = std::string(100'000, 'b');

  Store() {
    done({"setup", url});
    write_file(folder / "scene.py", bytes);
    done({"blobs", url, "source_code", "put", folder / "scene.py", "--id", "code_1"});
  }
  [[nodiscard]] ToolResult get(const std::string& file, bool force = false) const {
    Arguments arguments{"blobs", url, "source_code", "get", "code_1", file};
    if (force) arguments.emplace_back("--force");
    return reel_tool(arguments, {.folder = folder.path().string()});
  }
};

/// Creates a copy of a device, so that a command that replaces it by mistake does no harm. Users without the right to
/// create devices cannot replace one either, and get a symbolic link.
std::string device(const TemporaryFolder& folder, const std::string& name) {
  struct stat found {};
  REQUIRE(::stat(("/dev/" + name).c_str(), &found) == 0);
  const std::string copy = folder / name;
  if (::mknod(copy.c_str(), S_IFCHR | 0666, found.st_rdev) != 0) fs::create_symlink("/dev/" + name, copy);
  return copy;
}

/// Returns whether `text` contains control characters other than line breaks and tabs.
bool commands_terminal(const std::string& text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7F) return true;
    if (byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0) return true;
  }
  return false;
}

TEST_CASE("a store stays intact if the command runs without standard descriptors", "[tool]") {
  const TemporaryFolder folder;
  const std::string store = "file:" + (folder / "store"), tree = "legacy:" + sample_tree();
  const std::string report = folder / "report.json";
  for (const char* const closed :
       {"<&- >/dev/null 2>&1", ">&- 2>/dev/null", "2>&- >/dev/null", "<&- >&- 2>/dev/null", "<&- >&- 2>&-"}) {
    INFO(closed);
    const int status = by_shell({"migrate", tree, store, "--report", report}, closed);
    CHECK((status == 0 || status == 1));
    CHECK(nlohmann::json::parse(read_file(report)).contains("kinds"));
    CHECK(reel_tool({"verify", tree, store}).status == 0);
    CHECK(reel_tool({"doctor", store}).status == 0);
  }
  CHECK(by_shell({"migrate", tree, store, "--report", report}, "<&- >&- 2>&-") == 1);  // nothing could be printed
  CHECK(nlohmann::json::parse(read_file(report)).contains("kinds"));
  CHECK(reel_tool({"verify", tree, store}).status == 0);
}

TEST_CASE("a blob can be written to a device, a pipe and standard output, which are not replaced", "[tool]") {
  const Store store;
  const std::string null = device(store.folder, "null"), full = device(store.folder, "full");
  fs::create_symlink(null, store.folder / "link");
  fs::create_symlink("/proc/self/fd/1", store.folder / "stdout");  // as /dev/stdout is
  for (const bool force : {false, true}) {
    CHECK(store.get(null, force).status == 0);
    CHECK(store.get("link", force).status == 0);
    CHECK(fs::is_character_file(null));
    CHECK(fs::is_symlink(store.folder / "link"));
    CHECK(store.get(full, force).status == 1);
    CHECK(fs::is_character_file(full));

    const ToolResult printed = store.get("stdout", force);
    CHECK(printed.status == 0);
    CHECK((printed.out == store.bytes));
    CHECK(fs::is_symlink(store.folder / "stdout"));
  }

  const std::string fifo = store.folder / "fifo", copy = store.folder / "from_fifo";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  const int reader = std::system(("cat " + quoted(fifo) + " > " + quoted(copy) + " &").c_str());
  REQUIRE(reader == 0);
  CHECK(store.get(fifo, true).status == 0);
  for (int i = 0; i < 500 && fs::file_size(copy) < store.bytes.size(); ++i) ::usleep(10'000);
  CHECK((read_file(copy) == store.bytes));
  CHECK(fs::is_fifo(fifo));
}

TEST_CASE("a file is replaced only with --force and keeps its permissions", "[tool]") {
  const Store store;
  write_file(store.folder / "old.py", "old");
  fs::permissions(store.folder / "old.py", fs::perms::owner_read | fs::perms::owner_write);
  fs::create_symlink("old.py", store.folder / "link.py");
  CHECK(store.get("link.py").status == 1);
  CHECK(read_file(store.folder / "old.py") == "old");
  CHECK(store.get("link.py", true).status == 0);
  CHECK((read_file(store.folder / "old.py") == store.bytes));
  CHECK(fs::status(store.folder / "old.py").permissions() == (fs::perms::owner_read | fs::perms::owner_write));
  CHECK(fs::is_symlink(store.folder / "link.py"));
}

TEST_CASE("a blob can be written to a file with the longest possible name", "[tool]") {
  const Store store;
  for (const std::size_t length : {230U, 245U, 255U}) {
    const std::string name(length, 'n');
    CHECK(store.get(name).status == 0);
    CHECK(store.get(name, true).status == 0);
    CHECK((read_file(store.folder / name) == store.bytes));
  }
  const ToolResult longer = store.get(std::string(256, 'n'));
  CHECK(longer.status == 1);
  CHECK(longer.error_contains("reel: source_code.get code_1: invalid") + longer.error_contains("reel: invalid") == 1);
}

TEST_CASE("no control character of a name, id or message reaches a terminal", "[tool]") {
  const Store store;
  const std::string evil = "x\x1b]0;title\x07\x7f\xc2\x9b[2J\r";
  write_file(store.folder / (evil + ".py"), "code");
  const std::vector<Arguments> all{{"blobs", store.url, "source_code", "get", "code_1", evil + ".py"},
                                   {"blobs", store.url, "source_code", "get", "code_1", evil},
                                   {"blobs", store.url, "source_code", "get", evil, "copy"},
                                   {"blobs", store.url, "source_code", "put", evil + ".py"},
                                   {"blobs", store.url, evil, "ls"},
                                   {"videos", "file:" + evil},
                                   {"videos", evil},
                                   {"setup", "file:" + evil},
                                   {"setup", "legacy:" + evil},
                                   {"scenes", store.url, evil},
                                   {"videos", store.url, "--status", evil},
                                   {evil},
                                   {"videos", store.url, "--topic", evil}};
  for (const Arguments& arguments : all) {
    const ToolResult outcome = reel_tool(arguments, {.folder = store.folder.path().string()});
    INFO(arguments.front() << ": " << outcome.out << outcome.error);
    CHECK_FALSE(commands_terminal(outcome.out));
    CHECK_FALSE(commands_terminal(outcome.error));
  }
  CHECK(reel_tool({"videos", "file:" + evil}).error_contains(R"(x\x1b]0;title\x07\x7f\x9b[2J\x0d)"));
}

TEST_CASE("JSON contains every character of a record", "[tool]") {
  const TemporaryFolder folder;
  done({"setup", "file:" + (folder / "store")});
  const std::string topic =
      "a\x1b[31m\xc2\x9b\x7f\xe2\x80\xae"
      "b";
  {
    reel::Filesystem store(folder / "store");
    reel::Repository<reel::video::Video, reel::Filesystem>(store).create({.topic = topic});
  }
  CHECK(done({"videos", "file:" + (folder / "store"), "--json"}).json()[0]["topic"] == topic);
  CHECK_FALSE(commands_terminal(done({"videos", "file:" + (folder / "store")}).out));
}

TEST_CASE("a journal folder that cannot be created is an error with a remedy", "[tool]") {
  const Store store;
  write_file(store.folder / "state", "a file");
  const ScopedVariable state("XDG_STATE_HOME", store.folder / "state");
  const ToolResult outcome =
      reel_tool({"blobs", store.url, "source_code", "put", store.folder / "scene.py", "--id", "code_2", "--resume"});
  CHECK(outcome.status == 1);
  CHECK(outcome.error_contains("reel: unavailable: cannot create the folder"));
  CHECK(outcome.error_contains("XDG_STATE_HOME"));
}

}  // namespace surroundings_tests

#include "run_tool.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <stdexcept>

namespace fs = std::filesystem;

namespace {

/// Commands keep their state in a folder that is removed when the tests end.
struct StateFolder {
  TemporaryFolder folder;
  StateFolder() { ::setenv("XDG_STATE_HOME", folder.path().c_str(), 1); }
};
const StateFolder state_folder;

std::string all_of(std::FILE* file) {
  std::string text;
  std::array<char, 4096> piece{};
  std::rewind(file);
  while (const std::size_t n = std::fread(piece.data(), 1, piece.size(), file)) text.append(piece.data(), n);
  return text;
}

[[noreturn]] void become_tool(const Arguments& arguments, const Surroundings& surroundings, int out, int error) {
  std::vector<char*> pointers;
  std::string program = REEL_TOOL;
  pointers.push_back(program.data());
  Arguments copies = arguments;
  for (std::string& argument : copies) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  if (surroundings.enforces_permissions) {
    ::prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE);
    ::prctl(PR_CAPBSET_DROP, CAP_DAC_READ_SEARCH);
  }
  const int nothing = ::open("/dev/null", O_RDONLY);
  if (::chdir(surroundings.folder.c_str()) != 0 || ::dup2(nothing, STDIN_FILENO) < 0 ||
      ::dup2(out, STDOUT_FILENO) < 0 || ::dup2(error, STDERR_FILENO) < 0)
    ::_exit(120);
  ::execv(program.c_str(), pointers.data());
  ::_exit(121);
}

}  // namespace

Running::Running(const Arguments& arguments, const Surroundings& surroundings)
    : out_(std::tmpfile(), std::fclose), error_(std::tmpfile(), std::fclose) {
  if (!out_ || !error_) throw std::runtime_error("tmpfile");
  const int out = surroundings.out.value_or(::fileno(out_.get()));
  const int error = surroundings.error.value_or(::fileno(error_.get()));
  process_ = ::fork();
  if (process_ < 0) throw std::runtime_error("fork");
  if (process_ == 0) become_tool(arguments, surroundings, out, error);
}

Running::~Running() {
  if (status_) return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
}

void Running::signal(int number) const { ::kill(process_, number); }

bool Running::has_ended() {
  int status = 0;
  if (!status_ && ::waitpid(process_, &status, WNOHANG) == process_) status_ = status;
  return status_.has_value();
}

ToolResult Running::finish() {
  int status = 0;
  while (!status_) {
    if (::waitpid(process_, &status, 0) == process_) {
      status_ = status;
    } else if (errno != EINTR) {
      throw std::runtime_error("waitpid");
    }
  }
  return {.status = WIFEXITED(*status_) ? WEXITSTATUS(*status_) : 128 + WTERMSIG(*status_),
          .out = all_of(out_.get()),
          .error = all_of(error_.get())};
}

ToolResult reel_tool(const Arguments& arguments, const Surroundings& surroundings) {
  return Running(arguments, surroundings).finish();
}

ToolResult done(const Arguments& arguments) {
  ToolResult outcome = reel_tool(arguments);
  std::string line;
  for (const std::string& argument : arguments) line += " " + argument;
  INFO("reel" << line << "\n" << outcome.out << outcome.error);
  REQUIRE(outcome.status == 0);
  REQUIRE_FALSE(outcome.error_contains("reel:"));
  return outcome;
}

std::string sample_tree() { return std::string(REEL_SOURCE_DIR) + "/docs/examples/sample_tree"; }

const std::string& sample_store() {
  static const TemporaryFolder folder;
  static const std::string url = [] {
    std::string made = "file:" + (folder / "store");
    done({"migrate", "legacy:" + sample_tree(), made});
    return made;
  }();
  return url;
}

std::string copy_of_sample_store(const TemporaryFolder& folder) {
  fs::copy(sample_store().substr(5), folder / "store", fs::copy_options::recursive);
  return "file:" + (folder / "store");
}

std::map<std::string, std::string> content_of(const fs::path& folder) {
  std::map<std::string, std::string> content;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().filename() == "lock") continue;
    content[entry.path().string()] = entry.is_regular_file() ? read_file(entry.path()) : "(no file)";
  }
  return content;
}

std::string read_file(const fs::path& path) { return reel::testing::content_of(path.string()); }

void write_file(const fs::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
  if (read_file(path) != text) throw std::runtime_error("cannot write " + path.string());
}

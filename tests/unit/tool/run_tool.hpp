#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "support/catch.hpp"
#include "support/filesystem/temporary_folder.hpp"

#ifndef REEL_TOOL
#error "these tests run the reel command: build it too (REEL_BUILD_EXAMPLES)"
#endif

/// Sets a variable of the environment while the object exists.
class ScopedVariable {
 public:
  ScopedVariable(std::string name, const std::string& value) : name_(std::move(name)) {
    if (const char* const before = std::getenv(name_.c_str())) before_ = before;
    ::setenv(name_.c_str(), value.c_str(), 1);
  }
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;
  ~ScopedVariable() { before_ ? ::setenv(name_.c_str(), before_->c_str(), 1) : ::unsetenv(name_.c_str()); }

 private:
  std::string name_;
  std::optional<std::string> before_;
};

/// A new folder that the destructor removes, by its canonical path.
class TemporaryFolder {
 public:
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::string operator/(const std::string& below) const { return (path_ / below).string(); }

 private:
  reel::testing::TemporaryFolder folder_{reel::testing::TemporaryFolder::on_disk()};
  std::filesystem::path path_ = std::filesystem::canonical(folder_.path());
};

using Arguments = std::vector<std::string>;

/// The result of a run of the command.
struct ToolResult {
  int status = -1;  ///< the exit status, or 128 plus the number of the signal
  std::string out{}, error{};

  [[nodiscard]] bool out_contains(std::string_view text) const { return out.find(text) != std::string::npos; }
  [[nodiscard]] bool error_contains(std::string_view text) const { return error.find(text) != std::string::npos; }
  [[nodiscard]] nlohmann::json json() const { return nlohmann::json::parse(out); }
};

struct Surroundings {
  std::string folder = ".";
  /// Permissions of files apply even if the tests run as root.
  bool enforces_permissions = false;
  std::optional<int> out{}, error{};  ///< descriptors for the streams; by default their output is in the result
};

/// A running command. The destructor kills it.
class Running {
 public:
  explicit Running(const Arguments& arguments, const Surroundings& surroundings = {});
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running();

  void signal(int number) const;
  [[nodiscard]] bool has_ended();
  /// Waits for the end of the command and returns its result.
  ToolResult finish();

 private:
  using Stream = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

  Stream out_, error_;
  int process_ = -1;
  std::optional<int> status_;
};

ToolResult reel_tool(const Arguments& arguments, const Surroundings& surroundings = {});
/// Runs the command, and requires exit status 0 and no line with `reel:` on standard error.
ToolResult done(const Arguments& arguments);

[[nodiscard]] std::string sample_tree();
/// Returns the URL of a store with a copy of the sample tree. All tests share it, so never write to it.
[[nodiscard]] const std::string& sample_store();
/// Copies the sample store to `folder` and returns the URL of the copy.
[[nodiscard]] std::string copy_of_sample_store(const TemporaryFolder& folder);

/// Returns the contents of every file below a folder, without the lock files of stores.
[[nodiscard]] std::map<std::string, std::string> content_of(const std::filesystem::path& folder);
[[nodiscard]] std::string read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, std::string_view text);

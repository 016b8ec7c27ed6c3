#pragma once

#include <cstdio>
#include <filesystem>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "support/catch.hpp"

#ifndef REEL_TOOL
#error "these tests run the reel command: build it too (REEL_BUILD_EXAMPLES)"
#endif

/// A new folder that goes when the object does.
class TemporaryFolder {
 public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::string operator/(const std::string& below) const { return (path_ / below).string(); }

 private:
  std::filesystem::path path_;
};

using Arguments = std::vector<std::string>;

/// How a run of the command ended.
struct ToolResult {
  int status = -1;  ///< 128 and its number if it was a signal
  std::string out{}, error{};

  [[nodiscard]] bool says(std::string_view text) const { return out.find(text) != std::string::npos; }
  [[nodiscard]] bool complains(std::string_view text) const { return error.find(text) != std::string::npos; }
  [[nodiscard]] nlohmann::json json() const { return nlohmann::json::parse(out); }
};

struct Surroundings {
  std::string folder = ".";
  /// Even the administrator may not read what its permissions forbid.
  bool permissions_count = false;
  std::optional<int> out{}, error{};  ///< descriptors in place of those whose text is given back
};

/// A run of the command that is under way.
class Running {
 public:
  explicit Running(const Arguments& arguments, const Surroundings& surroundings = {});
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running();

  void signal(int number) const;
  [[nodiscard]] bool has_ended();
  /// Waits for the end.
  ToolResult finish();

 private:
  using Stream = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

  Stream out_, error_;
  int process_ = -1;
  std::optional<int> status_;
};

ToolResult reel_tool(const Arguments& arguments, const Surroundings& surroundings = {});
/// As `reel_tool`; it must end with 0 and nothing that begins with `reel:` on standard error.
ToolResult done(const Arguments& arguments);

[[nodiscard]] std::string sample_tree();
/// The URL of a store that the sample tree was moved into; for reading only.
[[nodiscard]] const std::string& sample_store();
/// A copy of it in `folder`.
[[nodiscard]] std::string copy_of_sample_store(const TemporaryFolder& folder);

/// Every file below a folder and what is in it; a store's lock files, which are its own business, are left out.
[[nodiscard]] std::map<std::string, std::string> content_of(const std::filesystem::path& folder);
[[nodiscard]] std::string read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, std::string_view text);

#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <reel/backends/filesystem/file.hpp>
#include <reel/json/reader.hpp>
#include <reel/text/percent.hpp>
#include <reel/text/text_rules.hpp>

/// The file `reel.json`, which makes a folder a store, and other things about the store as a whole.
namespace reel::filesystem {

/// The version that is written, and the latest that is read.
inline constexpr int store_version = 1;

/// The content of `reel.json`.
[[nodiscard]] inline std::string store_file(TextRules text) {
  return std::string(R"({"reel":"store","version":1,"text":")") + (text == TextRules::folded ? "folded" : "exact") +
         "\"}\n";
}

/// The error `corrupt` of a store whose `reel.json` is damaged or missing, with the line that restores it.
[[nodiscard]] inline Error damaged_store_file(const std::string& path, const std::string& what) {
  std::string line = store_file(TextRules::folded);
  line.pop_back();
  return Error(Errc::corrupt, "'" + path + "' " + what + "; restore it from a copy, or write this line to it: " + line +
                                  " (\"exact\" instead of \"folded\" if the store was created with exact text rules)");
}

/// Parses the content of `reel.json`. Throws `corrupt`, or `unsupported` for a newer version.
[[nodiscard]] inline TextRules read_store_file(std::string_view text, const std::string& path) {
  json::Reader in(text);
  int version = 0;
  std::string rules;
  if (!in.take(R"({"reel":"store","version":)") || !in.number(version)) throw damaged_store_file(path, "is damaged");
  if (version > store_version) throw newer_version("cannot open '" + path + "'", "store", version, store_version);
  if (!in.take(R"(,"text":)") || !in.string(rules) || (rules != "folded" && rules != "exact") || !in.take("}\n"))
    throw damaged_store_file(path, "is damaged");
  return rules == "folded" ? TextRules::folded : TextRules::exact;
}

/// Refuses to create a store among other files: `invalid`, or `corrupt` for a store whose `reel.json` is missing. The
/// files of an interrupted creation do not count.
inline void require_empty(FileCalls& calls, const std::string& folder) {
  std::vector<std::string> names;
  if (calls.list(folder, names) != 0) throw file_error("list", folder);
  std::erase(names, "reel.json.tmp");
  std::erase(names, "lost+found");
  const auto has = [&](const char* name) { return std::find(names.begin(), names.end(), name) != names.end(); };
  if (has("collections") || has("buckets")) throw damaged_store_file(folder + "/reel.json", "is missing");
  if (!names.empty())
    throw Error(Errc::invalid,
                "'" + folder + "' is not empty and not a store (it has no reel.json); choose another folder");
}

/// Opens the store in a folder, or creates it, and returns its `TextRules`.
///
/// - `wanted`: the rules that the caller expects; empty: any
/// - `create`: whether a missing store is created
///
/// Throws `invalid` if the store has other text rules than `wanted`, and `not_found`, `invalid`, `unsupported` or
/// `corrupt` for a folder that does not contain a store. A lock on the folder protects concurrent creations.
[[nodiscard]] inline TextRules open_store(FileCalls& calls, const std::string& folder, std::optional<TextRules> wanted,
                                          bool create) {
  const std::string path = folder + "/reel.json";
  auto text = read_file(calls, path);
  if (!text && !create) {
    if (exists(calls, folder)) require_empty(calls, folder);
    throw Error(Errc::not_found, "there is no store in '" + folder + "'; check the path");
  }
  if (!text) {
    make_folders(calls, folder);
    const File lock_file = File::lockable(calls, folder, O_RDONLY | O_DIRECTORY);
    // Other processes may be creating the same store.
    const FileLock lock(lock_file);
    text = read_file(calls, path);
    if (!text) {
      require_empty(calls, folder);
      text = store_file(wanted.value_or(TextRules::folded));
      replace_file(calls, path, *text);
    }
  }
  const TextRules stored = read_store_file(*text, path);
  if (wanted && *wanted != stored)
    throw Error(Errc::invalid, "'" + folder + "' was created with other text rules; open it without the option text");
  return stored;
}

/// The URL of a file (RFC 8089): `file://` and the absolute path. Characters that are not unreserved (RFC 3986) are
/// percent-encoded.
[[nodiscard]] inline std::string file_url(const std::string& path) {
  std::string url = "file://";
  text::append_percent_encoded(url, driver::absolute_path(path), "/-._~");
  return url;
}

}  // namespace reel::filesystem

#pragma once

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <reel/backends/filesystem/file.hpp>
#include <reel/backends/filesystem/json_text.hpp>
#include <reel/backends/filesystem/schema_file.hpp>
#include <reel/text_rules.hpp>

/// `reel.json`, which makes a folder a store, and what else concerns the store as a whole.
namespace reel::filesystem {

inline constexpr int store_version = 1;

[[nodiscard]] inline std::string store_file(TextRules text) {
  return std::string(R"({"reel":"store","version":1,"text":")") + (text == TextRules::folded ? "folded" : "exact") +
         "\"}\n";
}

[[nodiscard]] inline TextRules read_store_file(std::string_view text, const std::string& path) {
  json::Reader in(text);
  int version = 0;
  std::string rules;
  if (!in.take(R"({"reel":"store","version":)") || !in.number(version))
    throw Error(Errc::corrupt, "'" + path + "' is damaged: it does not begin as a store's file does");
  if (version > store_version)
    throw Error(Errc::unsupported, "'" + path + "' says that the store is of version " + std::to_string(version) +
                                       "; this library reads up to " + std::to_string(store_version) +
                                       ": use a newer one");
  if (!in.take(R"(,"text":)") || !in.string(rules) || (rules != "folded" && rules != "exact") || !in.take("}\n"))
    throw Error(Errc::corrupt, "'" + path + "' is damaged");
  return rules == "folded" ? TextRules::folded : TextRules::exact;
}

/// Refuses to make a store among somebody else's files. What a store's own making may leave behind is no obstacle.
inline void require_empty(FileCalls& calls, const std::string& folder) {
  std::vector<std::string> names;
  if (calls.list(folder, names) != 0) throw failure("list", folder);
  std::erase(names, "reel.json.tmp");
  std::erase(names, "lost+found");
  if (!names.empty())
    throw Error(Errc::invalid, "'" + folder + "' is not empty and no store (it has no reel.json); name another folder");
}

/// The schemas of all collections of a store.
[[nodiscard]] inline std::vector<CollectionSchema> stored_schemas(FileCalls& calls, const std::string& folder) {
  std::vector<CollectionSchema> schemas;
  std::vector<std::string> names;
  if (!exists(calls, folder)) return schemas;
  if (calls.list(folder, names) != 0) throw failure("list", folder);
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    const auto text = read_file(calls, folder + "/" + name + "/schema.json");
    if (!text) continue;
    if (auto schema = SchemaReader(*text).read()) schemas.push_back(*std::move(schema));
  }
  return schemas;
}

/// RFC 8089: `file://` and the absolute path, with what is not unreserved in a URL percent-encoded.
[[nodiscard]] inline std::string file_url(const std::string& path) {
  std::string absolute = path;
  if (!path.starts_with('/')) {
    char* here = ::getcwd(nullptr, 0);
    if (here) absolute = std::string(here) + "/" + path;
    std::free(here);
  }
  std::string url = "file://";
  for (const char c : absolute) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("/-._~").find(c) != std::string_view::npos;
    if (plain) {
      url += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      url += '%';
      url += "0123456789ABCDEF"[byte >> 4];
      url += "0123456789ABCDEF"[byte & 15];
    }
  }
  return url;
}

}  // namespace reel::filesystem

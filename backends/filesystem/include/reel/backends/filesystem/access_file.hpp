#pragma once

#include <optional>
#include <string>

#include <reel/backends/filesystem/file.hpp>
#include <reel/driver/stored_access.hpp>
#include <reel/json/reader.hpp>
#include <reel/json/writer.hpp>
#include <reel/permission.hpp>

/// The file `access.json` in the folder of a collection or bucket: its permissions as a whole. It exists only if a
/// schema or `Bucket` with permissions was set up. One line, its fields in this order:
///
///     {"reel":"access","version":1,"item_security":true,"permissions":["read(\"any\")","create(\"users\")"]}
namespace reel::filesystem {

/// The version that is written, and the latest that is read.
inline constexpr int access_version = 1;

/// The path of the file in `folder`.
[[nodiscard]] inline std::string access_path(const std::string& folder) { return folder + "/access.json"; }

/// The content of the file.
[[nodiscard]] inline std::string access_text(const AccessRules& rules) {
  std::string out = R"({"reel":"access","version":)";
  json::append_number(out, access_version);
  out += ",\"item_security\":";
  json::append(out, rules.item_security);
  out += ",\"permissions\":";
  json::append(out, rules.permissions);
  return out += "}\n";
}

/// Reads the file. Without one, returns the permissions that a collection or bucket gets if none are specified. Throws
/// `corrupt` for a damaged file, `unsupported` for one of a newer version.
[[nodiscard]] inline AccessRules read_access(FileCalls& calls, const std::string& folder) {
  const std::string path = access_path(folder);
  const auto text = read_file(calls, path);
  if (!text) return {};
  AccessRules rules;
  json::Reader in(*text);
  int version = 0;
  const bool has_head = in.take(R"({"reel":"access","version":)") && in.number(version);
  if (has_head && version > access_version)
    throw newer_version("cannot read '" + path + "'", "access file", version, access_version);
  std::string written;
  const bool is_whole = has_head && in.take(",\"item_security\":") && in.boolean(rules.item_security) &&
                        in.take(",\"permissions\":") && in.elements([&] {
                          const auto permission = in.string(written) ? Permission::parse(written) : std::nullopt;
                          if (permission) rules.permissions.push_back(*permission);
                          return permission.has_value();
                        }) &&
                        in.take("}\n") && in.done();
  if (!is_whole)
    throw Error(Errc::corrupt, "'" + path +
                                   "' is damaged; restore it from a copy, or remove it and run setup() again "
                                   "to store the permissions of the schema");
  return rules;
}

}  // namespace reel::filesystem

#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/blob.hpp>
#include <reel/driver/file/file.hpp>
#include <reel/driver/file/file_time.hpp>
#include <reel/driver/file/replace_file.hpp>
#include <reel/json/reader.hpp>
#include <reel/json/sealed_line.hpp>
#include <reel/json/writer.hpp>

namespace reel::appwrite {

/// Identifies a file and its state when its upload began.
struct SourceMark {
  std::string path{};  ///< absolute
  std::int64_t size = 0;
  std::int64_t modified = 0;  ///< nanoseconds since 1970
  /// The status change time (ctime), which renaming and changing rights also advance. Nanoseconds since 1970.
  std::int64_t changed = 0;

  /// The mark of an open file. Throws if the file cannot be examined.
  [[nodiscard]] static SourceMark of(const FilePosition& position) {
    struct stat found {};  // `FileStatus` has no time of the last status change
    if (::fstat(position.file, &found) != 0) throw driver::file_error("access", position.path, errno);
    // Times are only compared, so that wrapping around 64 bits does no harm.
    const auto nanoseconds = [](const timespec& time) { return static_cast<std::int64_t>(driver::file_time(time)); };
    const std::filesystem::path path = driver::absolute_path(position.path);
    return {path.lexically_normal().string(), found.st_size, nanoseconds(found.st_mtim), nanoseconds(found.st_ctim)};
  }
};

/// The progress of an upload, so that a later run can resume it: a file with one line of JSON that ends in a CRC-32C
/// (see reel/json/sealed_line.hpp):
///
///     {"reel":"upload","version":1,"endpoint":…,"project":…,"bucket":…,"id":…,"name":…,"chunk":5242880,
///      "path":…,"size":…,"modified":…,"changed":…,          the source, see SourceMark
///      "created_at":…,"parts":[CRC-32C, …],"hash_state":…,   the progress
///      "crc":"xxxxxxxx"}
///
/// The file is replaced atomically and synced after each part; see upload.hpp for the protocol. It is read and written
/// under the claim of the blob, so that of two processes with the same ledger and blob the second waits.
///
/// The functions with a parameter `calls` make their system calls through it.
struct UploadLedger {
  /// Where the blob goes.
  std::string endpoint{}, project{}, bucket{}, id{}, name{};
  /// The length of the parts in bytes.
  std::int64_t chunk = 0;
  SourceMark source{};
  std::string created_at{};            ///< of the file on the server; empty before its first part is stored
  std::vector<std::uint32_t> parts{};  ///< CRC-32C of each part that the server has, from the first on
  std::string hash_state{};            ///< of the source after the last of these parts

  /// Reads a ledger, or returns `nullopt` if the file does not exist. Throws `corrupt` if it is not an intact ledger of
  /// this version.
  [[nodiscard]] static std::optional<UploadLedger> read(const std::string& path,
                                                        driver::FileCalls& calls = driver::posix_calls()) {
    std::optional<std::string> line = driver::read_file(calls, path);
    if (!line) return std::nullopt;
    if (line->ends_with('\n')) line->pop_back();
    const std::string text = json::unsealed_object(*line).value_or("");
    UploadLedger ledger;
    std::string kind;
    int version = 0;
    std::size_t missing = 2;
    for_each_member(ledger, [&](std::string_view, auto&) { ++missing; });
    json::Reader in(text);
    const auto take = [&](std::string_view key) {
      --missing;
      if (key == "reel") return in.string(kind);
      if (key == "version") return in.number(version);
      bool is_read = false;
      for_each_member(ledger, [&](std::string_view member, auto& value) {
        if (key == member) is_read = json::read(in, value);
      });
      return is_read;
    };
    if (!in.members(take) || !in.done() || missing != 0 || kind != "upload" || version != 1) throw_damaged(path);
    return ledger;
  }

  /// Replaces the file atomically; it is on the medium when this returns.
  void write(const std::string& path, driver::FileCalls& calls = driver::posix_calls()) const {
    json::Object object;
    object.add("reel", "upload").add("version", 1);
    for_each_member(*this, [&](std::string_view member, const auto& value) { object.add(member, value); });
    driver::replace_private_file(path, json::sealed_line(object.str()), calls);
  }

  /// Removes the file, if it exists.
  static void remove(const std::string& path, driver::FileCalls& calls = driver::posix_calls()) {
    driver::remove_file(calls, path);
  }

  /// Throws `conflict`, naming the difference, if the ledger belongs to an upload of another source or to another blob.
  void check_same(const UploadLedger& other, const std::string& path) const {
    const auto refuse = [&](const std::string& why) {
      throw Error(Errc::conflict,
                  "cannot resume the upload recorded in '" + path + "': " + why + "; remove that file to start again");
    };
    const auto destination = [](const UploadLedger& one) {
      return one.endpoint + ", project " + one.project + ", bucket " + one.bucket + ", blob " + one.id;
    };
    if (destination(*this) != destination(other))
      refuse("it goes to " + destination(*this) + ", not to " + destination(other));
    if (source.path != other.source.path) refuse("it is of '" + source.path + "', not of '" + other.source.path + "'");
    if (source.size != other.source.size)
      refuse("'" + source.path + "' had " + std::to_string(source.size) + " bytes and has " +
             std::to_string(other.source.size));
    if (source.modified != other.source.modified) refuse("'" + source.path + "' has been written to since");
  }

 private:
  /// Calls `visit(name, member)` for each member of the file except its kind and version.
  template <class Ledger, class Visit>
  static void for_each_member(Ledger& ledger, Visit&& visit) {
    visit("endpoint", ledger.endpoint);
    visit("project", ledger.project);
    visit("bucket", ledger.bucket);
    visit("id", ledger.id);
    visit("name", ledger.name);
    visit("chunk", ledger.chunk);
    visit("path", ledger.source.path);
    visit("size", ledger.source.size);
    visit("modified", ledger.source.modified);
    visit("changed", ledger.source.changed);
    visit("created_at", ledger.created_at);
    visit("parts", ledger.parts);
    visit("hash_state", ledger.hash_state);
  }

  [[noreturn]] static void throw_damaged(const std::string& path) {
    throw Error(Errc::corrupt, "'" + path + "' is damaged or not an upload ledger; remove it to start again");
  }
};

}  // namespace reel::appwrite

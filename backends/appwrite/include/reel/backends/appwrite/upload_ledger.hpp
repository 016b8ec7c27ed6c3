#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/blob.hpp>
#include <reel/driver/file.hpp>
#include <reel/driver/file_time.hpp>
#include <reel/driver/replace_file.hpp>
#include <reel/json/reader.hpp>
#include <reel/json/sealed_line.hpp>
#include <reel/json/writer.hpp>

namespace reel::appwrite {

/// A file as it was when its upload began.
struct SourceMark {
  std::string path{};  ///< absolute
  std::int64_t size = 0;
  std::int64_t modified = 0;  ///< nanoseconds since 1970
  std::int64_t changed = 0;   ///< when anything of it changed last, its name and its rights included

  [[nodiscard]] static SourceMark of(const FilePosition& position) {
    struct stat found {};
    if (::fstat(position.file, &found) != 0) throw driver::file_error("access", position.path, errno);
    // Only compared: it may wrap around for times that 64 bits do not hold.
    const auto nanoseconds = [](const timespec& time) { return static_cast<std::int64_t>(driver::file_time(time)); };
    const std::filesystem::path path = driver::absolute_path(position.path);
    return {path.lexically_normal().string(), found.st_size, nanoseconds(found.st_mtim), nanoseconds(found.st_ctim)};
  }
};

/// How far an upload is: one line of JSON with a checksum, written anew after each part and on the medium before the
/// next one counts.
struct UploadLedger {
  std::string endpoint{}, project{}, bucket{}, id{}, name{};
  std::int64_t chunk = 0;
  SourceMark source{};
  std::string created_at{};            ///< of the file on the server; empty before its first part is there
  std::vector<std::uint32_t> parts{};  ///< CRC-32C of those that are there, from the first on
  std::string hash_state{};            ///< of the source behind the last of them

  /// Nothing if there is no such file. `corrupt`: it is no ledger.
  [[nodiscard]] static std::optional<UploadLedger> read(const std::string& path) {
    if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) return std::nullopt;
    const driver::File file(path, O_RDONLY);
    std::string line(static_cast<std::size_t>(file.status().size), '\0');
    line.resize(file.read_at(std::as_writable_bytes(std::span(line)), 0));
    if (line.ends_with('\n')) line.pop_back();
    const auto sealed = json::unseal(line);
    const std::string text = std::string(sealed.value_or("")) + '}';
    UploadLedger ledger;
    std::string kind;
    int version = 0;
    std::size_t missing = 2;
    for_each_member(ledger, [&](std::string_view, auto&) { ++missing; });
    json::Reader in(text);
    const auto take = [&](std::string_view name) {
      --missing;
      if (name == "reel") return in.string(kind);
      if (name == "version") return in.number(version);
      bool is_read = false;
      for_each_member(ledger, [&](std::string_view member, auto& value) {
        if (name == member) is_read = json::read(in, value);
      });
      return is_read;
    };
    if (!in.members(take) || !in.done() || missing != 0 || kind != "upload" || version != 1) throw_damaged(path);
    return ledger;
  }

  void write(const std::string& path) const {
    json::Object object;
    object.add("reel", "upload").add("version", 1);
    for_each_member(*this, [&](std::string_view member, const auto& value) { object.add(member, value); });
    std::string line = object.str();
    line.pop_back();
    json::seal(line, 0);
    driver::replace_file(path, line);
  }

  static void remove(const std::string& path) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) throw driver::file_error("remove", path, errno);
  }

  /// `conflict` if it is about something else than `other`.
  void check_same(const UploadLedger& other, const std::string& path) const {
    const auto refuse = [&](const std::string& why) {
      throw Error(Errc::conflict,
                  "the upload noted in '" + path + "' cannot go on: " + why + "; remove that file to begin anew");
    };
    const auto place = [](const UploadLedger& one) {
      return one.endpoint + ", project " + one.project + ", bucket " + one.bucket + ", blob " + one.id;
    };
    if (place(*this) != place(other)) refuse("it goes to " + place(*this) + ", not to " + place(other));
    if (source.path != other.source.path) refuse("it is of '" + source.path + "', not of '" + other.source.path + "'");
    if (source.size != other.source.size)
      refuse("'" + source.path + "' had " + std::to_string(source.size) + " bytes and has " +
             std::to_string(other.source.size));
    if (source.modified != other.source.modified) refuse("'" + source.path + "' has been written to since");
  }

 private:
  /// Calls `visit(name, member)` for everything that the file has beside its kind and version.
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
    throw Error(Errc::corrupt, "'" + path + "' is damaged, or no ledger of an upload; remove it to begin anew");
  }
};

}  // namespace reel::appwrite

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <reel/backends/filesystem/record_line.hpp>
#include <reel/error.hpp>
#include <reel/id.hpp>
#include <reel/timestamp.hpp>

/// Damage to a journal: what remains of lines whose checksum does not match, and which records they belong to.
namespace reel::filesystem {

/// An earlier version of a record whose last line is damaged. It is no longer the record.
struct OlderVersion {
  std::string id{};         ///< id of the record
  std::int64_t offset = 0;  ///< of its line, in the damaged journal
  Timestamp updated_at{};
};

/// A part of the committed journal that contains no intact line.
struct Damage {
  /// What is damaged: the header, a line, or bytes that are missing.
  enum class Part { header, line, missing };

  /// See `Part`.
  Part part = Part::line;
  /// The offset of the first damaged byte.
  std::int64_t offset = 0;
  /// Bytes up to the next intact line; for `missing`, the number of missing bytes.
  std::int64_t size = 0;
  /// The id of the record, if it can be read.
  std::string id{};
  /// The sequence of the record, if it can be read.
  std::optional<std::int64_t> sequence{};
  /// Earlier versions of the records that the line may have changed.
  std::vector<OlderVersion> older{};
  /// The bytes may belong to several lines whose ends and starts are lost.
  bool is_merged = false;
  /// No record is lost: a later line has it, or the bytes belonged to none.
  bool is_harmless = false;

  /// The ids of the records that cannot be read because of the damage; empty if they are unknown.
  [[nodiscard]] std::vector<std::string> ids() const {
    std::vector<std::string> all;
    if (!id.empty() && !is_harmless) all.push_back(id);
    for (const OlderVersion& version : older) {
      if (id.empty() || is_harmless || !same_id(version.id, id)) all.push_back(version.id);
    }
    return all;
  }
};

/// The error `corrupt` of a damaged line, with path, offset and remedy.
[[nodiscard]] inline Error damaged(const std::string& path, std::int64_t offset) {
  return Error(Errc::corrupt, "the line at byte " + std::to_string(offset) + " of '" + path +
                                  "' is damaged; restore the file from a copy, or run 'reel doctor STORE --repair', "
                                  "which discards the line's record and saves all others");
}

/// An error for each record that cannot be read because of the damage, with its id, and one without an id if there may
/// be unknown ones.
[[nodiscard]] inline std::vector<Error> errors_of(const Damage& damage, const std::string& path) {
  std::vector<Error> errors;
  for (const std::string& id : damage.ids()) errors.push_back(damaged(path, damage.offset).within({.id = id}));
  if ((errors.empty() || damage.is_merged) && !damage.is_harmless) errors.push_back(damaged(path, damage.offset));
  return errors;
}

/// The start of a line's checksum. It occurs nowhere else, because quotes within a value are escaped.
inline constexpr std::string_view seal_key = R"(,"crc":")";

/// The start of a line with a change. It occurs nowhere else, for the same reason.
inline constexpr std::string_view change_start = R"({"op":")";

/// Reads the id and the sequence at the start of a damaged line, if they are well-formed.
inline void read_identity(std::string_view line, Damage& damage) {
  constexpr std::string_view id_key = R"("id":)", sequence_key = R"(,"seq":)";
  const std::size_t id_at = line.substr(0, 32).find(id_key);
  std::string id;
  if (id_at != std::string_view::npos && json::Reader(line.substr(id_at + id_key.size())).string(id) && is_valid_id(id))
    damage.id = id;
  const std::size_t sequence_at = line.substr(0, 96).find(sequence_key);
  std::int64_t sequence = 0;
  if (sequence_at == std::string_view::npos) return;
  json::Reader reader(line.substr(sequence_at + sequence_key.size()));
  if (reader.number(sequence) && sequence > 0 && reader.peek() == ',') damage.sequence = sequence;
}

/// Whether a damaged part of the journal, beginning at `offset`, contains the end of the line that starts there, not of
/// a later one. A line records how long the synced journal was when it was written (`synced`), which is at most its own
/// offset; the end of a later line may record more.
[[nodiscard]] inline bool has_own_end(std::string_view part, std::int64_t offset) {
  constexpr std::string_view synced_key = R"(,"synced":)";
  constexpr std::size_t size = driver::crc_digits + 2;
  const bool has_seal = part.find(seal_key) != std::string_view::npos;
  const bool has_digits = part.size() > size && part.ends_with(R"("})") &&
                          driver::parse_crc(part.substr(part.size() - size, driver::crc_digits));
  const std::size_t synced_at = part.rfind(synced_key);
  std::int64_t synced = 0;
  const bool has_synced =
      synced_at != std::string_view::npos && json::Reader(part.substr(synced_at + synced_key.size())).number(synced);
  return has_synced ? (has_seal || has_digits) && synced <= offset : has_seal;
}

/// Bytes of the shortest line with a change.
inline constexpr std::size_t shortest_change =
    std::string_view(R"({"op":"remove","id":"a","seq":1,"synced":0,"crc":"00000000"})").size();

/// Whether a part of a line cannot have been a change, because it is too short and has neither the start nor the end of
/// one: the remains of a newline.
[[nodiscard]] inline bool is_no_change(std::string_view part) {
  return part.size() < shortest_change && !part.starts_with(change_start) &&
         part.find(seal_key) == std::string_view::npos;
}

/// Whether a damaged line becomes intact with this id and this sequence: then nothing else of it is damaged.
[[nodiscard]] inline bool is_whole_with(std::string_view line, std::string_view id, std::int64_t sequence) {
  constexpr std::string_view id_key = R"("id":)", sequence_key = R"(,"seq":)";
  const std::size_t id_at = line.find(id_key), sequence_at = line.find(sequence_key);
  if (sequence_at == std::string_view::npos || id_at > sequence_at) return false;
  std::string whole(line.substr(0, id_at + id_key.size()));
  json::append_string(whole, id);
  whole += sequence_key;
  json::append_number(whole, sequence);
  whole += line.substr(std::min(line.find(',', sequence_at + 1), line.size()));
  return open_line(whole).has_value();
}

/// Divides a damaged line, which may be several lines whose newlines were lost. Calls `whole(part)` for each intact
/// line and `rest(part)` for the bytes between them, in order.
template <class Whole, class Rest>
void take_apart(std::string_view line, Whole&& whole, Rest&& rest) {
  constexpr std::size_t seal_size = seal_key.size() + driver::crc_digits + 2;
  std::size_t begin = 0;
  const auto pass = [&](std::size_t end) {
    if (end > begin) rest(line.substr(begin, end - begin));
    begin = end;
  };
  for (std::size_t start = line.find(change_start); start != std::string_view::npos;) {
    const std::size_t next = line.find(change_start, start + 1);
    const std::size_t seal = line.find(seal_key, start);
    const std::size_t end = seal == std::string_view::npos ? line.size() : std::min(seal + seal_size, line.size());
    const std::string_view part = line.substr(start, end - start);
    pass(start);
    if (end <= next && open_line(part)) {
      whole(part);
      begin = end;
    }
    start = next;
  }
  pass(line.size());
}

}  // namespace reel::filesystem

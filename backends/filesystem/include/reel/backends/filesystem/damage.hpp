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

/// Damage to a journal, and the remains of lines whose checksum does not match.
namespace reel::filesystem {

/// An earlier version of a record whose last line is damaged. It no longer is the record.
struct OlderVersion {
  std::string id{};
  std::int64_t offset = 0;  ///< of its line, in the damaged journal
  Timestamp updated_at{};
};

/// A committed part of a journal that holds no whole line.
struct Damage {
  enum class Part { header, line, missing };

  Part part = Part::line;
  std::int64_t offset = 0;
  std::int64_t size = 0;                   ///< bytes up to the next whole line; `missing`: bytes that are gone
  std::string id{};                        ///< of the record, if it can be read
  std::optional<std::int64_t> sequence{};  ///< likewise
  std::vector<OlderVersion> older{};       ///< of the records that the line may have changed
  bool is_merged = false;                  ///< the bytes may belong to several lines whose ends and starts are lost
  bool is_harmless = false;                ///< no record is lost: a later line has it, or the bytes held none

  /// The ids of the records that cannot be read because of it; none if they are unknown.
  [[nodiscard]] std::vector<std::string> ids() const {
    std::vector<std::string> all;
    if (!id.empty() && !is_harmless) all.push_back(id);
    for (const OlderVersion& version : older) {
      if (id.empty() || is_harmless || !same_id(version.id, id)) all.push_back(version.id);
    }
    return all;
  }
};

[[nodiscard]] inline Error damaged(const std::string& path, std::int64_t offset) {
  return Error(Errc::corrupt, "the line at byte " + std::to_string(offset) + " of '" + path +
                                  "' is damaged; restore the file from a copy, or run 'reel doctor STORE --repair', "
                                  "which discards the line's record and saves all others");
}

/// The error of each record that cannot be read because of it, with its id, and one without an id for those that are
/// unknown.
[[nodiscard]] inline std::vector<Error> errors_of(const Damage& damage, const std::string& path) {
  std::vector<Error> errors;
  for (const std::string& id : damage.ids()) errors.push_back(damaged(path, damage.offset).within({.id = id}));
  if ((errors.empty() || damage.is_merged) && !damage.is_harmless) errors.push_back(damaged(path, damage.offset));
  return errors;
}

/// The end of a line has this, and nothing else does, because quotes within a value are escaped.
inline constexpr std::string_view seal_key = R"(,"crc":")";

/// How the line of a change begins. Found nowhere else, for the same reason.
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

/// Whether the end of a line is in a part that begins at this offset of the journal, and is that of the line whose
/// start is there: a line knows how long the journal was, which is no more than its own offset.
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

/// The bytes that a change has at least.
inline constexpr std::size_t shortest_change =
    std::string_view(R"({"op":"remove","id":"a","seq":1,"synced":0,"crc":"00000000"})").size();

/// Whether a part of a line is too short for a change and has neither start nor end of one: a newline that was lost.
[[nodiscard]] inline bool is_no_change(std::string_view part) {
  return part.size() < shortest_change && !part.starts_with(change_start) &&
         part.find(seal_key) == std::string_view::npos;
}

/// Whether a damaged line is whole once it has this id and this sequence: then nothing else of it is damaged.
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

/// Takes a damaged line apart, which may be several whose newlines were lost: calls `whole(part)` for each that is as
/// it was written, and `rest(part)` for what is between them, in order.
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

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <reel/backends/filesystem.hpp>
#include <reel/backends/filesystem/settings.hpp>
#include <reel/blob_store.hpp>
#include <reel/repository.hpp>

namespace reel::testing {

using filesystem::Seams;

struct Note {
  std::string title{};
  std::int64_t count = 0;
  std::optional<std::string> body{};
  friend bool operator==(const Note&, const Note&) = default;
};

/// The same collection in a later version of the program.
struct LaterNote {
  std::string title{};
  std::int64_t count = 0;
  std::optional<std::string> body{};
  std::optional<std::string> author{};
  friend bool operator==(const LaterNote&, const LaterNote&) = default;
};

}  // namespace reel::testing

template <>
struct reel::Schema<reel::testing::Note> {
  using Note = reel::testing::Note;
  static constexpr auto collection = reel::collection(
      "notes", "Notes", reel::attribute("title", &Note::title, reel::max_length(2'000'000)),
      reel::attribute("count", &Note::count), reel::attribute("body", &Note::body, reel::max_length(2'000'000)),
      reel::unique("by_title", &Note::title), reel::full_text("search_body", &Note::body));
};

template <>
struct reel::Schema<reel::testing::LaterNote> {
  using Note = reel::testing::LaterNote;
  static constexpr auto collection = reel::collection(
      "notes", "Notes", reel::attribute("title", &Note::title, reel::max_length(2'000'000)),
      reel::attribute("count", &Note::count), reel::attribute("body", &Note::body, reel::max_length(2'000'000)),
      reel::attribute("author", &Note::author, reel::max_length(100)), reel::unique("by_title", &Note::title),
      reel::index("by_count", &Note::count), reel::full_text("search_body", &Note::body));
};

namespace reel::testing {

using Notes = Repository<Note, Filesystem>;
using LaterNotes = Repository<LaterNote, Filesystem>;

inline const Bucket files_bucket{.id = "files", .name = "Files"};

/// Compacts and takes snapshots as often as possible.
inline constexpr filesystem::Housekeeping busy{.compact_above = 1500, .snapshot_every = 2500, .snapshot_at_end = 1};

template <class T>
Repository<T, Filesystem> set_up(Filesystem& store) {
  Repository<T, Filesystem> records{store};
  records.setup();
  return records;
}

[[nodiscard]] inline BlobStore<Filesystem> files(Filesystem& store) {
  return BlobStore<Filesystem>{store, files_bucket};
}

inline BlobInfo put(const BlobStore<Filesystem>& blobs, const std::string& id, const std::string& content) {
  return blobs.put(BlobId{id}, from_bytes(content), {.name = id + ".bin", .overwrite = true});
}
[[nodiscard]] inline std::string bytes_of(const BlobStore<Filesystem>& blobs, const BlobId& id) {
  std::vector<std::byte> bytes;
  blobs.get(id, to_bytes(bytes));
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Returns a string of this size that identifies its source.
[[nodiscard]] inline std::string text_of(std::size_t size, const std::string& mark) {
  std::string text;
  while (text.size() < size) text += mark + " ";
  text.resize(size);
  return text;
}

/// Returns the error that `body` throws.
template <class F>
[[nodiscard]] std::optional<Error> error_of(F&& body) {
  try {
    body();
  } catch (const Error& error) {
    return error;
  }
  return std::nullopt;
}

}  // namespace reel::testing

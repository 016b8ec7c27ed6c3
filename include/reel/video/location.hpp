#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace reel::video {

/// The meaning of an address of a file in a record. Pipelines have stored three forms in `combined_video_url`,
/// `subtitles_url`, `video_url` and `code_url`.
struct FileLocation {
  /// The form of the address.
  enum class Kind {
    blob,  ///< the id of a blob, alone or in the address of a file on an Appwrite server
    path,  ///< a path of the computer that wrote the record
    url,   ///< another address
  };
  Kind kind = Kind::blob;  ///< the form
  std::string bucket{};    ///< of a `blob`, if the address contains it; otherwise it is the bucket of the attribute
  std::string blob{};      ///< the id of a `blob`
  std::string text{};      ///< the address as stored

  /// Compares all members.
  friend bool operator==(const FileLocation&, const FileLocation&) = default;
};

namespace detail {

/// The part of `text` between `before` and the next `/`, `?` or the end; empty if `before` does not occur.
[[nodiscard]] inline std::string_view segment_after(std::string_view text, std::string_view before) {
  const std::size_t at = text.find(before);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + before.size());
  return text.substr(0, text.find_first_of("/?#"));
}

}  // namespace detail

/// The location in a stored address: the id of a blob, the address `…/storage/buckets/<bucket>/files/<file>/view?…` of
/// an Appwrite server, a path, or another address.
[[nodiscard]] inline FileLocation file_location(std::string_view address) {
  FileLocation location{.text = std::string(address)};
  const bool is_url = address.find("://") != std::string_view::npos;
  const std::string_view file = detail::segment_after(address, "/files/");
  const std::string_view bucket = detail::segment_after(address, "/storage/buckets/");
  if (is_url && !bucket.empty() && !file.empty()) {
    location.bucket = bucket;
    location.blob = file;
  } else if (is_url) {
    location.kind = FileLocation::Kind::url;
  } else if (address.find_first_of("/\\") != std::string_view::npos || address.ends_with(".mp4") ||
             address.ends_with(".srt")) {
    location.kind = FileLocation::Kind::path;
  } else {
    location.blob = address;
  }
  return location;
}

}  // namespace reel::video

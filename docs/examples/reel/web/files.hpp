#pragma once

#include <string>

#include "../store.hpp"
#include "request.hpp"
#include "response.hpp"

namespace tool::web {

/// The bytes of the blobs of a store. A browser never takes one for a page: only video, audio, images and plain text
/// are shown, and everything else is a download.
///
///     /files/BUCKET/ID              the blob, whole or a range of it
///     /files/BUCKET/ID?download     to be saved under its name
///     /files/subtitles/ID?vtt       subtitles as WebVTT
///
/// Thread-safe.
class Files {
 public:
  explicit Files(Store& store) : store_(store) {}

  /// Throws the errors of `BlobStore`, and `not_found` for a bucket that the pipeline does not have.
  [[nodiscard]] Response get(const Request& request, const std::string& bucket, const std::string& id) const;

 private:
  Store& store_;
};

}  // namespace tool::web

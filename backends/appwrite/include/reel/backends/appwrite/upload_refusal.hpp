#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <reel/backends/appwrite/files.hpp>
#include <reel/backends/appwrite/upload_content.hpp>
#include <reel/backends/appwrite/upload_form.hpp>
#include <reel/blob.hpp>
#include <reel/driver/content_type.hpp>
#include <reel/error.hpp>

namespace reel::appwrite {

/// The refusals by the server's bucket that concern one upload.
class UploadRefusal {
 public:
  /// The references must outlive the object. `wanted`: the blob.
  UploadRefusal(const Client& client, const Bucket& bucket, const BlobInfo& wanted)
      : client_(client), bucket_(bucket), wanted_(wanted) {}

  /// Throws what the server would refuse after the blob that is to be replaced was removed: size, extension, and a last
  /// part of the byte `0` that it cannot store. 1 request.
  void check(const UploadContent& content) const {
    const Json bucket = stored_bucket();
    const auto limit = field<std::int64_t>(bucket, "maximumFileSize");
    if (content.size() > limit)
      throw Error(Errc::too_large, of_size(content.size(), "its limit is " + std::to_string(limit) + " bytes"));
    const auto extensions = field<std::vector<std::string>>(bucket, "allowedFileExtensions");
    const bool is_taken =
        std::find(extensions.begin(), extensions.end(), driver::extension_of(wanted_.name)) != extensions.end();
    if (!extensions.empty() && !is_taken)
      throw Error(Errc::unsupported_media, of_extension("it accepts other extensions only"));
    const UploadPart* const last = content.last_part();
    if (!last || !last->is_byte_zero()) return;
    if (content.size() > 1) refuse_zero_at_end();
    refuse_zero(bucket_.id, bucket);
  }

  /// Throws the refusal of a file of one byte `0`, unless the server can store it in this bucket. 1 request.
  void refuse_byte_zero() const { refuse_zero(bucket_.id, stored_bucket()); }

  /// The reason of an error of the server, with the facts that its message lacks. `size`: bytes of the blob.
  [[nodiscard]] std::string explained(const Error& error, std::int64_t size) const {
    if (has_type(error, "storage_invalid_file_size")) return of_size(size, error.reason());
    if (has_type(error, "storage_file_type_unsupported")) return of_extension(error.reason());
    return error.reason();
  }

 private:
  [[nodiscard]] Json stored_bucket() const {
    return body_of(client_.call({.request = {.path = bucket_path(bucket_.id)}}).response);
  }
  [[nodiscard]] std::string of_extension(const std::string& why) const {
    return "the server's bucket '" + bucket_.id + "' does not accept the extension of '" + wanted_.name +
           "': set the bucket up again (" + why + ")";
  }
  [[nodiscard]] std::string of_size(std::int64_t size, const std::string& why) const {
    return "the server's bucket '" + bucket_.id + "' does not accept " + std::to_string(size) +
           " bytes: set the bucket up again, or raise _APP_STORAGE_LIMIT there (" + why + ")";
  }

  const Client& client_;
  const Bucket& bucket_;
  const BlobInfo& wanted_;
};

}  // namespace reel::appwrite

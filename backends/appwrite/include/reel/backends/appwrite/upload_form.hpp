#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/appwrite/files.hpp>
#include <reel/backends/appwrite/multipart.hpp>
#include <reel/backends/appwrite/upload_content.hpp>
#include <reel/blob.hpp>
#include <reel/id.hpp>
#include <reel/text/percent.hpp>

/// The division of a file into parts, and the request that sends one: POST /storage/buckets/…/files.
namespace reel::appwrite {

/// The length of all parts but the last, in bytes. Required from Appwrite 1.9.5 on; before, all parts but the last must
/// have the same length.
inline constexpr std::int64_t upload_chunk = 5 * MiB;

/// The length of parts for content of `size` bytes. Appwrite ignores a last part of the single byte `0` and then fails
/// to join the parts; where parts may have any length, they are chosen so that the last one is longer than a byte.
[[nodiscard]] constexpr std::int64_t part_length(std::int64_t size, bool any_length) {
  return any_length && size > upload_chunk && size % upload_chunk == 1 ? upload_chunk - 1 : upload_chunk;
}

/// Throws `unsupported` for a file whose last part is the single byte `0`.
[[noreturn]] inline void refuse_zero_at_end() {
  throw Error(Errc::unsupported,
              "the server cannot join a file whose last part is the single byte '0': its size is "
              "1 byte more than a multiple of 5 MiB");
}

/// Throws `unsupported` for a file of the single byte `0`, unless the bucket stores bytes unchanged. After decrypting
/// or decompressing a file, the server treats the string `0` as empty and returns the stored bytes instead (Appwrite
/// 1.8.1), so the file could be uploaded but never read. `settings`: the bucket as the server returns it.
inline void refuse_zero(const std::string& bucket, const Json& settings) {
  if (!field<bool>(settings, "encryption") && field<std::string>(settings, "compression") == "none") return;
  throw Error(Errc::unsupported,
              "the server cannot read back a file of the single byte '0' from bucket '" + bucket +
                  "', which has encryption or compression: turn both off in the bucket's settings, or store more than "
                  "this byte");
}

/// The name to send so that the server stores `name`. Appwrite 1.8.1 percent-decodes the name of the form field, cuts
/// it at a `;` and strips quotes from its ends. A name of quotes only is sent as `_`, and corrected after the upload.
[[nodiscard]] inline std::string upload_name(std::string_view name) {
  if (name.find_first_not_of('"') == std::string_view::npos) return "_";
  std::string sent;
  for (const char c : name) {
    if (c == ';' || c == '%' || c == '"' || c == '\\' || c == '+')
      text::append_percent_encoded(sent, {&c, 1});
    else
      sent += c;
  }
  return sent;
}

/// The request that sends a part of a file of `total` bytes; `bytes` are those of the part. A file of one part is sent
/// without `Content-Range`, because Appwrite 1.8.1 answers 500 to a range that covers the whole file. From the second
/// part on, `X-Appwrite-ID` names the file.
[[nodiscard]] inline Call upload_call(const std::string& bucket, const BlobInfo& file, const UploadPart& part,
                                      std::int64_t total, BodyStream bytes) {
  std::vector<std::pair<std::string, std::string>> fields{{"fileId", file.id.str()}};
  for (const Permission& permission : file.permissions) fields.emplace_back("permissions[]", permission.str());
  MultipartBody body = multipart(
      fields, {.name = upload_name(file.name), .content_type = file.content_type, .content = std::move(bytes)},
      "reel-" + make_id() + make_id());
  Call call{.request = {.method = Method::post,
                        .path = files_path(bucket),
                        .headers = {{"Content-Type", std::move(body.content_type)}},
                        .stream = std::move(body.stream)},
            .idempotency = Idempotency::settled};
  if (part.size < total) {
    call.request.headers.add("Content-Range", "bytes " + std::to_string(part.offset) + "-" +
                                                  std::to_string(part.offset + part.size - 1) + "/" +
                                                  std::to_string(total));
    if (part.offset > 0) call.request.headers.add("X-Appwrite-ID", file.id.str());
  }
  return call;
}

}  // namespace reel::appwrite

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

/// How the content of a file is divided into parts, and the request that sends one.
namespace reel::appwrite {

/// The server takes parts of exactly this length (from 1.9.5 on; before, any).
inline constexpr std::int64_t upload_chunk = 5 * MiB;

/// How long the parts of a content are. A last part of the single byte `0` is nothing to the server, which then fails
/// to join the parts: where it takes parts of any length, they are chosen so that the last one is longer than a byte.
[[nodiscard]] constexpr std::int64_t part_length(std::int64_t size, bool any_length) {
  return any_length && size > upload_chunk && size % upload_chunk == 1 ? upload_chunk - 1 : upload_chunk;
}

/// Throws for a file whose last part is the single byte `0`.
[[noreturn]] inline void refuse_zero_at_end() {
  throw Error(Errc::unsupported,
              "the server cannot join a file whose last part is the single byte '0': its size is "
              "1 byte more than a multiple of 5 MiB");
}

/// Throws for a file of the single byte `0`, unless the bucket stores bytes as they are: after decrypting or
/// decompressing a file, the server treats the string `0` as empty and returns the stored bytes instead, so that the
/// file could be uploaded but never read. `settings`: the bucket as the server returns it.
inline void refuse_zero(const std::string& bucket, const Json& settings) {
  if (!field<bool>(settings, "encryption") && field<std::string>(settings, "compression") == "none") return;
  throw Error(Errc::unsupported,
              "the server cannot read back a file of the single byte '0' from bucket '" + bucket +
                  "', which has encryption or compression: turn both off in the bucket's settings, or store more than "
                  "this byte");
}

/// The name in such a form that the server, which decodes it, ends it at a `;` and takes quotes off its ends, makes the
/// name of it, or some other that can be changed.
[[nodiscard]] inline std::string upload_name(std::string_view name) {
  if (name.find_first_not_of('"') == std::string_view::npos) return "_";
  std::string text;
  for (const char c : name) {
    if (c == ';' || c == '%' || c == '"' || c == '\\' || c == '+')
      append_escaped(text, {&c, 1});
    else
      text += c;
  }
  return text;
}

/// The request that sends a part of a file of `total` bytes. A file of one part goes without a range: the server does
/// not understand one. `bytes` are those of the part.
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

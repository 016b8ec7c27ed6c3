#include <emulator/storage/file_reads.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <regex>
#include <utility>

#include <emulator/http/ranges.hpp>
#include <emulator/server/project.hpp>
#include <emulator/server/server_error.hpp>
#include <emulator/storage/storage_access.hpp>
#include <emulator/storage/uploads.hpp>

namespace reel::emulator {
namespace {

/// The types that the route `view` declares to the browser. All others are declared as plain text.
constexpr std::array<std::string_view, 48> shown_types{
    "image/jpeg",
    "image/gif",
    "image/png",
    "image/webp",
    "image/heic",
    "image/heic-sequence",
    "image/avif",
    "video/mp4",
    "video/x-flv",
    "application/x-mpegURL",
    "video/MP2T",
    "video/3gpp",
    "video/quicktime",
    "video/x-msvideo",
    "video/x-ms-wmv",
    "video/webm",
    "video/x-matroska",
    "audio/basic",
    "audio/mid",
    "audio/mpeg",
    "audio/mp4",
    "audio/x-aiff",
    "audio/x-mpegurl",
    "audio/vnd.rn-realaudio",
    "audio/ogg",
    "audio/vorbis",
    "audio/vnd.wav",
    "audio/aac",
    "audio/x-hx-aac-adts",
    "application/msword",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.template",
    "application/vnd.ms-word.document.macroEnabled.12",
    "application/vnd.ms-excel",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.template",
    "application/vnd.ms-excel.sheet.macroEnabled.12",
    "application/vnd.ms-excel.template.macroEnabled.12",
    "application/vnd.ms-excel.addin.macroEnabled.12",
    "application/vnd.ms-excel.sheet.binary.macroEnabled.12",
    "application/vnd.ms-powerpoint",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.openxmlformats-officedocument.presentationml.template",
    "application/vnd.openxmlformats-officedocument.presentationml.slideshow",
    "application/vnd.ms-powerpoint.addin.macroEnabled.12",
    "application/vnd.ms-powerpoint.presentation.macroEnabled.12",
    "application/vnd.ms-access",
    "application/pdf",
};

/// How a route sends a file.
struct SendOptions {
  std::string_view disposition;
  std::int64_t longest_cut;  ///< Length in bytes to which an open or too long range is cut.
};
constexpr SendOptions download{"attachment", 10 * 1024 * 1024};
constexpr SendOptions view{"inline", 20'000'000};

/// Sets the body to `length` bytes from `first`. Long bodies are read while they are sent.
void fill(Response& response, const Content& content, std::int64_t first, std::int64_t length) {
  constexpr std::int64_t most_in_memory = 32 * 1024 * 1024;
  if (length <= most_in_memory) {
    response.body = content.read(first, length);
    return;
  }
  response.source = BodySource{
      length, [content, first](std::int64_t offset, std::int64_t size) { return content.read(first + offset, size); }};
}

/// Whether the server considers the decrypted or decompressed bytes empty ("0" is empty in PHP) and sends the stored
/// bytes instead.
bool looks_empty(const StoredFile& file, const Content& content) {
  const bool transformed = file.encryption || file.compression != "none";
  return transformed && content.size() == 1 && content.read(0, 1) == "0";
}

/// The file of the single byte `0` as the server stores it.
std::string stored_zero(const StoredFile& file) {
  using namespace std::string_view_literals;
  std::string bytes = "0";
  if (file.compression == "gzip") {
    bytes = "\x1F\x8B\x08\0\0\0\0\0\0\x03\x33\0\0\x21\xDF\xDB\xF4\x01\0\0\0"sv;
  } else if (file.compression == "zstd") {
    bytes = "\x28\xB5\x2F\xFD\x20\x01\x09\0\0\x30"sv;
  }
  return file.encryption ? ciphertext(bytes.size(), static_cast<std::uint64_t>(file.sequence)) : bytes;
}

Response send_file(const Call& call, const StoredFile& file, const Content& content, const SendOptions& options,
                   const std::string& content_type) {
  Response response{.status = 200, .headers = {}, .body = {}};
  Span span{0, content.size() - 1};
  const std::string_view header = call.request.header("range").value_or("");
  if (!header.empty() && header != "0") {
    const auto part = satisfy(parse_range(header), file.size, options.longest_cut);
    if (!part) {
      throw ServerError{416, "storage_invalid_range",
                        "The requested range is not satisfiable. Please check the value of the Range header."};
    }
    span = *part;
    response.status = 206;
    response.header("accept-ranges", "bytes");
    response.header("content-range", "bytes " + std::to_string(span.first) + "-" + std::to_string(span.last) + "/" +
                                         std::to_string(file.size));
    response.header("content-length", std::to_string(span.last - span.first + 1));
  }
  response.header("content-type", content_type);
  response.header("cache-control", "private, max-age=3888000");
  response.header("content-disposition", std::string{options.disposition} + "; filename=\"" + file.name + "\"");
  if (looks_empty(file, content)) {
    response.body = stored_zero(file);
  } else {
    fill(response, content, span.first, span.last - span.first + 1);
  }
  return response;
}

/// The bytes of a file. Throws 404 until all chunks have arrived; like the real server's, the message contains the
/// path.
const Content& content_of(const Call& call, const Bucket& bucket, const StoredFile& file) {
  const auto found = bucket.contents.find(file.path);
  if (found != bucket.contents.end()) return found->second;
  throw ServerError{404, "storage_file_not_found",
                    "File not found in /storage/uploads/app-" + call.project.id + "/" + bucket.id + "/" + file.path};
}

struct Found {
  const Bucket& bucket;
  const StoredFile& file;
};

/// The file whose bytes are requested.
Found find(Call& call) {
  call.id("bucketId");
  call.id("fileId");
  call.parameters.optional("token", "", text(512));
  Bucket& bucket = bucket_of(call);
  return {bucket, opened_file(call, bucket)};
}

/// A PNG of one grey pixel, the preview of every file, because the emulator does not process images. The real server
/// sends an icon for files that are not images or not complete.
constexpr unsigned char pixel[] = {0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0x00, 0x00, 0x00, 0x0D, 0x49, 0x48,
                                   0x44, 0x52, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x00, 0x00,
                                   0x00, 0x3A, 0x7E, 0x9B, 0x55, 0x00, 0x00, 0x00, 0x0A, 0x49, 0x44, 0x41, 0x54, 0x78,
                                   0xDA, 0x63, 0x68, 0x00, 0x00, 0x00, 0x82, 0x00, 0x81, 0xDA, 0x45, 0x08, 0x3B, 0x00,
                                   0x00, 0x00, 0x00, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82};

/// A colour of three or six hexadecimal digits.
Validator colour() {
  return rule(
      [](const Json& value) {
        static const std::regex digits{"([A-Fa-f0-9]{3}){1,2}"};
        return value.is_string() && std::regex_match(value.get_ref<const std::string&>(), digits);
      },
      "Value must be a valid Hex color code");
}

/// A number from 0 to 1, as a string.
Validator part_of_one() {
  return rule(
      [](const Json& value) {
        if (!value.is_string()) return false;
        double number = 0;
        const auto& text = value.get_ref<const std::string&>();
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        return error == std::errc{} && end == text.data() + text.size() && number >= 0 && number <= 1;
      },
      range_sentence(0, 1));
}

void check_preview_parameters(const Parameters& sent) {
  constexpr std::int64_t longest = 4000;
  sent.optional("width", 0, integer_range(0, longest));
  sent.optional("height", 0, integer_range(0, longest));
  sent.optional(
      "gravity", "center",
      one_of({"center", "top-left", "top", "top-right", "left", "right", "bottom-left", "bottom", "bottom-right"}));
  sent.optional("quality", -1, integer_range(-1, 100));
  sent.optional("borderWidth", 0, integer_range(0, 100));
  sent.optional("borderColor", "", colour());
  sent.optional("borderRadius", 0, integer_range(0, longest));
  sent.optional("opacity", 1, part_of_one());
  sent.optional("rotation", 0, integer_range(-360, 360));
  sent.optional("background", "", colour());
  sent.optional("output", "", one_of({"jpg", "jpeg", "gif", "png", "webp", "heic", "avif"}));
}

}  // namespace

Response show_file(Call& call) {
  call.id("bucketId");
  call.id("fileId");
  Bucket& bucket = bucket_of(call);
  return json_response(200, to_json(readable_file(call, bucket), bucket, call.version));
}

Response download_file(Call& call) {
  const Found found = find(call);
  return send_file(call, found.file, content_of(call, found.bucket, found.file), download, found.file.mime_type);
}

Response view_file(Call& call) {
  const Found found = find(call);
  const bool shown = std::find(shown_types.begin(), shown_types.end(), found.file.mime_type) != shown_types.end();
  Response response = send_file(call, found.file, content_of(call, found.bucket, found.file), view,
                                shown ? found.file.mime_type : "text/plain");
  response.header("content-security-policy", "script-src none;");
  return response;
}

Response preview_file(Call& call) {
  call.id("bucketId");
  call.id("fileId");
  check_preview_parameters(call.parameters);
  Bucket& bucket = bucket_of(call);
  if (call.since(1, 8) && !bucket.rules.transformations && !call.caller.is_key) {
    throw ServerError{403, "storage_bucket_transformations_disabled",
                      "Image transformations are disabled for the requested bucket."};
  }
  opened_file(call, bucket);
  return {.status = 200,
          .headers = {{"content-type", "image/png"},
                      {"cache-control", "private, max-age=2592000"},
                      {"x-appwrite-cache", "miss"}},
          .body = std::string{reinterpret_cast<const char*>(pixel), sizeof pixel}};
}

}  // namespace reel::emulator

#include "files.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <optional>
#include <string_view>
#include <utility>

#include <reel/blob_store.hpp>
#include <reel/error.hpp>
#include <reel/text/ascii.hpp>
#include <reel/text/percent.hpp>
#include <reel/video/buckets.hpp>

#include "byte_ranges.hpp"
#include "web_vtt.hpp"

namespace tool::web {
namespace {

using Blobs = reel::BlobStore<reel::AnyStore>;

reel::Bucket bucket_of(const std::string& id) {
  for (reel::Bucket& bucket : reel::video::buckets())
    if (bucket.id == id) return std::move(bucket);
  throw reel::Error(reel::Errc::not_found, "the pipeline has no such bucket", {.collection = id});
}

/// A media type that a browser may show, or nothing for a download.
std::optional<std::string> shown_type(const std::string& stored) {
  constexpr std::array<std::string_view, 14> safe{
      "video/mp4", "video/webm", "video/ogg", "video/x-matroska", "audio/mpeg", "audio/wav",  "audio/ogg",
      "audio/mp4", "audio/webm", "image/png", "image/jpeg",       "image/gif",  "image/webp", "video/quicktime"};
  const std::string type = reel::text::lower_ascii(stored.substr(0, stored.find(';')));
  if (std::find(safe.begin(), safe.end(), type) != safe.end()) return type;
  const bool is_markup = type.find("html") != std::string::npos || type.find("xml") != std::string::npos ||
                         type.find("svg") != std::string::npos;
  const bool is_text = type.starts_with("text/") || type == "application/json" || type == "application/x-python" ||
                       type == "application/x-subrip";
  if (is_text && !is_markup) return "text/plain; charset=utf-8";
  return std::nullopt;
}

/// The date in the form of HTTP (RFC 9110, section 5.6.7).
std::string http_date(reel::Timestamp time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 40> text{};
  constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                days.at(static_cast<std::size_t>(parts.tm_wday)), parts.tm_mday,
                months.at(static_cast<std::size_t>(parts.tm_mon)), parts.tm_year + 1900, parts.tm_hour, parts.tm_min,
                parts.tm_sec);
  return text.data();
}

/// A strong validator: the checksum of the bytes.
std::string tag_of(const reel::BlobInfo& info) { return '"' + info.md5 + '"'; }

/// Whether a list of tags, as of `If-None-Match`, has this one or `*`.
bool has_tag(std::string_view list, std::string_view tag) {
  return list == "*" || list.find(tag) != std::string_view::npos;
}

std::string read_part(const Blobs& blobs, const reel::BlobInfo& info, std::int64_t offset, std::int64_t length) {
  const std::vector<std::byte> bytes = blobs.read(info.id, {offset, length});
  // A blob that is replaced meanwhile must not continue with the bytes of another one.
  if (offset > 0 && blobs.stat(info.id).md5 != info.md5)
    throw reel::Error(reel::Errc::conflict, "the blob has been replaced", {.id = info.id.str()});
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Response vtt_response(const Blobs& blobs, const reel::BlobInfo& info) {
  if (info.size > reel::video::subtitles().max_size)
    throw reel::Error(reel::Errc::too_large, "subtitles have at most 1 MiB", {.id = info.id.str()});
  return text_response(200, "text/vtt; charset=utf-8", web_vtt_of(read_part(blobs, info, 0, info.size)));
}

/// The headers of the blob, whole or not.
Response headed(const Request& request, const reel::BlobInfo& info) {
  const std::optional<std::string> type = shown_type(info.content_type);
  const bool is_download = !type || request.has_parameter("download");
  Response response;
  response.with("content-type", type.value_or("application/octet-stream"))
      .with("content-disposition", (is_download ? "attachment; filename*=UTF-8''" : "inline; filename*=UTF-8''") +
                                       reel::text::percent_encoded(info.name))
      .with("accept-ranges", "bytes")
      .with("etag", tag_of(info))
      .with("last-modified", http_date(info.updated_at))
      .with("cache-control", "private, no-cache");
  return response;
}

/// The `Range` field, unless `If-Range` names another state of the blob.
std::string_view range_in(const Request& request, const reel::BlobInfo& info) {
  const std::string_view condition = request.header("if-range");
  const bool is_same = condition.empty() || condition == tag_of(info) || condition == http_date(info.updated_at);
  return is_same ? request.header("range") : std::string_view();
}

}  // namespace

Response Files::get(const Request& request, const std::string& bucket, const std::string& id) const {
  const Blobs blobs(store_.below(), bucket_of(bucket));
  const reel::BlobInfo info = blobs.stat(reel::BlobId{id});
  if (request.has_parameter("vtt")) return vtt_response(blobs, info);
  Response response = headed(request, info);
  if (has_tag(request.header("if-none-match"), tag_of(info))) {
    response.status = 304;
    return response;
  }
  const Selection selection = selection_of(range_in(request, info), info.size);
  const std::string size = std::to_string(info.size);
  if (selection.kind == Selection::Kind::outside) {
    return std::move(
        error_response(416, "invalid", "the blob has " + size + " bytes").with("content-range", "bytes */" + size));
  }
  if (selection.kind == Selection::Kind::part) {
    response.status = 206;
    response.with("content-range", "bytes " + std::to_string(selection.offset) + '-' +
                                       std::to_string(selection.offset + selection.length - 1) + '/' + size);
  }
  response.pieces = Pieces{.offset = selection.offset,
                           .length = selection.length,
                           .read = [blobs, info](std::int64_t offset, std::int64_t length) {
                             return read_part(blobs, info, offset, length);
                           }};
  return response;
}

}  // namespace tool::web

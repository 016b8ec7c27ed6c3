#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/appwrite/http.hpp>

namespace reel::appwrite {

/// The content of a form's file field.
struct FilePart {
  std::string field = "file";
  std::string name{};  ///< file name
  std::string content_type = "application/octet-stream";
  BodyStream content{};
};

/// A form as a request body, with its `Content-Type`.
struct MultipartBody {
  std::string content_type{};
  BodyStream stream{};
};

/// A string, a stream and a string as one stream.
struct Framed {
  std::string head;
  BodyStream middle;
  std::string tail;
  std::uint64_t at = 0;

  /// Fills the front of `buffer` from the part that the position is in, and returns the number of bytes; 0 at the end.
  std::size_t read(std::span<std::byte> buffer) {
    const auto take = [&](const std::string& text, std::uint64_t start) {
      const std::size_t size = std::min<std::size_t>(buffer.size(), text.size() - static_cast<std::size_t>(at - start));
      std::memcpy(buffer.data(), text.data() + (at - start), size);
      return size;
    };
    const std::uint64_t tail_start = head.size() + middle.size;
    std::size_t size = 0;
    if (at < head.size())
      size = take(head, 0);
    else if (at >= tail_start)
      size = take(tail, tail_start);
    else
      size = middle.read(buffer.first(std::min<std::uint64_t>(buffer.size(), tail_start - at)));
    at += size;
    return size;
  }
};

/// A quoted name in a part's header, escaped as in the HTML standard for `multipart/form-data`.
[[nodiscard]] inline std::string quoted_field(std::string_view name) {
  std::string text = "\"";
  for (const char c : name) {
    if (c == '"')
      text += "%22";
    else if (c == '\r' || c == '\n')
      text += c == '\r' ? "%0D" : "%0A";
    else
      text += c;
  }
  return text += '"';
}

/// Builds a `multipart/form-data` body (RFC 7578) of `fields` and one file, which is read while it is sent. `boundary`
/// must not occur in any of them; callers use a random one.
[[nodiscard]] inline MultipartBody multipart(const std::vector<std::pair<std::string, std::string>>& fields,
                                             FilePart file, const std::string& boundary) {
  auto body = std::make_shared<Framed>();
  const std::string start = "--" + boundary + "\r\nContent-Disposition: form-data; name=";
  for (const auto& [name, value] : fields) body->head += start + quoted_field(name) + "\r\n\r\n" + value + "\r\n";
  body->head += start + quoted_field(file.field) + "; filename=" + quoted_field(file.name) +
                "\r\nContent-Type: " + file.content_type + "\r\n\r\n";
  body->tail = "\r\n--" + boundary + "--\r\n";
  body->middle = std::move(file.content);

  BodyStream stream{.size = body->head.size() + body->middle.size + body->tail.size(),
                    .read = [body](std::span<std::byte> buffer) { return body->read(buffer); }};
  if (body->middle.rewind)
    stream.rewind = [body] {
      body->middle.rewind();
      body->at = 0;
    };
  return {"multipart/form-data; boundary=" + boundary, std::move(stream)};
}

}  // namespace reel::appwrite

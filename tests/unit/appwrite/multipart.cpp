#include <reel/backends/appwrite/multipart.hpp>

#include "support/catch.hpp"

namespace multipart_tests {

using namespace reel::appwrite;

std::string all_of(BodyStream& stream, std::size_t step) {
  std::string text;
  std::string buffer(step, '\0');
  while (const std::size_t size = stream.read(std::as_writable_bytes(std::span(buffer)))) text.append(buffer, 0, size);
  return text;
}

BodyStream stream_of(std::string text, bool rewindable) {
  auto rest = std::make_shared<std::string>(text);
  BodyStream stream{.size = text.size(), .read = [rest](std::span<std::byte> buffer) {
                      const std::size_t size = std::min(buffer.size(), rest->size());
                      std::memcpy(buffer.data(), rest->data(), size);
                      rest->erase(0, size);
                      return size;
                    }};
  if (rewindable) stream.rewind = [rest, text] { *rest = text; };
  return stream;
}

constexpr const char* expected =
    "--B\r\nContent-Disposition: form-data; name=\"fileId\"\r\n\r\nf1\r\n"
    "--B\r\nContent-Disposition: form-data; name=\"permissions[]\"\r\n\r\nread(\"any\")\r\n"
    "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a %22b%22.mp4\"\r\n"
    "Content-Type: video/mp4\r\n\r\n"
    "0123456789\r\n--B--\r\n";

TEST_CASE("a form with a file is streamed in steps of any size", "[appwrite]") {
  for (const std::size_t step : {1UL, 7UL, 4096UL}) {
    MultipartBody body =
        multipart({{"fileId", "f1"}, {"permissions[]", "read(\"any\")"}},
                  {.name = "a \"b\".mp4", .content_type = "video/mp4", .content = stream_of("0123456789", true)}, "B");
    CHECK(body.content_type == "multipart/form-data; boundary=B");
    CHECK(all_of(body.stream, step) == expected);
    CHECK(body.stream.size == std::string_view(expected).size());
    body.stream.rewind();
    CHECK(all_of(body.stream, step) == expected);
  }
}

TEST_CASE("a form can be sent again only if its file can be rewound", "[appwrite]") {
  CHECK_FALSE(multipart({}, {.name = "x", .content = stream_of("", false)}, "B").stream.rewind);
  MultipartBody empty = multipart({}, {.name = "x", .content = stream_of("", true)}, "B");
  CHECK(all_of(empty.stream, 5).find("\r\n\r\n\r\n--B--") != std::string::npos);
}

}  // namespace multipart_tests

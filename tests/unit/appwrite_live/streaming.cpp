#include "support/catch.hpp"

#include <reel/backends/appwrite/curl_transport.hpp>
#include <reel/backends/appwrite/transport.hpp>
#include "unit/appwrite_live/line.hpp"
#include "unit/appwrite_live/raw_server.hpp"

namespace streaming_tests {

using namespace reel::appwrite;

std::byte byte_at(std::uint64_t i) { return static_cast<std::byte>((i * 2654435761U) >> 13U); }

/// Provides this many bytes in pieces of varying sizes.
struct Pattern {
  std::uint64_t size;
  std::uint64_t at = 0;
  std::size_t largest = 0;

  BodyStream stream() {
    return {.size = size, .read = [this](std::span<std::byte> buffer) {
              const std::size_t count = std::min<std::uint64_t>({buffer.size(), size - at, 10'007});
              for (std::size_t i = 0; i < count; ++i) buffer[i] = byte_at(at + i);
              at += count;
              largest = std::max(largest, buffer.size());
              return count;
            }};
  }
};

TEST_CASE("a body is read while it is sent, and a response is delivered as it arrives", "[appwrite]") {
  constexpr std::uint64_t size = 32 * 1024 * 1024 + 5;
  const RawServer server([](RawConnection& connection) {
    while (const auto request = connection.request()) {
      const std::string_view body = std::string_view(*request).substr(request->find("\r\n\r\n") + 4);
      connection.answer(body, request->starts_with("POST") ? "201 Created" : "400 Bad Request");
    }
  });
  CurlTransport transport(live::config(server.endpoint()));
  Pattern pattern{size};
  std::uint64_t received = 0, wrong = 0;
  std::size_t largest = 0;
  const auto sink = [&](std::span<const std::byte> bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) wrong += bytes[i] != byte_at(received + i);
    received += bytes.size();
    largest = std::max(largest, bytes.size());
  };
  const HttpResponse response =
      transport.send({.method = Method::post, .path = "/f", .stream = pattern.stream(), .sink = sink}, {});
  CHECK(response.status == 201);
  CHECK(response.body.empty());
  CHECK(received == size);
  CHECK(wrong == 0);
  CHECK(std::max(largest, pattern.largest) < 1024 * 1024);

  Pattern small{100};
  const HttpResponse refused =
      transport.send({.method = Method::put, .path = "/f", .stream = small.stream(), .sink = sink}, {});
  CHECK(refused.status == 400);
  CHECK(refused.body.size() == 100);
  CHECK(received == size);
}

TEST_CASE("an exception of source or sink ends the request and propagates", "[appwrite]") {
  const RawServer server([](RawConnection& connection) {
    while (const auto request = connection.request()) connection.answer("0123456789");
  });
  CurlTransport transport(live::config(server.endpoint()));
  HttpRequest upload{.method = Method::post, .path = "/f"};
  upload.stream =
      BodyStream{.size = 10, .read = [](std::span<std::byte>) -> std::size_t { throw std::domain_error("x"); }};
  CHECK_THROWS_AS(transport.send(upload, {}), std::domain_error);
  HttpRequest download{.path = "/f"};
  download.sink = [](std::span<const std::byte>) { throw std::range_error("y"); };
  CHECK_THROWS_AS(transport.send(download, {}), std::range_error);
  CHECK(transport.send({.path = "/f"}, {}).body == "0123456789");
}

TEST_CASE("a source that ends early is an error and not a timeout", "[appwrite]") {
  const RawServer server([](RawConnection& connection) { connection.request(); });
  CurlTransport transport(live::config(server.endpoint()));
  HttpRequest upload{.method = Method::post, .path = "/f"};
  upload.stream = BodyStream{.size = 10, .read = [](std::span<std::byte>) { return std::size_t{0}; }};
  const TransportError error = live::fault_of([&] { transport.send(upload, {}); });
  CHECK(error.fault() == Fault::misconfigured);
  CHECK(std::string(error.what()) == "the source ended after 0 of 10 bytes");
}

}  // namespace streaming_tests

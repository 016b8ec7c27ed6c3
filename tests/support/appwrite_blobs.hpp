#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <emulator/server/app.hpp>
#include <reel/backends/appwrite.hpp>
#include <reel/backends/appwrite/client.hpp>
#include <reel/backends/appwrite/transport.hpp>
#include <reel/blob_store.hpp>
#include <reel/text/ascii.hpp>

#include "support/error_from.hpp"

/// Connects the blob store and the emulator without sockets. Tests can inspect, change and interrupt exchanges.
namespace appwrite_blobs {

using reel::appwrite::Fault;
using reel::appwrite::HttpRequest;
using reel::appwrite::HttpResponse;
using reel::appwrite::Method;
using reel::appwrite::TransportError;

/// A response on its way to the client.
struct Answer {
  int status = 200;
  std::string body{};
  bool broken = false;  ///< the connection ends after `body`
};

class Transport {
 public:
  explicit Transport(reel::emulator::App& app) : app_(&app) {}

  HttpResponse send(const HttpRequest& request, const reel::appwrite::SendOptions&) {
    reel::emulator::Request asked = asked_of(request);
    {
      const std::scoped_lock lock(mutex_);
      requests_.push_back({asked.method, asked.path, asked.query, asked.headers, {}, {}});
      if (before) before(asked);
    }
    if (meanwhile) meanwhile(asked);
    reel::emulator::Response given = app_->handle(asked);
    Answer answer{given.status, given.source ? given.source->read(0, given.source->size) : std::move(given.body)};
    HttpResponse response{.status = given.status};
    for (auto& [name, value] : given.headers) response.headers.add(name, value);
    if (after) {
      const std::scoped_lock lock(mutex_);
      after(asked, answer);
    }
    response.status = answer.status;
    if (request.sink && response.ok()) {
      pass(answer.body, request.sink);
    } else {
      response.body = std::move(answer.body);
    }
    if (answer.broken) throw TransportError(Fault::broken, true, "reset in the middle of the answer");
    return response;
  }

  /// Changes a request, or throws like a connection that breaks before the server has received it.
  std::function<void(reel::emulator::Request&)> before{};
  /// Called with a request while it and others are in progress.
  std::function<void(const reel::emulator::Request&)> meanwhile{};
  /// Changes a response after the server has done the work, or throws.
  std::function<void(const reel::emulator::Request&, Answer&)> after{};

  /// Returns the requests since the last call, without their bodies.
  std::vector<reel::emulator::Request> take_requests() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(requests_, {});
  }

 private:
  static reel::emulator::Request asked_of(const HttpRequest& request) {
    reel::emulator::Request asked{.method = std::string(to_string(request.method)),
                                  .path = request.path,
                                  .query = request.query,
                                  .headers = {},
                                  .body = request.stream ? drained(*request.stream) : request.body};
    for (const auto& [name, value] : request.headers) {
      asked.headers.emplace_back(reel::text::lower_ascii(name), value);
    }
    return asked;
  }
  static std::string drained(const reel::appwrite::BodyStream& stream) {
    std::string body(stream.size, '\0');
    std::size_t filled = 0;
    while (filled < body.size()) {
      const std::size_t n = stream.read(std::as_writable_bytes(std::span(body).subspan(filled)));
      if (n == 0) throw TransportError(Fault::broken, true, "the body is shorter than announced");
      filled += n;
    }
    return body;
  }
  static void pass(std::string_view body, const std::function<void(std::span<const std::byte>)>& sink) {
    while (!body.empty()) {
      const std::string_view piece = body.substr(0, 60'000);
      sink(std::as_bytes(std::span(piece)));
      body.remove_prefix(piece.size());
    }
  }

  reel::emulator::App* app_;
  std::mutex mutex_;
  std::vector<reel::emulator::Request> requests_;
};

/// A server with one project, and stores in that project.
class Server {
 public:
  explicit Server(const std::string& version = "1.8.1", std::int64_t limit = 600'000'000)
      : app_(config_of(version, limit)) {
    app_.add_project("project", {reel::emulator::ApiKey{"all", "secret", {"*"}}});
  }

  [[nodiscard]] static reel::AppwriteConfig config() {
    reel::AppwriteConfig config;
    config.endpoint = "http://127.0.0.1/v1";
    config.project = "project";
    config.key = reel::ApiKey("secret");
    config.retry = {.max_attempts = 3, .first_wait = std::chrono::milliseconds{1}};
    return config;
  }
  [[nodiscard]] reel::Appwrite store() const { return store(config()); }
  [[nodiscard]] reel::Appwrite store(reel::AppwriteConfig config) const {
    return {std::move(config), reel::appwrite::AnyTransport(transport_)};
  }
  /// Returns a store with an unchanged connection.
  [[nodiscard]] reel::Appwrite another_store() {
    return {config(), reel::appwrite::AnyTransport(std::make_shared<Transport>(app_))};
  }
  [[nodiscard]] Transport& transport() { return *transport_; }
  [[nodiscard]] reel::emulator::App& app() { return app_; }

 private:
  static reel::emulator::Config config_of(const std::string& version, std::int64_t limit) {
    reel::emulator::Config config;
    config.version = version;
    config.storage_limit = limit;
    return config;
  }

  reel::emulator::App app_;
  std::shared_ptr<Transport> transport_ = std::make_shared<Transport>(app_);
};

/// Puts a small file into the bucket `bucket` without a claim, as other programs do.
inline void put_past_claims(const reel::Appwrite& store, const std::string& id, const std::string& content) {
  const std::string boundary = "x-boundary-x";
  const std::string body = "--" + boundary + "\r\nContent-Disposition: form-data; name=\"fileId\"\r\n\r\n" + id +
                           "\r\n--" + boundary +
                           "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"theirs\"\r\n\r\n" + content +
                           "\r\n--" + boundary + "--\r\n";
  store.client().call({.request = {.method = Method::post,
                                   .path = "/storage/buckets/bucket/files",
                                   .headers = {{"Content-Type", "multipart/form-data; boundary=" + boundary}},
                                   .body = body}});
}

/// A server, a store in it, and a bucket that accepts any file.
struct Shelf {
  explicit Shelf(const std::string& version = "1.8.1") : server(version) {
    blobs.setup();
    server.transport().take_requests();
  }

  Server server;
  reel::Appwrite store = server.store();
  reel::BlobStore<reel::Appwrite> blobs{store, {.id = "bucket", .name = "Bucket"}};
};

/// Returns pseudo-random bytes, so that swapped or repeated chunks are noticed.
[[nodiscard]] inline std::string noise(std::size_t size, std::uint64_t seed = 1) {
  std::string bytes(size, '\0');
  std::uint64_t state = seed * 0x9E3779B97F4A7C15U + 1;
  for (char& byte : bytes) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    byte = static_cast<char>(static_cast<unsigned char>(state >> 56));
  }
  return bytes;
}

[[nodiscard]] inline std::string content_of(const reel::BlobStore<reel::Appwrite>& blobs, const std::string& id) {
  std::string content;
  blobs.get(reel::BlobId{id}, reel::to_bytes(content));
  return content;
}

using reel::testing::error_from;

inline constexpr std::size_t chunk = 5 * 1024 * 1024;

}  // namespace appwrite_blobs

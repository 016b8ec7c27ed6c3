#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <reel/backends/appwrite/client.hpp>
#include <reel/backends/appwrite/clock.hpp>
#include <reel/backends/appwrite/transport.hpp>

#include "support/error_from.hpp"

namespace scripted {

using reel::appwrite::HttpRequest;
using reel::appwrite::HttpResponse;

/// A clock that advances only during waits, with fixed random numbers.
struct Clock final : reel::appwrite::Clock {
  std::chrono::steady_clock::time_point now() override { return std::chrono::steady_clock::time_point(passed); }
  std::chrono::system_clock::time_point wall() override { return epoch + passed; }
  void wait(std::chrono::milliseconds time, const std::stop_token&) override {
    waits.push_back(time);
    passed += time;
    if (on_wait) on_wait();
  }
  double random() override { return chance; }

  std::chrono::milliseconds passed{1'000'000};
  std::chrono::system_clock::time_point epoch = std::chrono::sys_days{std::chrono::year(2026) / 1 / 1};
  std::vector<std::chrono::milliseconds> waits{};
  std::function<void()> on_wait{};
  double chance = 0.5;
};

/// A transport that returns scripted responses and records the requests.
struct Transport {
  using Step = std::function<HttpResponse(const HttpRequest&)>;

  HttpResponse send(const HttpRequest& request, const reel::appwrite::SendOptions& options) {
    requests.push_back(request);
    timeouts.push_back(options.timeout);
    if (steps.empty()) throw std::logic_error("a request the script does not know: " + target_of(request));
    const Step step = std::move(steps.front());
    steps.pop_front();
    return step(request);
  }

  Transport& answers(int status, std::string body = "{}", reel::appwrite::Headers headers = {}) {
    steps.emplace_back([=](const HttpRequest&) { return HttpResponse{status, headers, body}; });
    return *this;
  }
  Transport& refuses(int status, const std::string& type, reel::appwrite::Headers headers = {},
                     const std::string& message = "As the server reports.") {
    return answers(status,
                   R"({"message":")" + message + R"(","code":)" + std::to_string(status) + R"(,"type":")" + type +
                       R"(","version":"1.8.1"})",
                   std::move(headers));
  }
  Transport& fails(reel::appwrite::Fault fault, bool reached_server, const std::string& why = "as scripted") {
    steps.emplace_back(
        [=](const HttpRequest&) -> HttpResponse { throw reel::appwrite::TransportError(fault, reached_server, why); });
    return *this;
  }

  std::deque<Step> steps{};
  std::vector<HttpRequest> requests{};
  std::vector<std::chrono::milliseconds> timeouts{};
};

inline constexpr const char* secret = "standard_5ec2e7";

inline reel::AppwriteConfig config() {
  reel::AppwriteConfig config;
  config.endpoint = "https://example.org/v1";
  config.project = "films";
  config.key = reel::ApiKey(secret);
  return config;
}

/// A client with scripted responses and a simulated clock.
struct Line {
  std::shared_ptr<Transport> transport = std::make_shared<Transport>();
  std::shared_ptr<Clock> clock = std::make_shared<Clock>();
  reel::AppwriteConfig settings = config();

  [[nodiscard]] reel::appwrite::Client client() const {
    return {settings, reel::appwrite::AnyTransport(transport), clock};
  }
};

using reel::testing::error_from;

}  // namespace scripted

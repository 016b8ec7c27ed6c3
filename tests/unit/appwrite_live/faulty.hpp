#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>
#include <memory>
#include <random>
#include <string>
#include <utility>

#include <reel/backends/appwrite/clock.hpp>
#include <reel/backends/appwrite/transport.hpp>

/// Long waits end at once, except the milliseconds between two writes of a record, since the server has its own clock.
struct SkippingClock final : reel::appwrite::Clock {
  std::chrono::steady_clock::time_point now() override { return reel::appwrite::Clock::now() + skipped; }
  std::chrono::system_clock::time_point wall() override { return reel::appwrite::Clock::wall() + skipped; }
  void wait(std::chrono::milliseconds time, const std::stop_token& stop) override {
    if (time <= std::chrono::milliseconds{2}) return reel::appwrite::Clock::wait(time, stop);
    skipped += time;
  }
  double random() override { return std::uniform_real_distribution<double>(0, 1)(chance); }

  std::mt19937 chance{7};
  std::chrono::milliseconds skipped{0};
};

/// Counts of the faults.
struct FaultCounts {
  int exchanges = 0, lost_requests = 0, lost_answers = 0, delays = 0, refusals = 0, failures = 0;
  int hasty = 0;  ///< requests that were sent before the wait that the last response requested
};

/// Causes faults in a third of all exchanges, by a seed: lost requests, lost or slow responses, 429 with every kind of
/// wait hint, and 5xx before and after the work. For one thread.
class Faulty {
 public:
  Faulty(reel::appwrite::AnyTransport inner, std::shared_ptr<SkippingClock> clock, FaultCounts& counts,
         std::uint64_t seed)
      : inner_(std::move(inner)), clock_(std::move(clock)), counts_(&counts), chance_(seed) {}

  reel::appwrite::HttpResponse send(const reel::appwrite::HttpRequest& request,
                                    const reel::appwrite::SendOptions& options) {
    using reel::appwrite::Fault;
    using reel::appwrite::TransportError;
    ++counts_->exchanges;
    counts_->hasty += clock_->now() < not_before_;
    not_before_ = {};
    switch (below(30)) {
      case 0:
        ++counts_->lost_requests;
        throw TransportError(Fault::unreachable, false, "refused");
      case 1:
        ++counts_->lost_requests;
        throw TransportError(Fault::broken, true, "reset on the way there");
      case 2:
      case 3:
        ++counts_->lost_answers;
        inner_.send(request, options);
        throw TransportError(Fault::broken, true, "reset on the way back");
      case 4:
        return delayed(request, options);
      case 5:
        ++counts_->refusals;
        return refusal();
      case 6:
        ++counts_->failures;
        return failure();
      case 7:
      case 8:
        ++counts_->failures;
        inner_.send(request, options);
        return failure();
      default:
        return inner_.send(request, options);
    }
  }

 private:
  std::uint64_t below(std::uint64_t bound) { return chance_() % bound; }

  reel::appwrite::HttpResponse delayed(const reel::appwrite::HttpRequest& request,
                                       const reel::appwrite::SendOptions& options) {
    ++counts_->delays;
    const std::chrono::milliseconds time(below(80'000));
    reel::appwrite::HttpResponse response = inner_.send(request, options);
    clock_->skipped += std::min(time, options.timeout);
    if (time >= options.timeout)
      throw reel::appwrite::TransportError(reel::appwrite::Fault::timed_out, true, "too slow");
    return response;
  }

  reel::appwrite::HttpResponse refusal() {
    using namespace std::chrono;
    const milliseconds wait(below(20) == 0 ? 600'000 : below(6'000));
    const auto moment = ceil<seconds>(clock_->wall() + wait);
    reel::appwrite::HttpResponse response{
        429, {}, R"({"message":"Slow down.","code":429,"type":"general_rate_limit_exceeded","version":"1.8.1"})"};
    switch (below(4)) {
      case 0:
        response.headers.add("Retry-After", std::to_string(ceil<seconds>(wait).count()));
        break;
      case 1:
        response.headers.add("Retry-After", http_date(moment));
        break;
      case 2:
        response.headers.add("X-RateLimit-Reset", std::to_string(moment.time_since_epoch().count()));
        break;
      default:
        return response;
    }
    not_before_ = clock_->now() + wait;
    return response;
  }

  reel::appwrite::HttpResponse failure() {
    static constexpr int statuses[] = {500, 502, 503, 504};
    const int status = statuses[below(4)];
    if (below(2) == 0) return {status, {{"Content-Type", "text/html"}}, "<html>Bad Gateway</html>"};
    return {status, {}, R"({"message":"Server Error","code":500,"type":"general_unknown","version":"1.8.1"})"};
  }

  static std::string http_date(std::chrono::sys_seconds moment) {
    const std::time_t time = std::chrono::system_clock::to_time_t(moment);
    std::tm parts{};
    gmtime_r(&time, &parts);
    char text[32];
    std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return text;
  }

  reel::appwrite::AnyTransport inner_;
  std::shared_ptr<SkippingClock> clock_;
  FaultCounts* counts_;
  std::mt19937_64 chance_;
  std::chrono::steady_clock::time_point not_before_{};
};

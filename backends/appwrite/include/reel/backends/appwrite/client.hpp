#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <variant>

#include <nlohmann/json.hpp>

#include <reel/backends/appwrite/advice.hpp>
#include <reel/backends/appwrite/clock.hpp>
#include <reel/backends/appwrite/config.hpp>
#include <reel/backends/appwrite/http.hpp>
#include <reel/backends/appwrite/limits.hpp>
#include <reel/backends/appwrite/retry.hpp>
#include <reel/backends/appwrite/server_error.hpp>
#include <reel/backends/appwrite/server_version.hpp>
#include <reel/backends/appwrite/transport.hpp>
#include <reel/driver/fork.hpp>
#include <reel/error.hpp>
#include <reel/version.hpp>

namespace reel::appwrite {

/// Something asked of the server.
struct Call {
  HttpRequest request{};
  Idempotency idempotency = Idempotency::read;
  ErrorContext context{};  ///< what the core does not know, such as the operation of a set-up step
  bool with_key = true;
};

struct Answer {
  HttpResponse response{};
  /// `Idempotency::settled` only: the status is 404 or 409, and that may be because an earlier attempt, whose answer
  /// was lost, has done the work.
  bool in_doubt = false;
};

/// A request of `Idempotency::once` may have been carried out: its answer was lost or does not show the outcome.
class LostAnswer : public Error {
 public:
  explicit LostAnswer(const Error& error) : Error(error) {}
};

/// Sends calls to one project of one server: puts in the credentials, tries again what may be tried again, and turns
/// what fails into `reel::Error`. A handle: copies share connections. Used from many threads at once.
class Client {
 public:
  Client(AppwriteConfig config, AnyTransport transport, std::shared_ptr<Clock> clock = std::make_shared<Clock>())
      : shared_(std::make_shared<Shared>(std::move(config), std::move(transport), std::move(clock))) {
    shared_->config.check();
  }

  [[nodiscard]] const AppwriteConfig& config() const noexcept { return shared_->config; }

  /// The same client for calls that end with the deadline or when the token says so, as `timed_out` and `cancelled`.
  [[nodiscard]] Client limited(Limits limits) const {
    Client client = *this;
    client.limits_ = std::move(limits);
    return client;
  }

  /// Sends it and waits for the answer, which is 2xx unless it is `in_doubt`. Everything else throws: the server's
  /// error by `code_of`; `unavailable`, `timed_out`, `cancelled`; `too_large` before a body is sent that the server
  /// would not take; `invalid` if what answers is no Appwrite server.
  Answer call(Call call) const;

  /// The error that `call` throws for this answer.
  [[nodiscard]] Error error_of(const HttpResponse& response, const ErrorContext& context = {}) const;

  /// Of the server, asked once; `unavailable` and so on if it cannot be told.
  [[nodiscard]] ServerVersion version() const;
  [[nodiscard]] bool has(Ability ability) const { return appwrite::has(version(), ability); }
  /// `unsupported` if the server is too old, with the version that has it.
  void require(Ability ability) const;

  /// Waits, unless the limits end it first: `timed_out`, `cancelled`.
  void wait(std::chrono::milliseconds time) const;
  [[nodiscard]] Clock& clock() const noexcept { return *shared_->clock; }

 private:
  struct Shared {
    Shared(AppwriteConfig given, AnyTransport over, std::shared_ptr<Clock> by)
        : config(std::move(given)), transport(std::move(over)), clock(std::move(by)) {}
    AppwriteConfig config;
    AnyTransport transport;
    std::shared_ptr<Clock> clock;
    driver::LeafMutex mutex{};
    std::optional<ServerVersion> version;
  };
  using HttpResult = std::variant<HttpResponse, TransportError>;
  using Moment = std::chrono::steady_clock::time_point;

  void prepare(const Call& call, HttpRequest& request) const;
  [[nodiscard]] HttpResult attempt(const HttpRequest& request, int number, std::chrono::milliseconds left) const;
  void report_retry(const HttpResult& result, int number, std::chrono::milliseconds wait) const;
  [[nodiscard]] Failure failure_of(const HttpResult& result) const;
  [[nodiscard]] Error error_of(const HttpResult& result, ErrorContext context, const Failure& failure,
                               const std::string& history) const;
  /// Throws what `error_of` gives, the stop token's word or the clock's before it.
  void check_limits(std::chrono::milliseconds left, const ErrorContext& context) const;
  [[nodiscard]] SendOptions options_for(const HttpRequest& request, std::chrono::milliseconds left) const;
  [[nodiscard]] Moment end_of_call(const HttpRequest& request) const;
  [[nodiscard]] std::chrono::milliseconds until(Moment end) const;

  std::shared_ptr<Shared> shared_;
  Limits limits_{};
};

inline void Client::prepare(const Call& call, HttpRequest& request) const {
  if (request.body.size() > largest_body) {
    const std::size_t tenths = (request.body.size() * 10 + 512 * 1024) / (1024 * 1024);
    throw Error(Errc::too_large,
                "the request has " + std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) +
                    " MiB and the server takes 12: write fewer records at once, or keep long texts as blobs",
                call.context);
  }
  request.headers.add("User-Agent", "reel/" + std::string(reel::version));
  request.headers.add("X-Appwrite-Project", config().project);
  if (call.with_key && !config().key.empty()) request.headers.add("X-Appwrite-Key", config().key.reveal());
  if (!request.body.empty() && !request.headers.find("content-type"))
    request.headers.add("Content-Type", "application/json");
}

inline Answer Client::call(Call call) const {
  HttpRequest& request = call.request;
  prepare(call, request);
  bool received = false;
  if (request.sink)
    request.sink = [&received, sink = std::move(request.sink)](std::span<const std::byte> bytes) {
      received = true;
      sink(bytes);
    };
  const Moment end = end_of_call(request);
  bool in_doubt = false;
  for (int number = 1;; ++number) {
    check_limits(until(end), call.context);
    if (number > 1 && request.stream) request.stream->rewind();
    HttpResult result = attempt(request, number, until(end));
    HttpResponse* const response = std::get_if<HttpResponse>(&result);
    if (response != nullptr && response->ok()) return {std::move(*response)};
    const bool refused = response != nullptr && (response->status == 404 || response->status == 409);
    if (in_doubt && refused && call.idempotency == Idempotency::settled) return {std::move(*response), true};

    const Failure failure = failure_of(result);
    in_doubt = in_doubt || is_doubtful(failure);
    const std::chrono::milliseconds left = until(end);
    Decision decision = decide(config().retry, call.idempotency, number, failure, left, clock().random());
    if (received || (request.stream && !request.stream->rewind)) decision.what = Decision::What::give_up;
    if (decision.what != Decision::What::wait) {
      std::string history;
      if (number > 1) history += ", after " + std::to_string(number) + " attempts";
      if (decision.what == Decision::What::out_of_time)
        history += ", and the next may start in " + std::to_string(decision.wait.count()) + " ms, of which " +
                   std::to_string(std::max<long long>(left.count(), 0)) + " are left";
      if (in_doubt && call.idempotency != Idempotency::read) history += "; it may have been done all the same";
      const Error error = error_of(result, call.context, failure, history);
      if (in_doubt && call.idempotency == Idempotency::once) throw LostAnswer(error);
      throw error;
    }
    report_retry(result, number, decision.wait);
    clock().wait(decision.wait, limits_.stop);
  }
}

inline void Client::report_retry(const HttpResult& result, int number, std::chrono::milliseconds wait) const {
  if (!config().on_retry) return;
  const HttpResponse* const response = std::get_if<HttpResponse>(&result);
  const std::string reason = config().key.redact(response != nullptr ? "HTTP " + std::to_string(response->status)
                                                                     : std::get<TransportError>(result).what());
  config().on_retry({.endpoint = config().endpoint,
                     .reason = reason,
                     .attempt = number,
                     .max_attempts = config().retry.max_attempts,
                     .wait = wait});
}

inline Client::HttpResult Client::attempt(const HttpRequest& request, int number,
                                          std::chrono::milliseconds left) const {
  const Moment start = clock().now();
  HttpResult result = [&]() -> HttpResult {
    try {
      HttpResponse response = shared_->transport.send(request, options_for(request, left));
      // Every answer of an Appwrite server with something in it is an object.
      if (response.ok() && response.status != 204 && !request.sink && request.method != Method::head &&
          !response.body.starts_with('{'))
        return TransportError(Fault::not_http, true,
                              "it answered " + std::to_string(response.status) + " with no JSON");
      return response;
    } catch (const TransportError& error) {
      return error;
    }
  }();
  if (config().log) {
    std::string line = std::string(to_string(request.method)) + " " + target_of(request) + " -> ";
    const HttpResponse* const response = std::get_if<HttpResponse>(&result);
    line += response != nullptr ? std::to_string(response->status) : std::get<TransportError>(result).what();
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(clock().now() - start);
    line += " in " + std::to_string(took.count()) + " ms";
    if (number > 1) line += ", attempt " + std::to_string(number);
    config().log(config().key.redact(std::move(line)));
  }
  return result;
}

inline Failure Client::failure_of(const HttpResult& result) const {
  Failure failure;
  if (const TransportError* const error = std::get_if<TransportError>(&result)) {
    failure.reached_server = error->reached_server();
    failure.may_pass = may_pass(error->fault());
    return failure;
  }
  const HttpResponse& response = std::get<HttpResponse>(result);
  failure.status = response.status;
  failure.hint = wait_hint(response, clock().wall());
  if (response.status == 500) failure.final_type = is_final(read_server_error(response));
  return failure;
}

inline Error Client::error_of(const HttpResult& result, ErrorContext context, const Failure& failure,
                              const std::string& history) const {
  context.retry_after = failure.hint;
  const auto made = [&](Errc code, const std::string& reason) {
    return Error(code, config().key.redact(reason + history), std::move(context));
  };
  if (const TransportError* const error = std::get_if<TransportError>(&result))
    return made(code_of(error->fault()), reason_of(config(), *error));
  const HttpResponse& response = std::get<HttpResponse>(result);
  const ServerError error = read_server_error(response);
  context.http_status = response.status;
  context.server_type = error.type;
  const bool foreign = !error.json && response.status < 500 && response.status != 413 && response.status != 429;
  return made(foreign ? Errc::invalid : code_of(response.status, error.type), reason_of(config(), response, error));
}

inline Error Client::error_of(const HttpResponse& response, const ErrorContext& context) const {
  const HttpResult result = response;
  return error_of(result, context, failure_of(result), {});
}

inline void Client::check_limits(std::chrono::milliseconds left, const ErrorContext& context) const {
  if (limits_.stop.stop_requested()) throw Error(Errc::cancelled, "stopped on request", context);
  if (left <= std::chrono::milliseconds{0}) throw Error(Errc::timed_out, "the time for it is over", context);
}

/// A transfer may take as long as bytes move.
inline SendOptions Client::options_for(const HttpRequest& request, std::chrono::milliseconds left) const {
  const bool transfer = request.stream || request.sink;
  return {transfer ? left : std::min(left, config().attempt_timeout), config().attempt_timeout, limits_.stop};
}

inline Client::Moment Client::end_of_call(const HttpRequest& request) const {
  const bool transfer = request.stream || request.sink;
  constexpr std::chrono::milliseconds longest = std::chrono::hours(24 * 365);
  const Moment end = transfer ? Moment::max() : clock().now() + std::min(config().call_timeout, longest);
  return std::min(end, limits_.deadline.value_or(Moment::max()));
}

inline std::chrono::milliseconds Client::until(Moment end) const {
  if (end == Moment::max()) return std::chrono::milliseconds::max();
  return std::chrono::ceil<std::chrono::milliseconds>(end - clock().now());
}

inline void Client::wait(std::chrono::milliseconds time) const {
  const Moment end = limits_.deadline.value_or(Moment::max());
  check_limits(until(end), {});
  clock().wait(std::min(time, until(end)), limits_.stop);
  check_limits(until(end), {});
}

inline ServerVersion Client::version() const {
  {
    const std::lock_guard lock(shared_->mutex);
    if (shared_->version) return *shared_->version;
  }
  // The one route that a key has no scope for, and nobody needs one.
  const Answer answer = call({.request = {.path = "/health/version"}, .with_key = false});
  const nlohmann::json body = nlohmann::json::parse(answer.response.body, nullptr, false);
  const auto text = body.is_object() ? body.find("version") : body.end();
  const auto version = text != body.end() && text->is_string() ? ServerVersion::parse(text->get<std::string>())
                                                               : std::optional<ServerVersion>{};
  if (!version)
    throw Error(Errc::invalid, "what answers at " + config().endpoint +
                                   " is no Appwrite server: check APPWRITE_ENDPOINT (it tells no version)");
  const std::lock_guard lock(shared_->mutex);
  return shared_->version.emplace(*version);
}

inline void Client::require(Ability ability) const {
  const ServerVersion here = version();
  if (appwrite::has(here, ability)) return;
  throw Error(Errc::unsupported, "the server is Appwrite " + here.str() + ", and " + std::string(to_string(ability)) +
                                     " came with " + first_version_with(ability).str());
}

}  // namespace reel::appwrite

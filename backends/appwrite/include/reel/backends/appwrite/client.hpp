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
#include <string_view>
#include <utility>
#include <variant>

#include <reel/backends/appwrite/advice.hpp>
#include <reel/backends/appwrite/clock.hpp>
#include <reel/backends/appwrite/config.hpp>
#include <reel/backends/appwrite/http.hpp>
#include <reel/backends/appwrite/limits.hpp>
#include <reel/backends/appwrite/retry.hpp>
#include <reel/backends/appwrite/server_error.hpp>
#include <reel/backends/appwrite/server_version.hpp>
#include <reel/backends/appwrite/string_members.hpp>
#include <reel/backends/appwrite/transport.hpp>
#include <reel/driver/fork.hpp>
#include <reel/error.hpp>
#include <reel/version.hpp>

namespace reel::appwrite {

/// The path of the account of the signed-in user.
inline constexpr std::string_view account_path = "/account";

/// A request with the facts that its retries and errors need.
struct Call {
  HttpRequest request{};
  Idempotency idempotency = Idempotency::read;
  ErrorContext context{};  ///< what the core does not add, such as the operation of a setup step
  /// Whether to send the key. It is left out where no scope covers the route.
  bool with_key = true;
};

/// A 2xx response, unless it is `in_doubt`.
struct Answer {
  HttpResponse response{};
  /// `Idempotency::settled` only: the status is 404 or 409, possibly because an earlier attempt succeeded and its
  /// response was lost. The caller reads back to find out.
  bool in_doubt = false;
};

/// The error of a request of `Idempotency::once` that the server may have carried out: its response was lost or does
/// not show the outcome.
class LostAnswer : public Error {
 public:
  explicit LostAnswer(const Error& error) : Error(error) {}
};

/// Sends calls to one project on one server: adds the credentials, repeats what may be repeated, and converts failures
/// to `reel::Error`. A handle: copies are cheap and share connections. Thread-safe.
class Client {
 public:
  /// Throws `invalid` if the configuration cannot work. Sends no request.
  Client(AppwriteConfig config, AnyTransport transport, std::shared_ptr<Clock> clock = std::make_shared<Clock>())
      : shared_(std::make_shared<Shared>(std::move(config), std::move(transport), std::move(clock))) {
    shared_->config.check();
  }

  [[nodiscard]] const AppwriteConfig& config() const noexcept { return shared_->config; }

  /// The same client for calls that fail as `timed_out` after the deadline, or as `cancelled` when the stop token is
  /// triggered.
  [[nodiscard]] Client limited(Limits limits) const {
    Client client = *this;
    client.limits_ = std::move(limits);
    return client;
  }

  /// The limits of this client's calls.
  [[nodiscard]] const Limits& limits() const noexcept { return limits_; }

  /// Sends the request and waits for the response, which is 2xx unless it is `in_doubt`. Sends it up to
  /// `RetryPolicy::max_attempts` times. Throws the error of the server by `code_of`; `unauthorized` if the session has
  /// ended, which is verified once a minute and when the server refuses a request; `unavailable`, `timed_out` or
  /// `cancelled` without a response; `too_large` before sending a body that the server would not accept; `invalid` if
  /// the responding program is not an Appwrite server; `LostAnswer` for `Idempotency::once` if the outcome is unknown;
  /// and what `stream` and `sink` of the request throw.
  Answer call(Call call) const;

  /// The error that `call` throws for this response.
  [[nodiscard]] Error error_of(const HttpResponse& response, const ErrorContext& context = {}) const;

  /// Whether the server treats the requests as those of a user or guest, because the configuration has no key.
  [[nodiscard]] bool acts_for_user() const { return config().key.empty(); }

  /// The version of the server. Requested once and then cached for all copies of the client; throws what `call` throws
  /// if it cannot be determined.
  [[nodiscard]] ServerVersion version() const;
  /// Whether the server has the ability. Throws as `version`.
  [[nodiscard]] bool has(Ability ability) const { return appwrite::has(version(), ability); }
  /// Throws `unsupported`, with the version that introduced the ability, if the server is older.
  void require(Ability ability) const;

  /// Throws `unauthorized` if the client uses a session that the server does not know, or that has ended: the server
  /// treats such requests as those of a guest. Asks for the account: 1 request with a session and without a key,
  /// otherwise none.
  void verify_session() const;

  /// Waits, or throws `timed_out` or `cancelled` when a limit is reached first.
  void wait(std::chrono::milliseconds time) const;
  /// The clock that tests replace.
  [[nodiscard]] Clock& clock() const noexcept { return *shared_->clock; }

 private:
  using Moment = std::chrono::steady_clock::time_point;
  // The state that copies share. `mutex` guards `version` and `signed_in_until` and is never held during a request, so
  // that two threads may both ask for the version at first.
  struct Shared {
    Shared(AppwriteConfig given, AnyTransport over, std::shared_ptr<Clock> by)
        : config(std::move(given)), transport(std::move(over)), clock(std::move(by)) {}
    AppwriteConfig config;
    AnyTransport transport;
    std::shared_ptr<Clock> clock;
    driver::LeafMutex mutex{};
    std::optional<ServerVersion> version;
    Moment signed_in_until{};
  };
  // How one attempt ended.
  using HttpResult = std::variant<HttpResponse, TransportError>;
  /// How long a session counts as valid after the server has confirmed it.
  static constexpr std::chrono::minutes session_trust{1};

  /// `verify_session` if that was last done a minute ago, by any copy of the client.
  void check_session() const;
  /// Adds the headers. Throws `too_large` for a body that the server would not accept.
  void prepare(const Call& call, HttpRequest& request) const;
  /// Sends the request once and logs it. A 2xx response without a JSON object counts as `Fault::not_http`.
  [[nodiscard]] HttpResult attempt(const HttpRequest& request, int number, std::chrono::milliseconds left) const;
  void report_retry(const HttpResult& result, int number, std::chrono::milliseconds wait) const;
  /// The facts of a failed attempt that decide about another one.
  [[nodiscard]] Failure failure_of(const HttpResult& result) const;
  [[nodiscard]] Error error_of(const HttpResult& result, ErrorContext context, const Failure& failure,
                               const std::string& history) const;
  /// Throws `cancelled` if the stop token is triggered, otherwise `timed_out` if no time is left.
  void check_limits(std::chrono::milliseconds left, const ErrorContext& context) const;
  [[nodiscard]] SendOptions options_for(const HttpRequest& request, std::chrono::milliseconds left) const;
  /// When the call has to end. A transfer ends only at the deadline of the limits.
  [[nodiscard]] Moment end_of_call(const HttpRequest& request) const;
  /// The time left, rounded up to milliseconds; the maximum for a call without an end.
  [[nodiscard]] std::chrono::milliseconds until(Moment end) const;

  std::shared_ptr<Shared> shared_;
  Limits limits_{};
};

inline void Client::prepare(const Call& call, HttpRequest& request) const {
  if (request.body.size() > largest_body) {
    const std::size_t tenths = (request.body.size() * 10 + 512 * 1024) / (1024 * 1024);
    throw Error(Errc::too_large,
                "the request has " + std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) +
                    " MiB and the server accepts 12: write fewer records at once, or store long strings as blobs",
                call.context);
  }
  request.headers.add("User-Agent", "reel/" + std::string(reel::version));
  request.headers.add("X-Appwrite-Project", config().project);
  if (call.with_key) {
    if (!config().key.empty()) {
      request.headers.add("X-Appwrite-Key", config().key.reveal());
    } else if (!config().jwt.empty()) {
      request.headers.add("X-Appwrite-JWT", config().jwt.reveal());
    } else if (!config().session.empty()) {
      request.headers.add("X-Appwrite-Session", config().session.reveal());
    }
  }
  if (!request.body.empty() && !request.headers.find("content-type"))
    request.headers.add("Content-Type", "application/json");
}

inline void Client::verify_session() const {
  if (!acts_for_user() || !config().jwt.empty() || config().session.empty()) return;
  call({.request = {.path = std::string(account_path)}});
  const std::lock_guard lock(shared_->mutex);
  shared_->signed_in_until = clock().now() + session_trust;
}

inline void Client::check_session() const {
  {
    const std::lock_guard lock(shared_->mutex);
    if (clock().now() < shared_->signed_in_until) return;
  }
  verify_session();
}

inline Answer Client::call(Call call) const {
  HttpRequest& request = call.request;
  const bool is_by_user = call.with_key && acts_for_user() && request.path != account_path;
  if (is_by_user) check_session();
  prepare(call, request);
  bool received = false;
  // Once the sink has received bytes, the request cannot be repeated: they would arrive twice. `Download` resumes
  // instead.
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
    // A refusal after a doubtful attempt may be the effect of that attempt.
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
        history += "; the next attempt would start in " + std::to_string(decision.wait.count()) +
                   " ms, and the time left is " + std::to_string(std::max<long long>(left.count(), 0)) + " ms";
      if (in_doubt && call.idempotency != Idempotency::read) history += "; the server may have applied it nevertheless";
      const Error error = error_of(result, call.context, failure, history);
      if (in_doubt && call.idempotency == Idempotency::once) throw LostAnswer(error);
      if (is_by_user && error.code() == Errc::forbidden) verify_session();
      throw error;
    }
    report_retry(result, number, decision.wait);
    clock().wait(decision.wait, limits_.stop);
  }
}

inline void Client::report_retry(const HttpResult& result, int number, std::chrono::milliseconds wait) const {
  if (!config().on_retry) return;
  const HttpResponse* const response = std::get_if<HttpResponse>(&result);
  const std::string reason = config().redact(response != nullptr ? "HTTP " + std::to_string(response->status)
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
      // Every response of an Appwrite server that has a body has a JSON object.
      if (response.ok() && response.status != 204 && !request.sink && request.method != Method::head &&
          !response.body.starts_with('{'))
        return TransportError(Fault::not_http, true,
                              "it answered " + std::to_string(response.status) + " without JSON");
      return response;
    } catch (const TransportError& error) {
      return error;
    }
  }();
  if (config().log) {
    std::string line = std::string(to_string(request.method)) + " " + target_of(request) + " -> ";
    const HttpResponse* const response = std::get_if<HttpResponse>(&result);
    line += response != nullptr ? std::to_string(response->status) : std::get<TransportError>(result).what();
    const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(clock().now() - start);
    line += " in " + std::to_string(elapsed.count()) + " ms";
    if (number > 1) line += ", attempt " + std::to_string(number);
    config().log(config().redact(std::move(line)));
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
    return Error(code, config().redact(reason + history), std::move(context));
  };
  if (const TransportError* const error = std::get_if<TransportError>(&result))
    return made(code_of(error->fault()), reason_of(config(), *error));
  const HttpResponse& response = std::get<HttpResponse>(result);
  const ServerError error = read_server_error(response);
  context.http_status = response.status;
  context.server_type = error.type;
  const bool foreign = !error.json && response.status < 500 && response.status != 413 && response.status != 429;
  return made(foreign ? Errc::invalid : code_of(config(), error), reason_of(config(), response, error));
}

inline Error Client::error_of(const HttpResponse& response, const ErrorContext& context) const {
  const HttpResult result = response;
  return error_of(result, context, failure_of(result), {});
}

inline void Client::check_limits(std::chrono::milliseconds left, const ErrorContext& context) const {
  if (limits_.stop.stop_requested()) throw Error(Errc::cancelled, "stopped on request", context);
  if (left <= std::chrono::milliseconds{0}) throw Error(Errc::timed_out, "the deadline was exceeded", context);
}

/// A transfer has no limit for the whole exchange: it may take as long as bytes move.
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
  // GET /health/version is the one route without a scope. With a key that lacks other scopes it must work too, so none
  // is sent.
  const Answer answer = call({.request = {.path = "/health/version"}, .with_key = false});
  std::string text;
  const bool is_object = read_string_members(answer.response.body, {{"version", text}});
  const std::optional<ServerVersion> version = is_object ? ServerVersion::parse(text) : std::nullopt;
  if (!version)
    throw Error(Errc::invalid, "the server at " + config().endpoint +
                                   " is not an Appwrite server: check APPWRITE_ENDPOINT (it reports no version)");
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

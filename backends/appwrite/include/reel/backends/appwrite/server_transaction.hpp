#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/backends/appwrite/answer_json.hpp>
#include <reel/backends/appwrite/requests.hpp>
#include <reel/driver/optimistic.hpp>

namespace reel::appwrite {

/// How a commit ended.
enum class CommitStatus {
  committed,
  refused,  ///< nothing was done: a guard failed or another writer was faster; `why` has the reason
  missing,  ///< nothing was done: a record does not exist
};

/// The outcome of a commit.
struct CommitResult {
  CommitStatus status = CommitStatus::committed;
  /// The error of the server; set unless committed.
  std::optional<Error> why{};

  [[nodiscard]] bool committed() const { return status == CommitStatus::committed; }
};

/// Waits before the attempt that follows `attempt`. The wait is random, so that competing writers do not meet again,
/// and its bound grows with each attempt, up to about 0.9 s.
inline void back_off(const Client& client, int attempt) {
  double bound = 8;
  for (int i = 1; i < attempt && bound < 600; ++i) bound *= 1.6;
  client.wait(std::chrono::milliseconds(static_cast<long long>(1 + bound * client.clock().random())));
}

/// Waits as long as the server asked for with the error.
inline void wait_as_requested(const Client& client, const Error& error) {
  if (const auto wait = error.context().retry_after) client.wait(*wait);
}

/// The number of attempts of a write to which the server answers 500, within about 0.5 s. Appwrite 1.8.0 and 1.8.1 also
/// answer so if another record has a unique value, and that record may have another one before the index is checked.
inline constexpr int max_server_failures = 10;

/// Throws the refusal if another attempt would only repeat it: after `max_server_failures`, or after
/// `max_optimistic_attempts`.
///
/// A loop that only repeats a refused transaction calls this. `driver::retry_conflicts` would throw its own `conflict`
/// at the end, without the type that the server reports, and would repeat a fault of the server 1,000 times.
inline void check_attempts(int attempt, const Error& refusal) {
  const int most = refusal.context().http_status >= 500 ? max_server_failures : driver::max_optimistic_attempts;
  if (attempt >= most) throw Error(refusal);
}

/// A transaction of the server (Appwrite 1.8.0, /databases/transactions): operations that are applied together or not
/// at all. Used by one thread.
///
///     POST   /transactions                begin    repeated if the response is lost: the first one stays unused
///     POST   /transactions/ID/operations  stage    repeated; the response counts the staged operations
///     PATCH  /transactions/ID             commit   never repeated: two commits at once may apply operations twice
///     GET    /transactions                settle   only after a commit whose response was lost
///     DELETE /transactions/ID             discard  after everything except a commit
///
/// 3 requests, and 1 more if the transaction is refused.
class ServerTransaction {
 public:
  ServerTransaction(const Client& client, const Routes& routes) : client_(client), routes_(routes) {}

  /// Applies up to 100 operations. Throws `unavailable` if the response to the commit was lost and the server does not
  /// report the outcome, and other errors as `Client::call`, with nothing applied.
  [[nodiscard]] CommitResult run(const std::vector<json::Object>& operations) {
    begin();
    try {
      while (!stage(operations)) {
        discard();
        begin();
      }
    } catch (const Error& error) {
      // If the server asked for a pause, the transaction is left to expire.
      if (!error.context().retry_after) discard();
      if (has_type(error, "document_not_found")) return {CommitStatus::missing, error};
      throw;
    }
    return commit();
  }

 private:
  static constexpr int time_to_live = 120;  ///< in seconds; the server accepts 60 to 3,600

  /// Begins a transaction.
  void begin() {
    const Answer answer = client_.call(with_body(Method::post, routes_.transactions(), Idempotency::idempotent,
                                                 json::Object{}.add("ttl", time_to_live)));
    id_ = field<std::string>(body_of(answer.response), "$id");
  }

  /// Stages the operations. Returns false if a repeated request has staged them twice, or was refused: after a staged
  /// removal the record does not exist in the transaction.
  [[nodiscard]] bool stage(const std::vector<json::Object>& operations) const {
    std::string all;
    json::append_list(all, operations, [](std::string& out, const json::Object& one) { out += one.str(); });
    const Answer answer = client_.call(with_body(Method::post, routes_.transaction(id_) + path_of({"operations"}),
                                                 Idempotency::settled, json::Object{}.add_json("operations", all)));
    if (answer.in_doubt) return false;
    const auto staged = field<std::int64_t>(body_of(answer.response), "operations");
    return staged == static_cast<std::int64_t>(operations.size());
  }

  /// Commits. The request is sent once; if its response is lost, the outcome is determined by `settled`.
  [[nodiscard]] CommitResult commit() const {
    try {
      client_.call(
          with_body(Method::patch, routes_.transaction(id_), Idempotency::once, json::Object{}.add("commit", true)));
      return {};
    } catch (const LostAnswer& lost) {
      return settled(lost);
    } catch (const Error& error) {
      wait_as_requested(client_, error);
      discard();
      return refused(error);
    }
  }

  /// The result of a refused commit. Throws errors that another attempt cannot resolve.
  [[nodiscard]] static CommitResult refused(const Error& error) {
    if (has_type(error, "document_not_found")) return {CommitStatus::missing, error};
    if (has_type(error, "transaction_conflict") || has_type(error, "attribute_limit_exceeded"))
      return {CommitStatus::refused, error};
    throw error;
  }

  enum class Status { pending, committed, failed, unknown };

  /// Determines the outcome of a commit with a lost response. If the server answered with an error, its work has ended,
  /// so a transaction that is still pending was not committed. After a lost connection it may still be committed, so
  /// this waits up to 1.55 s for it.
  [[nodiscard]] CommitResult settled(const LostAnswer& lost) const {
    const bool answered = lost.context().http_status == 500 && !lost.context().server_type.empty();
    wait_as_requested(client_, lost);
    std::chrono::milliseconds pause{50};
    for (int attempt = 1; attempt <= 5; ++attempt, pause *= 2) {
      const Status now = status();
      if (now == Status::committed) return {};
      if (now == Status::failed || (now == Status::pending && answered)) {
        discard();
        return {CommitStatus::refused, lost};
      }
      if (now == Status::unknown) break;
      client_.wait(pause);
    }
    throw Error(
        Errc::unavailable,
        "the response to the commit was lost, and the server does not report whether the write was applied; read "
        "the record before trying again (" +
            lost.reason() + ")",
        lost.context());
  }

  /// Reads the status from a list, which comes from the database and not from a cache. The server removes a transaction
  /// after its commit.
  [[nodiscard]] Status status() const {
    Call call{.request = {.path = routes_.transactions()}};
    append_queries(call.request, {id_query(id_)});
    try {
      const Json body = body_of(client_.call(std::move(call)).response);
      const auto found = field<Json::array_t>(body, "transactions");
      if (found.empty()) return Status::committed;
      const auto word = field<std::string>(found.front(), "status");
      return word == "committed" ? Status::committed : word == "failed" ? Status::failed : Status::pending;
    } catch (const Error& error) {
      if (error.code() == Errc::cancelled) throw;
      wait_as_requested(client_, error);
      return Status::unknown;  // the key may lack the scope, or the server is unreachable
    }
  }

  /// Removes the transaction, which otherwise remains until the server's daily maintenance. Errors are ignored: it
  /// expires.
  void discard() const {
    try {
      client_.call({.request = {.method = Method::remove, .path = routes_.transaction(id_)},
                    .idempotency = Idempotency::idempotent});
    } catch (const Error& error) {  // it expires
      wait_as_requested(client_, error);
    }
  }

  const Client& client_;
  const Routes& routes_;
  std::string id_{};
};

}  // namespace reel::appwrite

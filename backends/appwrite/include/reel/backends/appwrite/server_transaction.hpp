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
  refused,  ///< nothing was done: a guard failed, or another writer was faster; `why` says which
  missing,  ///< nothing was done: a record is not there
};

struct CommitResult {
  CommitStatus status = CommitStatus::committed;
  std::optional<Error> why{};

  [[nodiscard]] bool committed() const { return status == CommitStatus::committed; }
};

/// Waits before the attempt after `attempt`: randomly, so that writers part, and for longer each time, so that many of
/// them do; up to 0.9 s.
inline void back_off(const Client& client, int attempt) {
  double bound = 8;
  for (int i = 1; i < attempt && bound < 600; ++i) bound *= 1.6;
  client.wait(std::chrono::milliseconds(static_cast<long long>(1 + bound * client.clock().random())));
}

/// Waits for as long as the server requested with the error before the next request.
inline void wait_as_requested(const Client& client, const Error& error) {
  if (const auto wait = error.context().retry_after) client.wait(*wait);
}

/// Throws the refusal once another attempt would only repeat it: after 3 failures of the server itself, or after
/// `max_optimistic_attempts`.
inline void check_attempts(int attempt, const Error& refusal) {
  const int most = refusal.context().http_status >= 500 ? 3 : driver::max_optimistic_attempts;
  if (attempt >= most) throw Error(refusal);
}

/// A transaction of the server (1.8.0 and later): operations that are carried out together or not at all.
///
///     POST  /transactions               begin      repeated if the answer is lost: a second one stays unused
///     POST  /transactions/ID/operations stage      repeated: the answer counts what is staged
///     PATCH /transactions/ID            commit     never repeated: two commits at once may do the work twice
///     GET   /transactions               settle     only after a commit whose answer was lost
///     DELETE /transactions/ID           discard    after everything but a commit
///
/// 3 requests, and 1 more if it is refused.
class ServerTransaction {
 public:
  ServerTransaction(const Client& client, const Routes& routes) : client_(client), routes_(routes) {}

  /// Carries out up to 100 operations. `unavailable`: the commit's answer was lost, and the server does not tell what
  /// has become of it. Other errors as `Client::call`, with nothing done.
  [[nodiscard]] CommitResult run(const std::vector<json::Object>& operations) {
    begin();
    try {
      while (!stage(operations)) {
        discard();
        begin();
      }
    } catch (const Error& error) {
      if (!error.context().retry_after) discard();  // else the server wants no request now, and the transaction expires
      if (has_type(error, "document_not_found")) return {CommitStatus::missing, error};
      throw;
    }
    return commit();
  }

 private:
  static constexpr int time_to_live = 120;  ///< seconds

  void begin() {
    const Answer answer = client_.call(with_body(Method::post, routes_.transactions(), Idempotency::idempotent,
                                                 json::Object{}.add("ttl", time_to_live)));
    id_ = field<std::string>(body_of(answer.response), "$id");
  }

  /// False if a repeated request has staged the operations twice.
  [[nodiscard]] bool stage(const std::vector<json::Object>& operations) const {
    std::string all;
    json::append_list(all, operations, [](std::string& out, const json::Object& one) { out += one.str(); });
    const Answer answer = client_.call(with_body(Method::post, routes_.transaction(id_) + path_of({"operations"}),
                                                 Idempotency::idempotent, json::Object{}.add_json("operations", all)));
    const auto staged = field<std::int64_t>(body_of(answer.response), "operations");
    return staged == static_cast<std::int64_t>(operations.size());
  }

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

  /// A commit that the server has refused. Throws what another attempt cannot mend.
  [[nodiscard]] static CommitResult refused(const Error& error) {
    if (has_type(error, "document_not_found")) return {CommitStatus::missing, error};
    if (has_type(error, "transaction_conflict") || has_type(error, "attribute_limit_exceeded"))
      return {CommitStatus::refused, error};
    throw error;
  }

  enum class Status { pending, committed, failed, unknown };

  /// Asks what has become of the commit. A server that has answered with an error has ended its work, so that a
  /// transaction which is still pending was not committed; after a lost connection it may yet be.
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
    throw Error(Errc::unavailable,
                "the answer to the commit was lost, and the server does not tell whether the write was applied; read "
                "the record before trying again (" +
                    lost.reason() + ")",
                lost.context());
  }

  /// From the list, which comes from the database and not from a cache. The server removes a committed transaction.
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
      return Status::unknown;  // the key may lack the scope, or the server is gone
    }
  }

  /// Nothing is left to wait for the server's daily cleaning.
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

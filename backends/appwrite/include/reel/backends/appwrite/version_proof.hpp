#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <reel/backends/appwrite/file_claim.hpp>
#include <reel/backends/appwrite/requests.hpp>
#include <reel/backends/appwrite/version_guard.hpp>

/// Proves that the server's database refuses a number beyond the end of a 4-byte column, which version_guard.hpp relies
/// on. MariaDB refuses it in its strict mode, the default. Without that mode it stores the largest number instead, so
/// that of several conditional writes each would succeed.
///
///     POST    a row of `reel_locks` with reel_ver 1
///     PATCH   reel_ver + 2147483647      must be refused
///     list    reel_ver must still be 1
///     DELETE  the row
namespace reel::appwrite {

/// The result of the proof.
enum class GuardProof {
  holds,      ///< the database refuses the number
  fails,      ///< the database stores it: no write can be guarded
  not_tried,  ///< the key may not create the row, or its collection does not exist yet
  no_guard,   ///< `Writers::one`, or a server without transactions: writes are not guarded
};

[[nodiscard]] constexpr std::string_view to_string(GuardProof proof) {
  switch (proof) {
    case GuardProof::holds:
      return "holds";
    case GuardProof::fails:
      return "fails";
    case GuardProof::not_tried:
      return "not tried";
    case GuardProof::no_guard:
      break;
  }
  return "no guard";
}

/// Proves the guard of the versions in one database. `client` and the targets of `database` must outlive the object.
/// Not thread-safe.
class VersionProof {
 public:
  struct ProofResult {
    GuardProof proof = GuardProof::no_guard;
    std::string reason{};  ///< why it fails or was not tried
  };

  VersionProof(const Client& client, ClaimDatabase database) : client_(client), database_(database) {}

  /// Runs the proof and removes its row. Creates no collection. 4 requests. Throws what `Client::call` throws if the
  /// outcome is unknown, for example without a network.
  [[nodiscard]] ProofResult run() const {
    if (!is_needed()) return {};
    const std::string id = make_id();
    try {
      create(id, free_state, 1);
    } catch (const Error& error) {
      if (!is_missing(error)) throw;
      return {GuardProof::not_tried, error.reason()};
    }
    const RowRemoval removal{*this, id};
    if (refuses(id)) return {.proof = GuardProof::holds};
    return {GuardProof::fails,
            "the server's database stores a smaller number instead of refusing one that is too large, so that no write "
            "can be guarded against other programs: run MariaDB with STRICT_TRANS_TABLES in its sql_mode, or, if no "
            "other program writes, " +
                std::string(write_alone)};
  }

  /// Throws `unsupported` if the guard fails. Stores a success as a row of `reel_locks`, so that it is proved once for
  /// each database. 1 request if it was proved before, otherwise about 6 and those that create the collection. If the
  /// key may not do that, nothing is proved and nothing is thrown.
  void require() const {
    if (!is_needed()) return;
    try {
      if (is_proved()) return;
      FileClaim::make_collection(client_, database_);
    } catch (const Error& error) {
      if (!is_missing(error)) throw;
      return;
    }
    const ProofResult result = run();
    if (result.proof == GuardProof::fails) throw Error(Errc::unsupported, result.reason);
    if (result.proof == GuardProof::holds) remember();
  }

 private:
  static constexpr const char* free_state = "^free|proof$";  ///< the state of a file that is not claimed
  static constexpr const char* marker = "version_guard";

  /// Removes the row at the end of the scope. A row that remains is harmless.
  struct RowRemoval {
    const VersionProof& proof;
    const std::string& id;
    ~RowRemoval() {
      try {
        proof.client_.call(remove_call(proof.database_.routes, FileClaim::collection, id));
      } catch (const Error&) {
      }
    }
  };

  [[nodiscard]] bool is_needed() const {
    return client_.config().writers == Writers::many && client_.has(Ability::transactions);
  }
  /// Whether the error means that the key or the collection is missing.
  [[nodiscard]] static bool is_missing(const Error& error) {
    return error.code() == Errc::forbidden || error.code() == Errc::unauthorized || error.code() == Errc::not_found;
  }

  /// Creates a row of `reel_locks`.
  void create(const std::string& id, const char* state, std::int64_t version) const {
    const Json body{{database_.routes.document_id_word(), id},
                    {"data", {{"state", state}, {version_attribute, version}}}};
    client_.call(
        with_body(Method::post, database_.routes.documents(FileClaim::collection), Idempotency::settled, body));
  }
  [[nodiscard]] std::optional<Json> find(std::string_view id) const {
    const Json list = body_of(client_.call(find_call(database_.routes, FileClaim::collection, id)).response);
    auto rows = field<Json::array_t>(list, database_.routes.documents_word());
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
  }

  [[nodiscard]] bool is_proved() const {
    try {
      return find(marker).has_value();
    } catch (const Error& error) {
      if (error.code() == Errc::not_found) return false;
      throw;
    }
  }
  void remember() const {
    try {
      create(marker, "^proved$", 0);
    } catch (const Error& error) {
      if (error.code() != Errc::already_exists) throw;
    }
  }

  /// Whether the database refuses the number: 400 from 1.8.1 on, 500 before. False if the addition was carried out, or
  /// changed the row although it was refused. Throws any other error, which proves nothing. Not repeated after a 500.
  [[nodiscard]] bool refuses(const std::string& id) const {
    try {
      client_.call(addition(id));
      return false;
    } catch (const Error& error) {
      if (!is_out_of_range(error)) throw;
    }
    const std::optional<Json> row = find(id);
    return row && field<std::int64_t>(*row, version_attribute.data()) == 1;
  }
  /// Whether the database refused a number beyond its column. Neither route knows that error: Appwrite 1.8.0 to 1.9.6
  /// answer 500 `general_unknown`. `attribute_limit_exceeded` is its name where a route knows it, as a commit does.
  [[nodiscard]] static bool is_out_of_range(const Error& error) {
    return has_type(error, "general_unknown") || has_type(error, "attribute_limit_exceeded");
  }
  [[nodiscard]] Call addition(const std::string& id) const {
    const std::string key(version_attribute);
    if (client_.has(Ability::operators))
      return update_call(database_.routes, FileClaim::collection, id,
                         json::Object{}.add(key, operator_that_adds(last_version)), Idempotency::once);
    return with_body(Method::patch, database_.routes.document(FileClaim::collection, id) + path_of({key, "increment"}),
                     Idempotency::once, Json{{"value", last_version}});
  }

  const Client& client_;
  ClaimDatabase database_;
};

}  // namespace reel::appwrite

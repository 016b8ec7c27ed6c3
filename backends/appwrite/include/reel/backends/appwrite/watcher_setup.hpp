#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <reel/backends/appwrite/buckets.hpp>
#include <reel/backends/appwrite/collection_reader.hpp>
#include <reel/migration/set.hpp>
#include <reel/permission.hpp>

namespace reel::appwrite {

/// A user as whom watches connect to the realtime socket, which does not know API keys.
struct WatcherAccount {
  std::string user{};                  ///< its id
  bool is_new_user = false;            ///< false: the user existed
  ApiKey session{};                    ///< the secret of one of its sessions
  bool is_new_session = false;         ///< false: it is the session of the configuration
  std::vector<std::string> granted{};  ///< what it could not read before, such as `collection videos`
};

/// Creates a user with a session who may read all records and files of some collections and buckets, so that its socket
/// reports all of their changes. The user has no password, so it can sign in only with sessions that a key creates.
///
/// A repeated setup creates only what is missing. The server returns the secret of a session once, so a new session is
/// created unless that of the configuration is a valid one of this user. Used once, by one thread; the references must
/// outlive the object.
class WatcherSetup {
 public:
  /// `user`: the id of the user, which is also the name of a new one.
  WatcherSetup(const Client& client, const Routes& routes, std::string user)
      : client_(client), routes_(routes), account_{.user = std::move(user)} {}

  /// Throws `forbidden` if the key lacks a scope (`users.write`, and those of the setup of collections and buckets) or
  /// the user is blocked, `invalid` if the server does not accept the id, `not_found` for a collection or bucket that
  /// does not exist, and what `Client::call` throws. 2 or 3 requests, 1 for each collection and bucket, and 1 for each
  /// permission that is granted. A permission that another program changes in between may be lost.
  [[nodiscard]] WatcherAccount run(const MigrationSet& readable) {
    make_user();
    make_session();
    for (const driver::CollectionSchema* schema : readable.collections) grant(*schema);
    for (const Bucket& bucket : readable.buckets) grant(bucket);
    return std::move(account_);
  }

 private:
  /// Calls `step`. An error for a missing scope suggests the way without it.
  template <class F>
  void with_user_scope(F&& step) const {
    try {
      step();
    } catch (const Error& error) {
      if (!has_type(error, "general_unauthorized_scope")) throw;
      throw Error(error.code(),
                  "cannot set up the user '" + account_.user +
                      "': the API key lacks the scope users.write, which only this step needs: add it to the key in "
                      "the console, or create a user with a session in another way and set APPWRITE_SESSION (" +
                      error.reason() + ")",
                  error.context());
    }
  }

  void make_user() {
    const Json user{{"userId", account_.user}, {"name", account_.user}};
    with_user_scope([&] {
      try {
        account_.is_new_user = !client_.call(with_body(Method::post, "/users", Idempotency::settled, user)).in_doubt;
      } catch (const Error& error) {
        if (!has_type(error, "user_already_exists")) throw;
      }
    });
  }

  void make_session() {
    account_.session = client_.config().session;
    if (!account_.session.empty() && is_valid(account_.session)) return;
    with_user_scope([&] {
      // Sent again if the response is lost: the secret of the first session would be unknown.
      const Json session = body_of(client_
                                       .call(with_body(Method::post, path_of({"users", account_.user, "sessions"}),
                                                       Idempotency::idempotent, Json::object()))
                                       .response);
      account_.session = ApiKey(field<std::string>(session, "secret"));
    });
    account_.is_new_session = true;
    check(account_.session);
  }

  /// Whether the session is one of the user.
  [[nodiscard]] bool is_valid(const ApiKey& session) const {
    try {
      return user_of(session) == account_.user;
    } catch (const Error& error) {
      if (error.code() != Errc::unauthorized && error.code() != Errc::forbidden) throw;
      return false;
    }
  }
  /// Throws `forbidden` unless the server accepts the new session.
  void check(const ApiKey& session) const {
    if (!is_valid(session))
      throw Error(Errc::forbidden, "the server does not accept a session of the user '" + account_.user +
                                       "': unblock the user in the console, or choose another one");
  }
  /// The id of the user of a session. 1 request, without the key.
  [[nodiscard]] std::string user_of(const ApiKey& session) const {
    Call call{.request = {.path = std::string(account_path)}, .with_key = false};
    call.request.headers.add("X-Appwrite-Session", session.reveal());
    return field<std::string>(body_of(client_.call(std::move(call)).response), "$id");
  }

  void grant(const driver::CollectionSchema& schema) {
    Json settings = CollectionReader(client_, routes_, schema.id).settings();
    if (!add_permission(settings)) return;
    client_.call(with_body(Method::put, routes_.collection(schema.id), Idempotency::idempotent, settings));
    account_.granted.push_back("collection " + schema.id);
  }
  void grant(const Bucket& bucket) {
    Json settings = bucket_settings(body_of(client_.call({.request = {.path = bucket_path(bucket.id)}}).response));
    if (!add_permission(settings)) return;
    client_.call(with_body(Method::put, bucket_path(bucket.id), Idempotency::idempotent, settings));
    account_.granted.push_back("bucket " + bucket.id);
  }
  /// Adds the permission to read. Returns false if the user has it, or everyone has.
  bool add_permission(Json& settings) const {
    auto permissions = member_of(settings, "permissions", std::vector<std::string>{});
    const std::string wanted = Permission::read(Role::user(account_.user)).str();
    const auto has = [&](const std::string& one) { return std::ranges::find(permissions, one) != permissions.end(); };
    if (has(wanted) || has(Permission::read(Role::users()).str()) || has(Permission::read(Role::any()).str()))
      return false;
    permissions.push_back(wanted);
    settings["permissions"] = permissions;
    return true;
  }

  const Client& client_;
  const Routes& routes_;
  WatcherAccount account_;
};

}  // namespace reel::appwrite

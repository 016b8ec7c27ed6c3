#pragma once

#include <string>
#include <vector>

#include <reel/access_rules.hpp>
#include <reel/backends/appwrite/requests.hpp>
#include <reel/driver/change_rules.hpp>

/// The permissions of collections and buckets on the server.
namespace reel::appwrite {

/// Permissions in the form of a request.
[[nodiscard]] inline Json permissions_json(const std::vector<Permission>& permissions) {
  Json texts = Json::array();
  for (const Permission& one : permissions) texts.push_back(one.str());
  return texts;
}

/// The permissions of a collection or bucket.
///
/// - `container`: as the server returns it
/// - `security`: the name of the member that turns on document or file security
/// - `list`: the name of the member with the permissions
///
/// Throws `corrupt` if a permission is not known.
[[nodiscard]] inline AccessRules access_in(const Json& container, const char* security,
                                           const char* list = "$permissions") {
  AccessRules rules{.item_security = field<bool>(container, security)};
  for (const auto& text : field<std::vector<std::string>>(container, list)) {
    const auto permission = Permission::parse(text);
    if (!permission) throw Error(Errc::corrupt, "the server sent a permission that is not known: '" + text + "'");
    rules.permissions.push_back(*permission);
  }
  return rules;
}

/// Whether the rules permit the same. The server returns permissions in the order in which it received them.
[[nodiscard]] inline bool same_access(const AccessRules& a, const AccessRules& b) {
  return a.item_security == b.item_security && driver::same_permissions(a.permissions, b.permissions);
}

/// The permissions of a collection. Functions throw what `Client::call` throws. `client` and `routes` must outlive the
/// object.
class CollectionAccess {
 public:
  CollectionAccess(const Client& client, const Routes& routes, const std::string& id)
      : client_(client), routes_(routes), path_(routes.collection(id)) {}

  /// The present permissions. 1 request.
  [[nodiscard]] AccessRules read() const { return access_in(get(), routes_.document_security_word()); }

  /// Replaces them if they are different. 1 or 2 requests.
  void store(const AccessRules& wanted) const {
    const Json stored = get();
    const char* const security = routes_.document_security_word();
    if (same_access(access_in(stored, security), wanted)) return;
    // A setting that is missing from the body of a PUT returns to its default (Appwrite 1.8.1), so all are sent.
    const Json settings{{"name", field<std::string>(stored, "name")},
                        {"enabled", field<bool>(stored, "enabled")},
                        {security, wanted.item_security},
                        {"permissions", permissions_json(wanted.permissions)}};
    client_.call(with_body(Method::put, path_, Idempotency::idempotent, settings));
  }

 private:
  [[nodiscard]] Json get() const { return body_of(client_.call({.request = {.path = path_}}).response); }

  const Client& client_;
  const Routes& routes_;
  std::string path_;
};

}  // namespace reel::appwrite

#pragma once

#include <string>
#include <vector>

#include <reel/backends/appwrite/collection_reader.hpp>
#include <reel/backends/appwrite/requests.hpp>
#include <reel/driver/change_rules.hpp>
#include <reel/permission.hpp>

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

/// The permissions of a collection. Functions throw what `Client::call` throws. `client` and `routes` must outlive the
/// object.
class CollectionAccess {
 public:
  CollectionAccess(const Client& client, const Routes& routes, const std::string& id)
      : client_(client), routes_(routes), collection_(client, routes, id), path_(routes.collection(id)) {}

  /// The present permissions. 1 request.
  [[nodiscard]] AccessRules read() const { return access_in(collection_.stored(), routes_.document_security_word()); }

  /// Replaces them if they are different. 1 or 2 requests.
  void store(const AccessRules& wanted) const {
    const Json stored = collection_.stored();
    const char* const security = routes_.document_security_word();
    if (driver::same_access(access_in(stored, security), wanted)) return;
    Json settings = collection_.settings_of(stored);
    settings[security] = wanted.item_security;
    settings["permissions"] = permissions_json(wanted.permissions);
    client_.call(with_body(Method::put, path_, Idempotency::idempotent, settings));
  }

 private:
  const Client& client_;
  const Routes& routes_;
  CollectionReader collection_;
  std::string path_;
};

}  // namespace reel::appwrite

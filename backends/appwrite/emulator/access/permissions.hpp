#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <emulator/server/version.hpp>
#include <emulator/values/json.hpp>

namespace reel::emulator {

/// Permissions such as `read("any")`, in the order in which they were granted.
using Permissions = std::vector<std::string>;

/// The actions that permissions of collections, tables and buckets may name.
std::span<const std::string_view> container_actions();
/// The actions that permissions of documents, rows and files may name: all but `create`.
std::span<const std::string_view> content_actions();

/// Characters of the longest role in a team, as in `read("team:ID/ROLE")`: 36, and 81 from 1.9 on.
std::size_t longest_team_role(Version version);

/// The server's message about the first mistake in a list of permissions; empty if the list is valid. `allowed` are the
/// valid actions.
std::optional<std::string> permissions_problem(const Json& value, std::span<const std::string_view> allowed,
                                               Version version);

/// The list as it is stored: `write` is replaced by `create`, `update` and `delete`, if `allowed` contains them, and
/// duplicates are removed. The list must be valid by permissions_problem().
Permissions expand_permissions(const Json& value, std::span<const std::string_view> allowed);

/// The role in a permission: `user:alice` in `read("user:alice")`. Empty if the permission is malformed. Refers into
/// `permission`.
std::string_view granted_role(std::string_view permission);

/// Whether a permission grants the action (`read`, `create`, `update` or `delete`) to one of the roles.
bool permits(const Permissions& permissions, std::string_view action, const std::vector<std::string>& roles);
/// The same, with roles compared without case. Lists are filtered by the database, whose collation ignores case.
bool permits_in_list(const Permissions& permissions, std::string_view action, const std::vector<std::string>& roles);

/// Whether two of the permissions differ only in case. The database refuses such a list.
bool collide(const Permissions& permissions);

/// The roles to which the permissions grant the action.
std::vector<std::string> roles_with(const Permissions& permissions, std::string_view action);

/// The permissions of an object whose creator sent none: read, update and delete for that user, none for a guest (an
/// empty id).
Permissions own_permissions(std::string_view user_id);

/// Conversions from and to a JSON array of strings.
Permissions permissions_from(const Json& list);
Json to_json(const Permissions& permissions);

}  // namespace reel::emulator

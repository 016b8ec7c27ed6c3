#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <emulator/values/json.hpp>

namespace reel::emulator {

using Permissions = std::vector<std::string>;

/// What may be granted on collections, tables and buckets.
std::span<const std::string_view> container_actions();
/// What may be granted on documents, rows and files: no `create`.
std::span<const std::string_view> content_actions();

/// What is wrong with a list of permissions, in the server's words; nothing if it may be granted.
std::optional<std::string> permissions_problem(const Json& value, std::span<const std::string_view> allowed);

/// The list as it is stored: `write` becomes those of `allowed` that it stands for, duplicates go.
/// The value must have passed permissions_problem().
Permissions expand_permissions(const Json& value, std::span<const std::string_view> allowed);

/// The role that a permission is granted to, e.g. `user:alice` of `read("user:alice")`.
std::string_view granted_role(std::string_view permission);

/// Whether one of the roles is granted the action (`read`, `create`, `update`, `delete`).
bool permits(const Permissions& permissions, std::string_view action, const std::vector<std::string>& roles);

/// What somebody who names no permissions gives himself: read, update and delete; a guest gives nothing.
Permissions own_permissions(std::string_view user_id);

Permissions permissions_from(const Json& list);
Json to_json(const Permissions& permissions);

}  // namespace reel::emulator

#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <reel/actor.hpp>
#include <reel/permission.hpp>

namespace tool {

/// Runs `check` and turns `invalid` into a `UsageError` that begins with `option`.
void check_usage(std::string_view option, const std::function<void()>& check);

/// The permissions that an argument names: `ACTION:ROLE`, such as `read:any` or `update:team:crew/editor`, or the wire
/// form `ACTION("ROLE")`. `write` means all of create, update and delete that the item can have. `is_item`: of a record
/// or blob, which cannot have permissions to create. Throws `UsageError` for anything else.
[[nodiscard]] std::vector<reel::Permission> permissions_named(const std::string& text, bool is_item);

}  // namespace tool

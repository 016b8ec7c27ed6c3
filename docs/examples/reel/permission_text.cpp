#include "permission_text.hpp"

#include <optional>

#include <reel/driver/validate.hpp>
#include <reel/error.hpp>

#include "commands.hpp"

namespace tool {
namespace {

using Action = reel::Permission::Action;

/// The two parts of the argument, not checked yet.
struct Parts {
  std::string action, role;
};

std::optional<Parts> parts_of(const std::string& text) {
  const std::size_t end = text.find_first_of(":(");
  if (end == std::string::npos) return std::nullopt;
  const std::string action = text.substr(0, end);
  if (text[end] == ':') return Parts{action, text.substr(end + 1)};
  const bool is_whole = text.size() >= end + 4 && text[end + 1] == '"' && text.ends_with("\")");
  if (!is_whole) return std::nullopt;
  return Parts{action, text.substr(end + 2, text.size() - end - 4)};
}

/// The actions of this name; none if there is no such action.
std::vector<Action> actions_named(const std::string& name, bool is_item) {
  if (name == "write" && is_item) return {Action::update, Action::remove};
  if (name == "write") return {Action::create, Action::update, Action::remove};
  for (const Action action : {Action::read, Action::create, Action::update, Action::remove})
    if (name == reel::Permission::name_of(action)) return {action};
  return {};
}

}  // namespace

void check_usage(std::string_view option, const std::function<void()>& check) {
  try {
    check();
  } catch (const reel::Error& error) {
    if (error.code() != reel::Errc::invalid) throw;
    throw UsageError(std::string(option) + ": " + error.reason());
  }
}

std::vector<reel::Permission> permissions_named(const std::string& text, bool is_item) {
  const std::optional<Parts> parts = parts_of(text);
  const std::vector<Action> actions = parts ? actions_named(parts->action, is_item) : std::vector<Action>();
  if (actions.empty())
    throw UsageError("'" + text +
                     "' is not a permission: use ACTION:ROLE, such as read:any or write:user:ada; the actions are "
                     "read, create, update, delete, and write for all of the last three");
  std::vector<reel::Permission> permissions;
  for (const Action action : actions) permissions.emplace_back(action, reel::Role{parts->role});
  check_usage("'" + text + "'", [&] {
    if (is_item) {
      reel::driver::check_permissions(permissions);
    } else {
      reel::driver::check_roles(permissions);
    }
  });
  return permissions;
}

}  // namespace tool

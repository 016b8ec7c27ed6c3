#include <emulator/access/permissions.hpp>

#include <algorithm>
#include <array>

namespace reel::emulator {
namespace {

constexpr std::array<std::string_view, 5> all_actions{"create", "read", "update", "delete", "write"};
constexpr std::array<std::string_view, 3> write_means{"create", "update", "delete"};

struct RoleRule {
  std::string_view name;
  bool identifier;          ///< Whether `role:ID` is required; otherwise it is refused.
  bool dimension;           ///< Whether `/DIMENSION` is optional; otherwise it is refused.
  bool dimension_is_state;  ///< Whether the dimension must be `verified` or `unverified`.
};
constexpr std::array<RoleRule, 7> role_rules{{
    {"any", false, false, false},
    {"guests", false, false, false},
    {"users", false, true, true},
    {"user", true, true, true},
    {"team", true, true, false},
    {"member", true, false, false},
    {"label", true, false, false},
}};

constexpr std::size_t longest_key = 36;

std::string key_rule(std::size_t longest) {
  return "Parameter must contain at most " + std::to_string(longest) +
         " chars. Valid chars are a-z, A-Z, 0-9, period, hyphen, and underscore. Can't start with a special char";
}

constexpr std::string_view label_rule =
    "Value must be a valid string between 1 and 36 chars containing only alphanumeric chars";

struct Parts {
  std::string action, role, identifier, dimension;
};

// PHP's empty(): "0" counts as empty.
bool is_empty(std::string_view text) { return text.empty() || text == "0"; }

bool is_alphanumeric(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9');
}

bool is_key(std::string_view text, std::size_t longest) {
  return !text.empty() && text.size() <= longest && is_alphanumeric(text.front()) &&
         std::all_of(text.begin(), text.end(), [](char letter) {
           return is_alphanumeric(letter) || letter == '.' || letter == '-' || letter == '_';
         });
}

bool is_label(std::string_view text) {
  return !text.empty() && text.size() <= 36 && std::all_of(text.begin(), text.end(), is_alphanumeric);
}

std::vector<std::string> split(std::string_view text, std::string_view separator) {
  std::vector<std::string> pieces;
  for (std::size_t begin = 0;;) {
    const std::size_t end = text.find(separator, begin);
    pieces.emplace_back(text.substr(begin, end == std::string_view::npos ? end : end - begin));
    if (end == std::string_view::npos) return pieces;
    begin = end + separator.size();
  }
}

std::string without(std::string text, std::string_view part) {
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at)) text.erase(at, part.size());
  return text;
}

/// Splits `action("role:identifier/dimension")`. On failure it sets `problem` to the server's message.
Parts parse(const std::string& permission, std::string& problem) {
  const auto halves = split(permission, "(\"");
  if (halves.size() != 2) {
    problem = "Invalid permission string format: \"" + permission + "\".";
    return {};
  }
  Parts parts{.action = halves[0], .role = {}, .identifier = {}, .dimension = {}};
  if (std::find(all_actions.begin(), all_actions.end(), parts.action) == all_actions.end()) {
    problem = "Invalid permission type: \"" + parts.action + "\".";
    return {};
  }
  const std::string full = without(halves[1], "\")");
  const auto pieces = split(full, ":");
  parts.role = pieces[0];
  const bool has_identifier = pieces.size() > 1;
  std::string last = has_identifier ? pieces[1] : full;
  if (full.find('/') != std::string::npos) {
    const auto dimensions = split(last, "/");
    if (dimensions.size() != 2) {
      problem = "Only one dimension can be provided";
    } else if (is_empty(dimensions[1])) {
      problem = "Dimension must not be empty";
    } else {
      last = dimensions[0];
      parts.dimension = dimensions[1];
    }
  }
  (has_identifier ? parts.identifier : parts.role) = last;
  return parts;
}

std::string join(std::string_view separator, const auto& items, auto projection) {
  std::string out;
  for (const auto& item : items) {
    if (!out.empty()) out += separator;
    out += projection(item);
  }
  return out;
}

/// The server's message about a role; empty if it is valid.
std::string role_problem(const Parts& parts, std::size_t longest_role) {
  const auto rule =
      std::find_if(role_rules.begin(), role_rules.end(), [&](const RoleRule& r) { return r.name == parts.role; });
  const std::string role = "Role \"" + parts.role + "\" ";
  if (rule == role_rules.end()) {
    return role +
           "is not allowed. Must be one of: " + join(", ", role_rules, [](const RoleRule& r) { return r.name; }) + ".";
  }
  const bool identified = !is_empty(parts.identifier);
  if (!rule->identifier && identified) return role + "can not have an ID value.";
  if (rule->identifier && !identified) return role + "must have an ID value.";
  const bool label = rule->name == "label";
  if (identified && !(label ? is_label(parts.identifier) : is_key(parts.identifier, longest_key))) {
    return role + "identifier value is invalid: " + (label ? std::string{label_rule} : key_rule(longest_key));
  }
  if (is_empty(parts.dimension)) return {};
  if (!rule->dimension) return role + "can not have a dimension value.";
  if (rule->dimension_is_state && parts.dimension != "verified" && parts.dimension != "unverified") {
    return role + "dimension value is invalid. Must be one of: verified, unverified.";
  }
  if (!is_key(parts.dimension, longest_role)) return role + "dimension value is invalid: " + key_rule(longest_role);
  return {};
}

std::string problem_of(const std::string& permission, std::span<const std::string_view> allowed,
                       std::size_t longest_role) {
  if (permission == "*") return "Wildcard permission \"*\" has been replaced. Use \"any\" instead.";
  if (permission.find("role:") != std::string::npos) {
    return "Permissions using the \"role:\" prefix have been replaced. Use \"users\", \"guests\", or \"any\" instead.";
  }
  if (std::none_of(allowed.begin(), allowed.end(),
                   [&](std::string_view action) { return permission.starts_with(action); })) {
    return "Permission \"" + permission +
           "\" is not allowed. Must be one of: " + join(", ", allowed, [](std::string_view action) { return action; }) +
           ".";
  }
  std::string problem;
  const Parts parts = parse(permission, problem);
  return problem.empty() ? role_problem(parts, longest_role) : problem;
}

std::string compose(std::string_view action, const Parts& parts) {
  std::string out{action};
  out += "(\"" + parts.role;
  if (!is_empty(parts.identifier)) out += ':' + parts.identifier;
  if (!is_empty(parts.dimension)) out += '/' + parts.dimension;
  return out + "\")";
}

}  // namespace

std::span<const std::string_view> container_actions() { return all_actions; }
std::span<const std::string_view> content_actions() { return std::span{all_actions}.subspan(1); }

std::size_t longest_team_role(Version version) { return version >= Version{1, 9, 0} ? 81 : longest_key; }

std::optional<std::string> permissions_problem(const Json& value, std::span<const std::string_view> allowed,
                                               Version version) {
  constexpr std::size_t most = 100;
  if (!is_php_array(value)) return "Permissions must be an array of strings.";
  if (value.size() > most) return "You can only provide up to " + std::to_string(most) + " permissions.";
  for (const Json& permission : value) {
    if (!permission.is_string()) return "Every permission must be of type string.";
    std::string problem = problem_of(permission.get<std::string>(), allowed, longest_team_role(version));
    if (!problem.empty()) return problem;
  }
  return std::nullopt;
}

Permissions expand_permissions(const Json& value, std::span<const std::string_view> allowed) {
  Permissions out;
  const auto add = [&](std::string_view action, const Parts& parts) {
    std::string permission = compose(action, parts);
    if (std::find(out.begin(), out.end(), permission) == out.end()) out.push_back(std::move(permission));
  };
  for (const Json& text : value) {
    std::string problem;
    const Parts parts = parse(text.get<std::string>(), problem);
    if (parts.action != "write") {
      add(parts.action, parts);
      continue;
    }
    for (const std::string_view action : write_means) {
      if (std::find(allowed.begin(), allowed.end(), action) != allowed.end()) add(action, parts);
    }
  }
  return out;
}

std::string_view granted_role(std::string_view permission) {
  const std::size_t begin = permission.find("(\"");
  if (begin == std::string_view::npos || permission.size() < begin + 4) return {};
  return permission.substr(begin + 2, permission.size() - begin - 4);
}

namespace {

bool grants(std::string_view permission, std::string_view action) {
  return permission.starts_with(action) && permission.substr(action.size()).starts_with("(\"");
}

bool is_same_but_for_case(std::string_view one, std::string_view other) {
  const auto lower = [](char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
  };
  return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                    [&](char left, char right) { return lower(left) == lower(right); });
}

}  // namespace

bool permits(const Permissions& permissions, std::string_view action, const std::vector<std::string>& roles) {
  return std::any_of(permissions.begin(), permissions.end(), [&](std::string_view permission) {
    return grants(permission, action) && std::find(roles.begin(), roles.end(), granted_role(permission)) != roles.end();
  });
}

bool permits_in_list(const Permissions& permissions, std::string_view action, const std::vector<std::string>& roles) {
  return std::any_of(permissions.begin(), permissions.end(), [&](std::string_view permission) {
    return grants(permission, action) && std::any_of(roles.begin(), roles.end(), [&](std::string_view role) {
             return is_same_but_for_case(granted_role(permission), role);
           });
  });
}

bool collide(const Permissions& permissions) {
  for (auto one = permissions.begin(); one != permissions.end(); ++one) {
    const bool is_first = std::none_of(permissions.begin(), one,
                                       [&](const std::string& earlier) { return is_same_but_for_case(earlier, *one); });
    if (!is_first) return true;
  }
  return false;
}

std::vector<std::string> roles_with(const Permissions& permissions, std::string_view action) {
  std::vector<std::string> roles;
  for (const std::string& permission : permissions) {
    if (grants(permission, action)) roles.emplace_back(granted_role(permission));
  }
  return roles;
}

Permissions own_permissions(std::string_view user_id) {
  if (user_id.empty()) return {};
  Permissions out;
  for (const std::string_view action : {"read", "update", "delete"}) {
    out.push_back(compose(action, {.action = {}, .role = "user", .identifier = std::string{user_id}, .dimension = {}}));
  }
  return out;
}

Permissions permissions_from(const Json& list) { return list.get<Permissions>(); }
Json to_json(const Permissions& permissions) { return Json(permissions); }

}  // namespace reel::emulator

#include <algorithm>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include <reel/codec.hpp>
#include <reel/driver/validate.hpp>
#include <reel/error.hpp>

#include "choice.hpp"
#include "commands.hpp"
#include "container.hpp"
#include "permission_text.hpp"
#include "store.hpp"
#include "text.hpp"

namespace tool {
enum class Switch { off, on };
}

template <>
struct reel::EnumNames<tool::Switch> {
  static constexpr auto names =
      reel::enum_names(std::pair{tool::Switch::on, "on"}, std::pair{tool::Switch::off, "off"});
};

namespace tool {
namespace {

using Permissions = Container::Permissions;

/// The effect of a command on a list of permissions, and its words.
struct Alteration {
  void (*apply)(Permissions& all, const reel::Permission& one);
  bool adds;            ///< whether a permission that is already there is one that is left alone
  const char* changed;  ///< `granted`
  const char* left;     ///< `already granted`
};

constexpr Alteration granting{[](Permissions& all, const reel::Permission& one) { all.push_back(one); }, true,
                              "granted", "already granted"};
constexpr Alteration revoking{[](Permissions& all, const reel::Permission& one) { std::erase(all, one); }, false,
                              "revoked", "not granted"};

/// The arguments, checked and with the id apart from the permissions.
struct Request {
  Container container;
  std::string id{};
  Permissions permissions{};
  std::optional<bool> item_security{};
};

/// The first argument after NAME is an id if it can be one; no permission can.
Request request_of(const GrantArguments& arguments) {
  Request request{.container{arguments.container, arguments.is_bucket}};
  std::vector<std::string> texts = arguments.permissions;
  if (reel::is_valid_id(arguments.id)) {
    request.id = arguments.id;
  } else if (!arguments.id.empty()) {
    texts.insert(texts.begin(), arguments.id);
  }
  for (const std::string& text : texts)
    for (reel::Permission& one : permissions_named(text, !request.id.empty()))
      request.permissions.push_back(std::move(one));
  if (!arguments.item_security.empty())
    request.item_security = chosen<Switch>("--item-security", arguments.item_security) == Switch::on;
  if (request.item_security && !request.id.empty())
    throw UsageError("--item-security: it is a property of " + request.container.text() + "; remove the id '" +
                     request.id + "'");
  if (request.permissions.empty() && !request.item_security)
    throw UsageError("a PERMISSION is missing, such as read:any or write:user:ada");
  return request;
}

/// Applies the permissions to a list, and returns a line for each in `lines`. Throws `invalid` if the list becomes too
/// long.
Permissions altered(Permissions all, const Request& request, const Alteration& alteration,
                    std::vector<std::string>& lines) {
  lines.clear();
  for (const reel::Permission& one : request.permissions) {
    const bool is_there = std::find(all.begin(), all.end(), one) != all.end();
    const bool changes = is_there != alteration.adds;
    if (changes) alteration.apply(all, one);
    lines.push_back(std::string(changes ? alteration.changed : alteration.left) + ": " + one.str());
  }
  if (alteration.adds) reel::driver::check_roles(all);
  return all;
}

int alter(const GrantArguments& arguments, const Alteration& alteration) {
  const Request request = request_of(arguments);
  const std::string name = request.container.text(request.id);
  Store store(arguments.store);
  std::vector<std::string> lines;
  reel::AccessRules rules = request.container.rules(store);
  if (request.id.empty()) {
    reel::AccessRules wanted{altered(rules.permissions, request, alteration, lines),
                             request.item_security.value_or(rules.item_security)};
    if (wanted != rules) request.container.set_rules(store, std::move(wanted));
  } else {
    request.container.change_permissions(
        store, request.id, [&](const Permissions& all) { return altered(all, request, alteration, lines); });
  }
  for (const std::string& line : lines) std::cout << printable(name + ": " + line) << '\n';
  if (request.item_security)
    std::cout << name << ": item security is " << (*request.item_security ? "on" : "off") << '\n';
  if (!request.id.empty() && !rules.item_security)
    std::cerr << "reel: warning: item security of " << request.container.text()
              << " is off, so that only its own permissions count; 'reel grant STORE " << request.container.id()
              << " --item-security on' changes that" << std::endl;
  return done;
}

}  // namespace

int grant(const GrantArguments& arguments) { return alter(arguments, granting); }
int revoke(const GrantArguments& arguments) { return alter(arguments, revoking); }

}  // namespace tool

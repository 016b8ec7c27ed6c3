#include <array>
#include <iostream>
#include <string>
#include <vector>

#include <reel/actor.hpp>

#include "commands.hpp"
#include "container.hpp"
#include "json.hpp"
#include "store.hpp"
#include "table.hpp"
#include "text.hpp"

namespace tool {
namespace {

using Action = reel::Permission::Action;

/// A role that may do something, and what grants it.
struct Grantee {
  std::string role;
  bool by_item;  ///< the record or blob; otherwise the collection or bucket
};

/// Who may do what.
struct Overview {
  Container container;
  std::string id{};  ///< of the record or blob; empty: the collection or bucket as a whole
  reel::AccessRules rules{};
  Container::Permissions own{};  ///< of the record or blob
  As actor{};

  /// The actions that a collection or bucket, or a record or blob, has permissions for.
  [[nodiscard]] std::vector<Action> actions() const {
    if (id.empty()) return {Action::read, Action::create, Action::update, Action::remove};
    return {Action::read, Action::update, Action::remove};
  }
  /// The roles that may do this; those of the actor if there is one. The collection's come first.
  [[nodiscard]] std::vector<Grantee> grantees(Action action) const {
    std::vector<Grantee> all;
    const auto add = [&](const Container::Permissions& permissions, bool by_item) {
      for (const reel::Permission& one : permissions) {
        const std::string& role = one.role().str();
        if (one.action() == action && (!actor || actor->has(role))) all.push_back({role, by_item});
      }
    };
    add(rules.permissions, false);
    if (rules.item_security) add(own, true);
    return all;
  }
  [[nodiscard]] const char* source(bool by_item) const {
    if (container.is_bucket()) return by_item ? "blob" : "bucket";
    return by_item ? "record" : "collection";
  }
  /// `records` or `blobs`
  [[nodiscard]] const char* items() const { return container.is_bucket() ? "blobs" : "records"; }
};

Json json_of_overview(const Overview& overview) {
  Json actions = Json::object();
  for (const Action action : overview.actions()) {
    Json roles = Json::array();
    for (const auto& [role, by_item] : overview.grantees(action))
      roles.push_back({{"role", role}, {"from", overview.source(by_item)}});
    Json& json = actions[std::string(reel::Permission::name_of(action))];
    if (overview.actor) json["allowed"] = !roles.empty();
    json["roles"] = std::move(roles);
  }
  Json json{{overview.container.is_bucket() ? "bucket" : "collection", overview.container.id()},
            {"item_security", overview.rules.item_security},
            {"actions", std::move(actions)}};
  if (!overview.id.empty()) json["id"] = overview.id;
  if (overview.actor) json["actor"] = overview.actor->str();
  return json;
}

/// One row for each action and source of its roles.
void print_table(const Overview& overview) {
  std::vector<Column> columns{{"ACTION"}};
  if (overview.actor) columns.push_back({"ALLOWED"});
  for (const char* title : {"FROM", "ROLES"}) columns.push_back({title});
  Table table(std::move(columns));
  for (const Action action : overview.actions()) {
    std::array<std::string, 2> roles;  // of the collection and of the record
    for (const auto& [role, by_item] : overview.grantees(action))
      (roles[by_item] += roles[by_item].empty() ? "" : ", ") += role;
    const bool is_allowed = !roles[0].empty() || !roles[1].empty();
    for (const bool by_item : {false, true}) {
      if (roles[by_item].empty() && (is_allowed || by_item)) continue;
      std::vector<std::string> row{std::string(reel::Permission::name_of(action))};
      if (overview.actor) row.emplace_back(is_allowed ? "yes" : "no");
      row.emplace_back(is_allowed ? overview.source(by_item) : "");
      row.push_back(is_allowed ? roles[by_item] : overview.actor ? "" : "none");
      table.add(row);
    }
  }
  table.print();
}

void print_overview(const Overview& overview) {
  std::cout << printable(overview.container.text(overview.id));
  if (overview.actor) std::cout << " for " << overview.actor->str();
  std::cout << '\n';
  print_table(overview);
  if (!overview.rules.item_security) {
    std::cout << "item security is off: permissions of single " << overview.items() << " do not count\n";
  } else if (overview.id.empty()) {
    std::cout << "item security is on: single " << overview.items() << " may have further permissions\n";
  }
}

}  // namespace

int permissions(const PermissionsArguments& arguments) {
  Overview overview{.container{arguments.container, arguments.is_bucket}, .id = arguments.id, .actor = arguments.as};
  Store store(arguments.store);
  overview.rules = overview.container.rules(store);
  if (!arguments.id.empty()) overview.own = overview.container.permissions(store, arguments.id);
  if (arguments.json) {
    write_json(std::cout, json_of_overview(overview));
  } else {
    print_overview(overview);
  }
  return done;
}

}  // namespace tool

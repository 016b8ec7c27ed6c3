#include "copy_options.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <system_error>
#include <utility>

#include <reel/driver/blob_schema.hpp>
#include <reel/video/everything.hpp>

#include "choice.hpp"
#include "command_set.hpp"
#include "commands.hpp"
#include "conflict_names.hpp"
#include "stats_options.hpp"

namespace tool {
namespace {

/// Splits `text` at the first `separator`. Throws `UsageError` if it has none. `form`: what it should look like.
std::pair<std::string, std::string> split(const std::string& option, const std::string& text, char separator,
                                          const std::string& form) {
  const std::size_t at = text.find(separator);
  if (at == std::string::npos || at == 0) throw UsageError(option + ": '" + text + "' is not of the form " + form);
  return {text.substr(0, at), text.substr(at + 1)};
}

/// The collections and buckets with this id: `artifacts`, or only one of them: `bucket/artifacts`. Throws `UsageError`
/// for another name.
std::vector<reel::MigrationKind> kinds_named(const std::string& option, const std::string& name) {
  const std::size_t slash = name.find('/');
  const std::string type = slash == std::string::npos ? "" : name.substr(0, slash);
  const std::string id = slash == std::string::npos ? name : name.substr(slash + 1);
  const reel::MigrationSet all = reel::video::everything;
  std::vector<reel::MigrationKind> kinds;
  std::string ids;
  for (const reel::driver::CollectionSchema* schema : all.collections) {
    if (schema->id == id && (type.empty() || type == "collection")) kinds.push_back({.id = id});
    ids += (ids.empty() ? "" : ", ") + schema->id;
  }
  for (const reel::Bucket& bucket : all.buckets) {
    if (bucket.id == id && (type.empty() || type == "bucket")) kinds.push_back({.id = id, .bucket = true});
    if (ids.find(bucket.id) == std::string::npos) ids += ", " + bucket.id;
  }
  if (kinds.empty())
    throw UsageError(option + ": '" + name + "' is not one of " + ids +
                     "; where a collection and a bucket have the same name, write collection/NAME or bucket/NAME");
  return kinds;
}

/// The options of a collection or bucket, which are added if they are missing.
reel::KindOptions& options_of(reel::MigrationOptions& options, const reel::MigrationKind& kind) {
  const auto is_it = [&](const reel::KindOptions& one) { return one.kind == kind; };
  const auto found = std::find_if(options.kinds.begin(), options.kinds.end(), is_it);
  if (found != options.kinds.end()) return *found;
  return options.kinds.emplace_back(reel::KindOptions{.kind = kind});
}

template <class Number>
std::optional<reel::driver::Value> number_value(const std::string& text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return reel::driver::Value{number};
}

/// The value of an attribute in a string; empty if it has another type.
std::optional<reel::driver::Value> value_of(const reel::driver::AttributeSchema& attribute, const std::string& given) {
  using enum reel::driver::AttributeType;
  switch (attribute.kind) {
    case boolean:
      if (given != "true" && given != "false") return std::nullopt;
      return reel::driver::Value{given == "true"};
    case integer:
      return number_value<std::int64_t>(given);
    case floating:
      return number_value<double>(given);
    case timestamp: {
      const std::optional<reel::Timestamp> time = reel::parse_timestamp(given);
      return time ? std::optional{reel::driver::Value{*time}} : std::nullopt;
    }
    case enumeration:
      if (std::find(attribute.elements.begin(), attribute.elements.end(), given) == attribute.elements.end())
        return std::nullopt;
      return reel::driver::Value{given};
    case text:
    case reference:
      return reel::driver::Value{given};
  }
  return std::nullopt;
}

/// The schema of the attributes by which a collection or bucket is queried.
const reel::driver::CollectionSchema& schema_of_kind(const reel::MigrationKind& kind) {
  const reel::MigrationSet all = reel::video::everything;
  for (const reel::driver::CollectionSchema* schema : all.collections) {
    if (!kind.bucket && schema->id == kind.id) return *schema;
  }
  return reel::schema_of<reel::BlobInfo>();
}

/// `videos:status=done`, or `videos:id=red`
void add_condition(const std::string& text, reel::MigrationOptions& options) {
  const auto [name, rest] = split("--where", text, ':', "KIND:ATTRIBUTE=VALUE");
  const auto [attribute, value] = split("--where", rest, '=', "KIND:ATTRIBUTE=VALUE");
  for (const reel::MigrationKind& kind : kinds_named("--where", name)) {
    const reel::driver::CollectionSchema& schema = schema_of_kind(kind);
    reel::driver::Condition condition{.op = reel::driver::Operator::equal, .attribute = reel::driver::position::id};
    std::optional<reel::driver::Value> wanted = reel::driver::Value{value};
    if (attribute != "id") {
      const std::optional<int> position = schema.position(attribute);
      if (!position) throw UsageError("--where: " + kind.str() + " has no attribute '" + attribute + "'");
      const reel::driver::AttributeSchema& queried = schema.attributes[static_cast<std::size_t>(*position)];
      wanted = value_of(queried, value);
      condition.attribute = *position;
      if (queried.list) condition.op = reel::driver::Operator::contains;
    }
    if (!wanted)
      throw UsageError("--where: '" + value + "' is not a value of the attribute '" + attribute + "' of " + kind.str());
    condition.values.push_back(*std::move(wanted));
    options_of(options, kind).where.push_back(std::move(condition));
  }
}

/// Leaves out everything but `only`, and `except`.
void select(const CopyOptions& given, reel::MigrationOptions& options) {
  for (const std::string& name : given.except) {
    for (const reel::MigrationKind& kind : kinds_named("--except", name)) options_of(options, kind).leave_out = true;
  }
  if (given.only.empty()) return;
  std::vector<reel::MigrationKind> wanted;
  for (const std::string& name : given.only) {
    for (const reel::MigrationKind& kind : kinds_named("--only", name)) wanted.push_back(kind);
  }
  const auto leave_out = [&](const reel::MigrationKind& kind) {
    if (std::find(wanted.begin(), wanted.end(), kind) == wanted.end()) options_of(options, kind).leave_out = true;
  };
  const reel::MigrationSet all = reel::video::everything;
  for (const reel::driver::CollectionSchema* schema : all.collections) leave_out({.id = schema->id});
  for (const reel::Bucket& bucket : all.buckets) leave_out({.id = bucket.id, .bucket = true});
}

}  // namespace

void add_copy_options(CLI::App& command, CopyOptions& options) {
  command.add_option("--on-conflict-in", options.conflicts,
                     "As --on-conflict, for one collection or bucket: KIND=TREATMENT; may be repeated");
  command.add_option("--only", options.only, "Copy only these collections and buckets")->delimiter(',');
  command.add_option("--except", options.except, "Do not copy these collections and buckets")->delimiter(',');
  command.add_option("--where", options.where,
                     "Copy only the records or files with this value: KIND:ATTRIBUTE=VALUE; may be repeated");
  command.add_option("--since", options.since,
                     "Copy only what has changed since a time, or a length of time before now, such as 24h");
  command.add_option("--rename", options.rename,
                     "Another name of a collection or bucket in the target: KIND=NAME; may be repeated");
  command.add_option("--backup", options.backup, "Copy everything that is overwritten to this store first");
  command.add_option("--parallel", options.parallel, "Files and requests at the same time (default 4)")
      ->check(at_least_one);
  command.add_flag("--unordered", options.unordered,
                   "Send requests for records to a server at the same time, too; it then lists them in another order");
  command.add_option("--requests-per-second", options.requests_per_second, "Maximum operations of both stores")
      ->check(at_least_one);
  command.add_option("--limit-rate", options.limit_rate, "Maximum bytes of files per second, such as 500K or 2M")
      ->transform(CLI::AsSizeValue(false));
  command.add_option("--control", options.control, "A socket to create for 'reel control'");
}

Json selection_of(const CopyOptions& options) {
  return {{"on_conflict_in", options.conflicts},
          {"only", options.only},
          {"except", options.except},
          {"where", options.where},
          {"rename", options.rename},
          {"since", options.since}};
}

Json json_of(const CopyOptions& options) {
  Json json = selection_of(options);
  json["backup"] = options.backup;
  json["parallel"] = options.parallel;
  json["unordered"] = options.unordered;
  json["requests_per_second"] = options.requests_per_second;
  json["limit_rate"] = options.limit_rate;
  return json;
}

CopyOptions copy_options_of(const Json& json) {
  const std::vector<std::string> none;
  return {.conflicts = json.value("on_conflict_in", none),
          .only = json.value("only", none),
          .except = json.value("except", none),
          .where = json.value("where", none),
          .rename = json.value("rename", none),
          .since = json.value("since", ""),
          .backup = json.value("backup", ""),
          .parallel = json.value("parallel", std::int64_t{0}),
          .unordered = json.value("unordered", false),
          .requests_per_second = json.value("requests_per_second", std::int64_t{0}),
          .limit_rate = json.value("limit_rate", std::uint64_t{0})};
}

CopySettings::CopySettings(const CopyOptions& given, reel::MigrationOptions& options) {
  for (const std::string& text : given.conflicts) {
    const auto [name, treatment] = split("--on-conflict-in", text, '=', "KIND=TREATMENT");
    for (const reel::MigrationKind& kind : kinds_named("--on-conflict-in", name))
      options_of(options, kind).on_conflict = chosen<reel::OnConflict>("--on-conflict-in", treatment);
  }
  select(given, options);
  for (const std::string& text : given.where) add_condition(text, options);
  for (const std::string& text : given.rename) {
    const auto [name, target] = split("--rename", text, '=', "KIND=NAME");
    for (const reel::MigrationKind& kind : kinds_named("--rename", name)) options_of(options, kind).target_id = target;
  }
  options.changed_within = length_of(given.since);
  if (!given.since.empty() && !options.changed_within)
    options.changed_since = time_option("--since", given.since, reel::now());
  selects_ = !given.since.empty() || std::any_of(options.kinds.begin(), options.kinds.end(), [](const auto& kind) {
    return kind.leave_out || !kind.where.empty();
  });
  if (given.parallel > 0) options.parallelism = static_cast<int>(std::min<std::int64_t>(given.parallel, 256));
  options.ordered = !given.unordered;
  options.requests_per_second = given.requests_per_second;
  options.bytes_per_second = static_cast<std::int64_t>(given.limit_rate);
}

void CopySettings::open(const CopyOptions& given, reel::MigrationOptions& options) {
  if (!given.backup.empty() && !options.plan) options.backup = backup_.emplace(given.backup, Missing::create);
  if (given.control.empty()) return;
  options.control.emplace();
  socket_.emplace(given.control, *options.control);
}

}  // namespace tool

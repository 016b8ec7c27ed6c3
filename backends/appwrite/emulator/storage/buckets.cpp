#include <emulator/server/app.hpp>
#include <emulator/server/project.hpp>
#include <emulator/server/router.hpp>
#include <emulator/server/server_error.hpp>
#include <emulator/storage/storage_access.hpp>
#include <emulator/storage/storage_lists.hpp>

namespace reel::emulator {
namespace {

std::int64_t number(const Json& value) {
  return value.is_string() ? std::stoll(value.get<std::string>()) : value.get<std::int64_t>();
}

/// Reads the settings. Permissions that are not sent keep the value `fallback`; all others get their default.
BucketRules read_rules(const Call& call, Permissions fallback) {
  const Parameters& sent = call.parameters;
  const std::int64_t limit = call.app.config().storage_limit;
  BucketRules rules;
  rules.name = sent.required_text("name", text(128));
  const Json permissions = sent.optional("permissions", nullptr, nullable(permission_list(call, container_actions())));
  rules.permissions =
      permissions.is_null() ? std::move(fallback) : expand_permissions(permissions, container_actions());
  rules.file_security = sent.optional_bool("fileSecurity", false);
  rules.enabled = sent.optional_bool("enabled", true);
  rules.maximum_file_size = number(sent.optional("maximumFileSize", limit, integer_range(1, limit)));
  rules.extensions = sent.optional("allowedFileExtensions", Json::array(), list_of(text(64), text_sentence(64), 100))
                         .get<std::vector<std::string>>();
  rules.compression = sent.optional("compression", "none", one_of({"none", "gzip", "zstd"})).get<std::string>();
  rules.encryption = sent.optional_bool("encryption", true);
  rules.antivirus = sent.optional_bool("antivirus", true);
  rules.transformations = sent.optional_bool("transformations", true);
  return rules;
}

/// Only keys reach the routes of buckets, so `enabled` has no effect here.
Bucket& find_bucket(Call& call) {
  if (Bucket* bucket = call.project.storage->find(call.id("bucketId"))) return *bucket;
  refuse_bucket();
}

Response create_bucket(Call& call) {
  std::string id = call.parameters.required_text("bucketId", custom_id());
  if (id == "unique()") id = make_id();
  Bucket bucket{.id = id, .rules = read_rules(call, {}), .created = call.now, .updated = call.now};
  bucket.search = id + " " + bucket.rules.name;
  if (collide(bucket.rules.permissions) || !call.project.storage->add(bucket)) {
    throw ServerError{409, "storage_bucket_already_exists",
                      "A storage bucket with the requested ID already exists. Try again with a different ID or use "
                      "ID.unique() to generate a unique ID."};
  }
  return json_response(201, to_json(bucket, call.version));
}

Response show_bucket(Call& call) { return json_response(200, to_json(find_bucket(call), call.version)); }

Response update_bucket(Call& call) {
  const std::string id = call.id("bucketId");
  const Bucket* known = call.project.storage->find(id);
  BucketRules rules = read_rules(call, known == nullptr ? Permissions{} : known->rules.permissions);
  Bucket& bucket = find_bucket(call);
  if (collide(rules.permissions)) unknown_error();
  if (bucket.rules != rules) {
    bucket.rules = std::move(rules);
    bucket.updated = call.now;
  }
  return json_response(200, to_json(bucket, call.version));
}

Response delete_bucket(Call& call) {
  call.project.storage->remove(find_bucket(call));
  return no_content();
}

}  // namespace

void add_bucket_routes(Router& router) {
  const RouteOptions read{.area = "storage", .scopes = {"buckets.read"}};
  const RouteOptions write{.area = "storage", .scopes = {"buckets.write"}};
  router.add("POST", "/storage/buckets", write, create_bucket);
  router.add("GET", "/storage/buckets", read, list_buckets);
  router.add("GET", "/storage/buckets/:bucketId", read, show_bucket);
  router.add("PUT", "/storage/buckets/:bucketId", write, update_bucket);
  router.add("DELETE", "/storage/buckets/:bucketId", write, delete_bucket);
}

}  // namespace reel::emulator

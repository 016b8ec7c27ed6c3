#include <emulator/storage/tokens.hpp>

#include <algorithm>
#include <utility>
#include <vector>

#include <emulator/server/project.hpp>
#include <emulator/server/router.hpp>
#include <emulator/server/server_error.hpp>
#include <emulator/storage/storage_access.hpp>
#include <emulator/values/datetime.hpp>
#include <emulator/values/listing.hpp>

namespace reel::emulator {
namespace {

std::string text_of(const std::optional<Time>& time) { return time ? write_time(*time) : std::string{}; }

Json to_json(const FileToken& token) {
  return {{"$id", token.id},
          {"$createdAt", write_time(token.created)},
          {"resourceId", token.bucket_id + ":" + token.file_id},
          {"resourceType", "files"},
          {"expire", text_of(token.expires)},
          {"secret", token.secret},
          {"accessedAt", ""}};
}

/// The parameter `expire`: a time in the future, or null for never.
std::optional<Time> read_expiry(const Call& call) {
  const Validator future = rule(
      [&call](const Json& value) {
        if (!value.is_string()) return false;
        const std::optional<Time> time = read_dated_text(value.get_ref<const std::string&>());
        return time && *time > call.now;
      },
      "Value must be valid date in the future and between 1000-01-01 00:00:00 and 9999-12-31 23:59:59.");
  const Json sent = call.parameters.optional("expire", nullptr, nullable(future));
  return sent.is_null() ? std::nullopt : read_datetime(sent.get_ref<const std::string&>());
}

/// The file of a request about its tokens. Throws 401 unless the caller may read the whole bucket.
const StoredFile& file_of(Call& call) {
  Bucket& bucket = bucket_of(call);
  if (!bucket_permits(call, bucket, "read")) refuse_caller();
  const StoredFile* file = bucket.find(call.path.at("fileId"));
  if (file == nullptr) refuse_file();
  return *file;
}

FileToken& token_of(Call& call) {
  auto& tokens = call.project.storage->tokens;
  const std::string id = call.id("tokenId");
  const auto found = std::find_if(tokens.begin(), tokens.end(), [&](const FileToken& one) { return one.id == id; });
  if (found != tokens.end()) return *found;
  throw ServerError{404, "token_not_found", "The requested file token could not be found."};
}

Response create_token(Call& call) {
  call.id("bucketId");
  call.id("fileId");
  const std::optional<Time> expires = read_expiry(call);
  const StoredFile& file = file_of(call);
  const Bucket& bucket = bucket_of(call);
  if (!bucket_permits(call, bucket, "update") && !(bucket.rules.file_security && file_permits(call, file, "update"))) {
    refuse_caller();
  }
  auto& tokens = call.project.storage->tokens;
  // The secret starts like a real JWT. Only this server reads it, so the rest is random.
  tokens.push_back({.id = make_id(),
                    .secret = "eyJ" + random_hex(33) + ".eyJ" + random_hex(120) + "." + random_hex(43),
                    .bucket_id = bucket.id,
                    .bucket_sequence = bucket.sequence,
                    .file_id = file.id,
                    .file_sequence = file.sequence,
                    .expires = expires,
                    .created = call.now,
                    .updated = call.now});
  return json_response(201, to_json(tokens.back()));
}

Response list_tokens(Call& call) {
  call.id("bucketId");
  call.id("fileId");
  const ListPlan plan = read_list_plan(call, {{"expire", 0, "datetime"}});
  const StoredFile& file = file_of(call);
  const Bucket& bucket = bucket_of(call);
  std::vector<const FileToken*> tokens;
  std::vector<Row> rows;
  for (const FileToken& token : call.project.storage->tokens) {
    if (token.bucket_sequence != bucket.sequence || token.file_sequence != file.sequence) continue;
    tokens.push_back(&token);
    const Json expires = token.expires ? Json(write_time(*token.expires)) : Json();
    rows.push_back({token.id, 0, write_time(token.created), write_time(token.updated), {}, {expires}});
  }
  const Listed listed = list_objects(plan, std::move(rows), "File token");
  Json page = Json::array();
  for (const std::size_t position : listed.positions) page.push_back(to_json(*tokens[position]));
  return json_response(200, {{"total", listed.total}, {"tokens", std::move(page)}});
}

Response show_token(Call& call) { return json_response(200, to_json(token_of(call))); }

Response update_token(Call& call) {
  call.id("tokenId");
  const std::optional<Time> expires = read_expiry(call);
  FileToken& token = token_of(call);
  token.expires = expires;
  token.updated = call.now;
  return json_response(200, to_json(token));
}

Response delete_token(Call& call) {
  const std::string id = token_of(call).id;
  std::erase_if(call.project.storage->tokens, [&](const FileToken& token) { return token.id == id; });
  return no_content();
}

}  // namespace

bool token_opens(const Call& call, const Bucket& bucket, const StoredFile* file) {
  const Json* secret = call.parameters.find("token");
  if (secret == nullptr || !call.since(1, 7)) return false;
  const auto& tokens = call.project.storage->tokens;
  const auto token = std::find_if(tokens.begin(), tokens.end(), [&](const FileToken& one) {
    return *secret == one.secret && (!one.expires || *one.expires >= call.now);
  });
  if (token == tokens.end()) return false;
  const bool same_bucket = token->bucket_sequence == bucket.sequence;
  if (file == nullptr || !same_bucket || token->file_sequence != file->sequence) refuse_caller();
  return true;
}

void add_token_routes(Router& router) {
  constexpr int limit = 60;
  const RouteOptions read{.area = "tokens", .scopes = {"tokens.read"}, .since = {1, 7, 0}};
  const RouteOptions write{.area = "tokens", .scopes = {"tokens.write"}, .limit = limit, .since = {1, 7, 0}};
  router.add("POST", "/tokens/buckets/:bucketId/files/:fileId", write, create_token);
  router.add("GET", "/tokens/buckets/:bucketId/files/:fileId", read, list_tokens);
  router.add("GET", "/tokens/:tokenId", read, show_token);
  router.add("PATCH", "/tokens/:tokenId", write, update_token);
  router.add("DELETE", "/tokens/:tokenId", write, delete_token);
}

}  // namespace reel::emulator

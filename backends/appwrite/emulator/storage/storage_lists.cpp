#include <emulator/storage/storage_lists.hpp>

#include <algorithm>
#include <utility>
#include <vector>

#include <emulator/server/project.hpp>
#include <emulator/storage/storage_access.hpp>
#include <emulator/values/listing.hpp>

namespace reel::emulator {
namespace {

/// A member that queries may use.
template <typename Object>
struct Field {
  std::string key;
  std::string type;
  Json (*value)(const Object&);
};

const std::vector<Field<Bucket>> bucket_fields{
    {"enabled", "boolean", [](const Bucket& bucket) { return Json(bucket.rules.enabled); }},
    {"name", "string", [](const Bucket& bucket) { return Json(bucket.rules.name); }},
    {"fileSecurity", "boolean", [](const Bucket& bucket) { return Json(bucket.rules.file_security); }},
    {"maximumFileSize", "integer", [](const Bucket& bucket) { return Json(bucket.rules.maximum_file_size); }},
    {"encryption", "boolean", [](const Bucket& bucket) { return Json(bucket.rules.encryption); }},
    {"antivirus", "boolean", [](const Bucket& bucket) { return Json(bucket.rules.antivirus); }},
    {"transformations", "boolean", [](const Bucket& bucket) { return Json(bucket.rules.transformations); }},
};

const std::vector<Field<StoredFile>> file_fields{
    {"name", "string", [](const StoredFile& file) { return Json(file.name); }},
    {"signature", "string", [](const StoredFile& file) { return Json(file.signature); }},
    {"mimeType", "string", [](const StoredFile& file) { return Json(file.mime_type); }},
    {"sizeOriginal", "integer", [](const StoredFile& file) { return Json(file.size); }},
    {"chunksTotal", "integer", [](const StoredFile& file) { return Json(file.chunks_total); }},
    {"chunksUploaded", "integer", [](const StoredFile& file) { return Json(file.chunks_uploaded); }},
};

template <typename Object>
ListPlan read_plan(const Call& call, const std::vector<Field<Object>>& fields) {
  std::vector<Column> columns;
  for (const Field<Object>& field : fields) {
    columns.push_back({.key = field.key, .slot = static_cast<int>(columns.size()), .type = field.type});
  }
  const int search_slot = static_cast<int>(fields.size());
  return read_list_plan(call, std::move(columns), search_slot);
}

/// A row for each object: its fields in their order, then the string for `search`.
template <typename Object>
std::vector<Row> rows_of(const std::vector<const Object*>& objects, const std::vector<Field<Object>>& fields) {
  std::vector<Row> rows;
  for (const Object* object : objects) {
    Row& row = rows.emplace_back();
    row.id = object->id;
    row.created_at = write_time(object->created);
    row.updated_at = write_time(object->updated);
    int slot = 0;
    for (const Field<Object>& field : fields) row.set(slot++, field.value(*object));
    row.set(slot, object->search);
  }
  return rows;
}

/// The wanted objects in the order of their creation.
template <typename Map, typename Wanted>
auto sorted(const Map& objects, Wanted wanted) {
  std::vector<const typename Map::mapped_type*> out;
  for (const auto& [key, object] : objects) {
    if (wanted(object)) out.push_back(&object);
  }
  std::sort(out.begin(), out.end(), [](const auto* a, const auto* b) { return a->sequence < b->sequence; });
  return out;
}

}  // namespace

Response list_buckets(Call& call) {
  const auto buckets = sorted(call.project.storage->buckets, [](const Bucket&) { return true; });
  const Listed listed = list_objects(read_plan(call, bucket_fields), rows_of(buckets, bucket_fields), "Bucket");
  Json page = Json::array();
  for (const std::size_t position : listed.positions) page.push_back(to_json(*buckets[position], call.version));
  return json_response(200, {{"total", listed.total}, {"buckets", std::move(page)}});
}

Response list_files(Call& call) {
  call.id("bucketId");
  const ListPlan plan = read_plan(call, file_fields);
  const Bucket& bucket = bucket_of(call);
  const bool whole_bucket = require_bucket(call, bucket, "read");
  const auto files = sorted(bucket.files, [&](const StoredFile& file) {
    return whole_bucket || permits_in_list(file.permissions, "read", call.caller.roles);
  });
  const Listed listed = list_objects(plan, rows_of(files, file_fields), "File");
  Json page = Json::array();
  for (const std::size_t position : listed.positions) page.push_back(to_json(*files[position], bucket, call.version));
  return json_response(200, {{"total", listed.total}, {"files", std::move(page)}});
}

}  // namespace reel::emulator

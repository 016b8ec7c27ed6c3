#include <emulator/storage/storage_snapshot.hpp>

#include <fstream>
#include <memory>
#include <stdexcept>
#include <utility>

namespace reel::emulator {
namespace {

constexpr std::int64_t block = 1024 * 1024;

/// Writes contents to numbered files in a folder.
class BlobWriter {
 public:
  explicit BlobWriter(std::filesystem::path folder) : folder_{std::move(folder)} {
    std::filesystem::create_directories(folder_);
  }

  /// Returns the name of the file.
  std::string write(const Content& content) {
    std::string name = std::to_string(written_++);
    std::ofstream out{folder_ / name, std::ios::binary};
    for (std::int64_t offset = 0; offset < content.size(); offset += block) out << content.read(offset, block);
    if (!out.flush()) throw std::runtime_error{"cannot write '" + (folder_ / name).string() + "'"};
    return name;
  }

 private:
  std::filesystem::path folder_;
  int written_ = 0;
};

Slice read_blob(const std::filesystem::path& file, Spool& spool) {
  std::ifstream in{file, std::ios::binary};
  if (!in) throw std::runtime_error{"cannot read '" + file.string() + "'"};
  Slice slice;
  std::string buffer(static_cast<std::size_t>(block), '\0');
  for (bool first = true; in.read(buffer.data(), block) || in.gcount() > 0; first = false) {
    const std::int64_t offset = spool.append(std::string_view{buffer}.substr(0, static_cast<std::size_t>(in.gcount())));
    if (first) slice.offset = offset;
    slice.size += in.gcount();
  }
  return slice;
}

std::int64_t milliseconds(Time time) { return time.time_since_epoch().count(); }
Time time_at(const Json& milliseconds) { return Time{std::chrono::milliseconds{milliseconds.get<std::int64_t>()}}; }

Json save_file(const StoredFile& file) {
  return {{"id", file.id},
          {"sequence", file.sequence},
          {"name", file.name},
          {"search", file.search},
          {"permissions", file.permissions},
          {"path", file.path},
          {"signature", file.signature},
          {"type", file.mime_type},
          {"size", file.size},
          {"chunks", file.chunks_total},
          {"uploaded", file.chunks_uploaded},
          {"compression", file.compression},
          {"encryption", file.encryption},
          {"created", milliseconds(file.created)},
          {"updated", milliseconds(file.updated)}};
}

StoredFile load_file(const Json& saved) {
  return {.id = saved.at("id"),
          .sequence = saved.at("sequence"),
          .name = saved.at("name"),
          .search = saved.at("search"),
          .permissions = permissions_from(saved.at("permissions")),
          .path = saved.at("path"),
          .signature = saved.at("signature"),
          .mime_type = saved.at("type"),
          .size = saved.at("size"),
          .chunks_total = saved.at("chunks"),
          .chunks_uploaded = saved.at("uploaded"),
          .compression = saved.at("compression"),
          .encryption = saved.at("encryption"),
          .created = time_at(saved.at("created")),
          .updated = time_at(saved.at("updated"))};
}

Json save_rules(const BucketRules& rules) {
  return {{"name", rules.name},
          {"permissions", rules.permissions},
          {"fileSecurity", rules.file_security},
          {"enabled", rules.enabled},
          {"maximum", rules.maximum_file_size},
          {"extensions", rules.extensions},
          {"compression", rules.compression},
          {"encryption", rules.encryption},
          {"antivirus", rules.antivirus},
          {"transformations", rules.transformations}};
}

BucketRules load_rules(const Json& saved) {
  return {.name = saved.at("name"),
          .permissions = permissions_from(saved.at("permissions")),
          .file_security = saved.at("fileSecurity"),
          .enabled = saved.at("enabled"),
          .maximum_file_size = saved.at("maximum"),
          .extensions = saved.at("extensions").get<std::vector<std::string>>(),
          .compression = saved.at("compression"),
          .encryption = saved.at("encryption"),
          .antivirus = saved.at("antivirus"),
          .transformations = saved.at("transformations")};
}

Json save_parts(const Parts& parts, BlobWriter& writer) {
  Json slices = Json::array();
  for (const auto& [number, slice] : parts.slices) {
    slices.push_back({{"number", number}, {"bytes", writer.write(Content{parts.spool, {slice}})}});
  }
  return {{"counted", parts.counted},
          {"slices", std::move(slices)},
          {"joined", writer.write(Content{parts.spool, parts.joined})}};
}

Parts load_parts(const Json& saved, const std::filesystem::path& folder, const std::filesystem::path& spool_folder) {
  Parts parts{.spool = std::make_shared<Spool>(spool_folder), .slices = {}, .counted = saved.at("counted")};
  const auto read = [&](const Json& name) { return read_blob(folder / name.get<std::string>(), *parts.spool); };
  for (const Json& part : saved.at("slices")) parts.slices[part.at("number")] = read(part.at("bytes"));
  if (const Slice joined = read(saved.at("joined")); joined.size != 0) parts.joined.push_back(joined);
  return parts;
}

Json save_bucket(const Bucket& bucket, BlobWriter& writer) {
  Json files = Json::array();
  for (const auto& [key, file] : bucket.files) files.push_back(save_file(file));
  Json contents = Json::object();
  for (const auto& [path, content] : bucket.contents) contents[path] = writer.write(content);
  Json parts = Json::object();
  for (const auto& [path, waiting] : bucket.parts) parts[path] = save_parts(waiting, writer);
  return {{"id", bucket.id},
          {"sequence", bucket.sequence},
          {"search", bucket.search},
          {"rules", save_rules(bucket.rules)},
          {"created", milliseconds(bucket.created)},
          {"updated", milliseconds(bucket.updated)},
          {"next", bucket.next_sequence},
          {"files", std::move(files)},
          {"contents", std::move(contents)},
          {"parts", std::move(parts)}};
}

Json save_token(const FileToken& token) {
  return {{"id", token.id},
          {"secret", token.secret},
          {"bucket", {token.bucket_id, token.bucket_sequence}},
          {"file", {token.file_id, token.file_sequence}},
          {"expires", token.expires ? Json(milliseconds(*token.expires)) : Json()},
          {"created", milliseconds(token.created)},
          {"updated", milliseconds(token.updated)}};
}

FileToken load_token(const Json& saved) {
  FileToken token{.id = saved.at("id"),
                  .secret = saved.at("secret"),
                  .bucket_id = saved.at("bucket").at(0),
                  .bucket_sequence = saved.at("bucket").at(1),
                  .file_id = saved.at("file").at(0),
                  .file_sequence = saved.at("file").at(1),
                  .created = time_at(saved.at("created")),
                  .updated = time_at(saved.at("updated"))};
  if (!saved.at("expires").is_null()) token.expires = time_at(saved.at("expires"));
  return token;
}

}  // namespace

Json save_storage(const StorageState& state, const std::filesystem::path& folder) {
  BlobWriter writer{folder};
  Json buckets = Json::array();
  for (const auto& [key, bucket] : state.buckets) buckets.push_back(save_bucket(bucket, writer));
  Json tokens = Json::array();
  for (const FileToken& token : state.tokens) tokens.push_back(save_token(token));
  return {{"next", state.next_sequence}, {"buckets", std::move(buckets)}, {"tokens", std::move(tokens)}};
}

void load_storage(const Json& saved, const std::filesystem::path& folder, const std::filesystem::path& spool_folder,
                  StorageState& state) {
  for (const Json& one : saved.at("buckets")) {
    Bucket bucket{.id = one.at("id"),
                  .search = one.at("search"),
                  .rules = load_rules(one.at("rules")),
                  .created = time_at(one.at("created")),
                  .updated = time_at(one.at("updated"))};
    for (const Json& file : one.at("files")) {
      bucket.next_sequence = file.at("sequence");
      bucket.add(load_file(file));
    }
    bucket.next_sequence = one.at("next");
    for (const auto& item : one.at("contents").items()) {
      const auto spool = std::make_shared<Spool>(spool_folder);
      const Slice slice = read_blob(folder / item.value().get<std::string>(), *spool);
      bucket.contents[item.key()] = Content{spool, {slice}};
    }
    for (const auto& item : one.at("parts").items()) {
      bucket.parts[item.key()] = load_parts(item.value(), folder, spool_folder);
    }
    state.next_sequence = one.at("sequence");
    state.add(std::move(bucket));
  }
  for (const Json& token : saved.at("tokens")) state.tokens.push_back(load_token(token));
  state.next_sequence = saved.at("next");
}

}  // namespace reel::emulator

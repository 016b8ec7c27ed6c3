#include <filesystem>
#include <iostream>
#include <string>
#include <string_view>

#include <reel/blob_store.hpp>
#include <reel/video/buckets.hpp>

#include "commands.hpp"
#include "json.hpp"
#include "store.hpp"
#include "table.hpp"
#include "terminal.hpp"
#include "text.hpp"

namespace tool {
namespace {

namespace fs = std::filesystem;
using Blobs = reel::BlobStore<Store>;

reel::Bucket bucket_named(const std::string& name) {
  std::string names;
  for (const reel::Bucket& bucket : reel::video::buckets()) {
    if (bucket.id == name) return bucket;
    names += (names.empty() ? "" : ", ") + bucket.id;
  }
  throw UsageError("BUCKET: '" + name + "' is none of " + names);
}

Json json_of_blob(const reel::BlobInfo& info) {
  Json permissions = Json::array();
  for (const reel::Permission& permission : info.permissions) permissions.push_back(permission.str());
  return {{"$id", info.id.str()},
          {"$createdAt", reel::format_timestamp(info.created_at)},
          {"$updatedAt", reel::format_timestamp(info.updated_at)},
          {"$permissions", std::move(permissions)},
          {"name", info.name},
          {"size", info.size},
          {"md5", info.md5},
          {"content_type", info.content_type}};
}

std::vector<std::string> row_of(const reel::BlobInfo& info) {
  return {info.id.str(), size_text(info.size), info.content_type, info.name};
}

/// Where `get` writes: the file that was named, or one named as the blob in the current folder or the one named.
fs::path file_for(const reel::BlobInfo& info, const std::string& named) {
  fs::path path = named;
  if (named.empty() || fs::is_directory(path)) {
    const std::string name = info.name.substr(info.name.rfind('/') + 1);
    if (name.empty() || name == "." || name == "..")
      throw reel::Error(reel::Errc::invalid,
                        "the blob's name '" + printable(info.name) + "' is no file name; name one");
    path /= name;
  }
  return path;
}

}  // namespace

int blobs_list(const BlobsArguments& arguments) {
  const reel::Bucket bucket = bucket_named(arguments.bucket);
  Store store(arguments.store);
  Table table({{"ID"}, {"SIZE", Align::right}, {"TYPE"}, {"NAME"}});
  Json list = Json::array();
  for (const reel::BlobInfo& info : Blobs(store, bucket).all()) {
    if (arguments.json) {
      list.push_back(json_of_blob(info));
    } else {
      table.add(row_of(info));
    }
  }
  if (arguments.json) {
    write_json(std::cout, list);
  } else if (table.empty()) {
    std::cout << "no blobs\n";
  } else {
    table.print();
  }
  return done;
}

int blobs_get(const BlobsArguments& arguments) {
  catch_interrupts();
  const reel::Bucket bucket = bucket_named(arguments.bucket);
  Store store(arguments.store);
  const Blobs blobs(store, bucket);
  const reel::BlobId id{arguments.id};
  const reel::GetOptions options{.stop = interrupted};
  if (arguments.file == "-") {
    blobs.get(id, reel::to_stream(std::cout), options);
    return done;
  }
  const fs::path path = file_for(blobs.stat(id), arguments.file);
  if (!arguments.force && fs::exists(fs::symlink_status(path)))
    throw reel::Error(reel::Errc::already_exists, "'" + path.string() + "' is there; --force replaces it");
  const reel::BlobInfo info = blobs.get(id, reel::to_file(path), options);
  std::cout << path.string() << ": " << size_text(info.size) << ", md5 " << info.md5 << '\n';
  return done;
}

int blobs_put(const BlobsArguments& arguments) {
  catch_interrupts();
  const reel::Bucket bucket = bucket_named(arguments.bucket);
  Store store(arguments.store);
  const reel::BlobId id = arguments.id.empty() ? reel::BlobId::make() : reel::BlobId{arguments.id};
  const reel::BlobInfo info =
      Blobs(store, bucket)
          .put(id, reel::from_file(arguments.file), {.overwrite = arguments.overwrite, .stop = interrupted});
  std::cout << info.id.str() << ": " << size_text(info.size) << ", md5 " << info.md5 << '\n';
  return done;
}

int blobs_remove(const BlobsArguments& arguments) {
  const reel::Bucket bucket = bucket_named(arguments.bucket);
  Store store(arguments.store);
  if (!Blobs(store, bucket).remove(reel::BlobId{arguments.id}))
    throw reel::Error(reel::Errc::not_found, "there is no such blob", {.collection = bucket.id, .id = arguments.id});
  std::cout << arguments.id << " removed\n";
  return done;
}

}  // namespace tool

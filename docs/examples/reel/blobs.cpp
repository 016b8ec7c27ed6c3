#include <cstdint>
#include <filesystem>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <reel/backends/legacy/model.hpp>
#include <reel/blob_store.hpp>
#include <reel/driver/change_rules.hpp>
#include <reel/driver/file/output_file.hpp>
#include <reel/md5.hpp>

#include "accounting.hpp"
#include "choice.hpp"
#include "commands.hpp"
#include "json.hpp"
#include "printable_output.hpp"
#include "state_folder.hpp"
#include "store.hpp"
#include "table.hpp"
#include "terminal.hpp"
#include "text.hpp"
#include "transfer_line.hpp"

namespace tool {
namespace {

namespace fs = std::filesystem;
using StoreBlobs = reel::BlobStore<Store>;

std::vector<std::string> row_of(const reel::BlobInfo& info) {
  return {info.id.str(), size_text(info.size), info.content_type, info.name};
}

/// The path that `get` writes to: FILE, or a file with the blob's name in FILE if that is a folder, or in the current
/// folder if FILE is missing.
fs::path file_for(const reel::BlobInfo& info, const std::string& named) {
  fs::path path = named;
  std::error_code unknown;
  if (named.empty() || fs::is_directory(path, unknown)) {
    const std::string name = info.name.substr(info.name.rfind('/') + 1);
    if (name.empty() || name == "." || name == "..")
      throw reel::Error(reel::Errc::invalid,
                        "the blob's name '" + printable(info.name) + "' is not a valid file name; specify FILE");
    path /= name;
  }
  return path;
}

/// How the target path is written to, which depends on its current type.
enum class Target {
  free,      ///< does not exist
  replaced,  ///< a regular file or a block device: has content, and needs --force
  stream,    ///< a pipe, a terminal, an open descriptor: bytes go through it
};

Target target_at(const fs::path& path) {
  std::error_code unknown;
  if (!fs::exists(fs::symlink_status(path, unknown))) return Target::free;
  if (reel::driver::link_target(path.string()).descriptor >= 0) return Target::stream;
  const fs::file_status found = fs::status(path, unknown);
  return fs::is_fifo(found) || fs::is_character_file(found) ? Target::stream : Target::replaced;
}

/// The path of the ledger that stores the progress of an upload. Creates its folder.
std::string ledger_for(const BlobsArguments& arguments) {
  if (arguments.id.empty()) throw UsageError("--resume needs --id: the id of the blob whose upload was interrupted");
  const fs::path folder = state_folder("uploads", "the progress of uploads");
  const std::string name = arguments.store + '\n' + arguments.bucket + '\n' + arguments.id;
  return (folder / (reel::md5_hex(name) + ".json")).string();
}

}  // namespace

int blobs_list(const BlobsArguments& arguments) {
  const reel::Bucket bucket = bucket_named("BUCKET", arguments.bucket);
  Store store(arguments.store, Missing::refuse, {.as = arguments.as});
  Table table({{"ID"}, {"SIZE", Align::right}, {"TYPE"}, {"NAME"}});
  Json list = Json::array();
  for (const reel::BlobInfo& info : StoreBlobs(store, bucket).all()) {
    if (arguments.json) {
      list.push_back(json_of(info));
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
  return status_of_reading(store.tree());
}

int blobs_get(const BlobsArguments& arguments) {
  catch_interrupts();
  const reel::Bucket bucket = bucket_named("BUCKET", arguments.bucket);
  Store store(arguments.store, Missing::refuse, {.as = arguments.as});
  const StoreBlobs blobs(store, bucket);
  const reel::BlobId id{arguments.id};
  const auto get = [&](auto&& sink) {
    TransferLine line(arguments.id);
    return blobs.get(id, sink,
                     {.on_progress = [&line](const reel::Progress& progress) { line.show(progress); },
                      .stop = interrupted,
                      .max_rate = static_cast<std::int64_t>(arguments.max_rate)});
  };
  if (arguments.file == "-") {
    const RawOutput raw(std::cout);
    get(reel::to_stream(std::cout));
    return done;
  }
  const fs::path path = file_for(blobs.stat(id), arguments.file);
  const Target target = target_at(path);
  if (target == Target::replaced && !arguments.force)
    throw reel::Error(reel::Errc::already_exists, "'" + path.string() + "' already exists; use --force to replace it");
  const reel::BlobInfo info = get(reel::to_file(path));
  if (target == Target::stream) return done;  // which may be standard output
  std::cout << path.string() << ": " << size_text(info.size) << ", md5 " << info.md5 << '\n';
  return done;
}

int blobs_put(const BlobsArguments& arguments) {
  catch_interrupts();
  const reel::Bucket bucket = bucket_named("BUCKET", arguments.bucket);
  Store store(arguments.store, Missing::refuse, {.as = arguments.as});
  const reel::BlobId id = arguments.id.empty() ? reel::BlobId::make() : reel::BlobId{arguments.id};
  reel::PutOptions options{
      .overwrite = arguments.overwrite, .stop = interrupted, .max_rate = static_cast<std::int64_t>(arguments.max_rate)};
  if (arguments.resume) options.ledger = ledger_for(arguments);
  const reel::BlobInfo info = [&] {
    TransferLine line(arguments.file);
    options.on_progress = [&line](const reel::Progress& progress) { line.show(progress); };
    try {
      return StoreBlobs(store, bucket).put(id, reel::from_file(arguments.file), options);
    } catch (const reel::Error& error) {
      if (error.code() == reel::Errc::unsupported && store.tree())
        throw reel::Error(error.code(), "only migrate and mirror write to a legacy: store", error.context());
      if (error.code() != reel::Errc::already_exists) throw;
      throw reel::driver::id_taken("blob", "use --overwrite to replace it").within(error.context());
    }
  }();
  std::cout << info.id.str() << ": " << size_text(info.size) << ", md5 " << info.md5 << '\n';
  return done;
}

int blobs_remove(const BlobsArguments& arguments) {
  const reel::Bucket bucket = bucket_named("BUCKET", arguments.bucket);
  Store store(arguments.store, Missing::refuse, {.as = arguments.as});
  if (!StoreBlobs(store, bucket).remove(reel::BlobId{arguments.id}))
    throw reel::driver::no_such("blob", {.operation = "remove", .collection = bucket.id, .id = arguments.id});
  std::cout << arguments.id << " removed\n";
  return done;
}

int blobs_scrub(const BlobsArguments& arguments) {
  catch_interrupts();
  const reel::Bucket bucket = bucket_named("BUCKET", arguments.bucket);
  Store store(arguments.store, Missing::refuse, {.as = arguments.as});
  const reel::ScrubReport report = StoreBlobs(store, bucket).scrub({.stop = interrupted});
  for (const reel::Error& failure : report.failures) std::cout << failure.what() << '\n';
  std::cout << counted(report.blobs, "blob") << " read, " << size_text(report.bytes) << " intact";
  if (!report.failures.empty()) std::cout << ", " << report.failures.size() << " failed";
  std::cout << (report.complete ? "\n" : "; interrupted\n");
  return report.ok() ? done : not_clean;
}

}  // namespace tool

#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <reel/any_store.hpp>
#include <reel/backends/appwrite.hpp>
#include <reel/backends/filesystem.hpp>
#include <reel/backends/legacy.hpp>
#include <reel/backends/memory.hpp>
#include <reel/blob_store.hpp>
#include <reel/json.hpp>
#include <reel/migration/set_up.hpp>
#include <reel/repository.hpp>
#include <reel/video/artifact.hpp>
#include <reel/video/buckets.hpp>
#include <reel/video/scene.hpp>
#include <reel/video/video.hpp>

#include "support/appwrite_local.hpp"
#include "support/emulator_process.hpp"
#include "support/filesystem/temporary_folder.hpp"

/// The four stores between which migrations are tested, with data that outlive the object that has them open.
namespace migration_pairs {

enum class Kind { memory, filesystem, legacy, appwrite };

inline constexpr std::array kinds{Kind::memory, Kind::filesystem, Kind::legacy, Kind::appwrite};

[[nodiscard]] constexpr std::string_view name_of(Kind kind) {
  constexpr std::array<std::string_view, kinds.size()> names{"Memory", "Filesystem", "Legacy", "Appwrite"};
  return names[static_cast<std::size_t>(kind)];
}

/// The collections and buckets that all four stores have.
[[nodiscard]] inline reel::MigrationSet set() {
  return reel::migration_set<reel::video::Video, reel::video::Scene, reel::video::Artifact>(reel::video::buckets());
}

/// The data of one store. They can be opened again and again, also by another process, where there is only a copy of
/// those in memory.
class Site {
 public:
  virtual ~Site() = default;
  /// Opens the store. At most one may be open at a time, unless all only read.
  [[nodiscard]] virtual reel::AnyStore open() const = 0;
};

class MemorySite final : public Site {
 public:
  [[nodiscard]] reel::AnyStore open() const override { return reel::AnyStore(store_); }

 private:
  std::shared_ptr<reel::Memory> store_ = std::make_shared<reel::Memory>();
};

class FilesystemSite final : public Site {
 public:
  explicit FilesystemSite(std::string folder) : folder_(std::move(folder)) {}
  [[nodiscard]] reel::AnyStore open() const override {
    return reel::AnyStore::make<reel::Filesystem>(folder_,
                                                  reel::FilesystemOptions{.durability = reel::Durability::relaxed});
  }

 private:
  std::string folder_;
};

class LegacySite final : public Site {
 public:
  LegacySite(std::string folder, bool is_writable) : folder_(std::move(folder)), is_writable_(is_writable) {}
  [[nodiscard]] reel::AnyStore open() const override {
    reel::LegacyOptions options{.durable = false};
    if (is_writable_) options.write_as = reel::legacy::Variant::v2;
    return reel::AnyStore::make<reel::Legacy>(folder_, options);
  }

 private:
  std::string folder_;
  bool is_writable_;
};

/// A server of this process, which takes the largest films.
class Server {
 public:
  Server() { app_.add_project("project", {reel::emulator::ApiKey{"all", "secret", {"*"}}}); }

  /// A store that needs no socket.
  [[nodiscard]] reel::Appwrite store() {
    return reel::Appwrite(config("http://127.0.0.1/v1"),
                          reel::appwrite::AnyTransport(std::make_shared<appwrite_local::Transport>(app_)));
  }
  [[nodiscard]] reel::emulator::App& app() { return app_; }

  [[nodiscard]] static reel::AppwriteConfig config(const std::string& endpoint) {
    reel::AppwriteConfig config;
    config.endpoint = endpoint;
    config.project = "project";
    config.key = reel::ApiKey("secret");
    config.retry.first_wait = std::chrono::milliseconds{1};
    return config;
  }

 private:
  reel::emulator::App app_{[] {
    reel::emulator::Config config;
    config.storage_limit = 500 * reel::MiB;
    config.worker_delay = {};
    return config;
  }()};
};

/// A project on a server in a separate process.
class AppwriteSite final : public Site {
 public:
  /// Begins with the content of `server`.
  explicit AppwriteSite(Server& server) : process_(server.app()) {}
  [[nodiscard]] reel::AnyStore open() const override {
    return reel::AnyStore::make<reel::Appwrite>(Server::config(process_.url()));
  }

 private:
  reel::testing::EmulatorProcess process_;
};

/// Creates sites without content. The collections and buckets of `set` exist on servers, because setting them up is
/// slow.
class Sites {
 public:
  explicit Sites(const reel::MigrationSet& set = migration_pairs::set()) {
    reel::Appwrite store = server_.store();
    reel::set_up(store, set);
  }

  [[nodiscard]] std::unique_ptr<Site> make(Kind kind) {
    switch (kind) {
      case Kind::memory:
        return std::make_unique<MemorySite>();
      case Kind::filesystem:
        return std::make_unique<FilesystemSite>(new_folder());
      case Kind::legacy:
        return std::make_unique<LegacySite>(new_folder(), true);
      case Kind::appwrite:
        break;
    }
    return std::make_unique<AppwriteSite>(server_);
  }
  /// A path that is not in use.
  [[nodiscard]] std::string new_folder() { return folder_ / std::to_string(++folders_); }

 private:
  reel::testing::TemporaryFolder folder_;
  int folders_ = 0;
  Server server_;
};

/// The parts of records and blobs that `contents` returns.
struct Fields {
  bool permissions = true;  ///< `Legacy` keeps none
  bool blob_times = true;   ///< `Appwrite` sets its own
  bool order = true;        ///< the order of the lines
};

/// The fields that both stores keep.
[[nodiscard]] constexpr Fields common_fields(Kind one, Kind other) {
  return {.permissions = one != Kind::legacy && other != Kind::legacy,
          .blob_times = one != Kind::appwrite && other != Kind::appwrite};
}

template <class T>
void add_records(reel::AnyStore& store, const Fields& fields, std::vector<std::string>& lines) {
  for (const reel::Record<T>& record : reel::Repository<T, reel::AnyStore>(store).all(reel::Query<T>{})) {
    nlohmann::json line(record);
    line.erase("$sequence");
    std::sort(line["$permissions"].begin(), line["$permissions"].end());
    if (!fields.permissions) line.erase("$permissions");
    lines.push_back(reel::schema_of<T>().id + ' ' + line.dump());
  }
}

inline void add_blobs(reel::AnyStore& store, const reel::Bucket& bucket, const Fields& fields,
                      std::vector<std::string>& lines) {
  const reel::BlobStore<reel::AnyStore> blobs(store, bucket);
  for (const reel::BlobInfo& blob : blobs.all()) {
    std::string content;
    blobs.get(blob.id, reel::to_bytes(content));
    nlohmann::json line{{"id", blob.id.str()}, {"name", blob.name}, {"content", reel::md5_hex(content)}};
    if (fields.permissions) {
      std::set<std::string> permissions;
      for (const reel::Permission& permission : blob.permissions) permissions.insert(permission.str());
      line["permissions"] = permissions;
    }
    if (fields.blob_times) {
      line["created"] = reel::format_timestamp(blob.created_at);
      line["updated"] = reel::format_timestamp(blob.updated_at);
    }
    lines.push_back(bucket.id + ' ' + line.dump());
  }
}

/// One line for each record and blob of `wanted`, in the order of the store. The collections are some of those of
/// `set()`.
[[nodiscard]] inline std::vector<std::string> contents(reel::AnyStore store, const reel::MigrationSet& wanted,
                                                       const Fields& fields = {}) {
  std::vector<std::string> lines;
  const auto add = [&]<class T>(std::type_identity<T>) {
    const auto& all = wanted.collections;
    if (std::find(all.begin(), all.end(), &reel::schema_of<T>()) != all.end()) add_records<T>(store, fields, lines);
  };
  add(std::type_identity<reel::video::Video>{});
  add(std::type_identity<reel::video::Scene>{});
  add(std::type_identity<reel::video::Artifact>{});
  for (const reel::Bucket& bucket : wanted.buckets) add_blobs(store, bucket, fields, lines);
  if (!fields.order) std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace migration_pairs

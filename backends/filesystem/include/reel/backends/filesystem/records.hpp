#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <reel/backends/filesystem/access_file.hpp>
#include <reel/backends/filesystem/collection.hpp>
#include <reel/backends/filesystem/file_signals.hpp>
#include <reel/backends/filesystem/journal_feed.hpp>
#include <reel/backends/filesystem/open_parts.hpp>
#include <reel/backends/filesystem/store_folder.hpp>
#include <reel/backends/filesystem/stored_schemas.hpp>
#include <reel/driver/change_feed.hpp>
#include <reel/driver/per_process.hpp>
#include <reel/driver/schema_change.hpp>

namespace reel::filesystem {

/// The records of a store: the `local::Medium` of `Store`. Collections are opened by their first use in each process.
/// Thread-safe.
class Records {
 public:
  /// See `local::Medium`.
  using Bodies = DiskBodies;

  /// The collections in the folder of a store. Opens nothing.
  explicit Records(const StoreFolder& folder)
      : folder_(folder),
        opened_([this] { return std::make_unique<Opened>(*folder_.settings.calls, folder_.path + "/collections"); }) {}

  /// See `local::Medium`.
  void ensure(const driver::CollectionSchema& schema) {
    OpenPart<Collection>& part = opened_.get().collections.at(schema.id);
    const std::unique_lock lock(part.mutex);
    if (!part.open || !part.open->serves(schema)) {
      part.open.reset();
      part.open = open(schema, Collection::Mode::ensure);
    }
    folder_.store_access(folder_.collection(schema.id), schema.access);
  }

  /// See `local::Medium`.
  template <class Look>
  std::invoke_result_t<Look&, const DiskTable&> read(const driver::CollectionSchema& schema, Look&& look) const {
    return collection(schema)->read(look);
  }

  /// See `local::Medium`.
  template <class Work>
  void commit(const driver::CollectionSchema& schema, bool several, Work&& work) {
    folder_.writable(opened_.get().collections.at(schema.id), [&] { return collection(schema); })->write(work, several);
  }

  /// See `local::Medium`. Collections of other programs are included.
  [[nodiscard]] std::vector<std::shared_ptr<const driver::CollectionSchema>> schemas() const {
    return opened_.get().schemas.all();
  }

  /// See `local::Medium`.
  [[nodiscard]] std::optional<Error> refusal(const driver::CollectionSchema& schema) const {
    return folder_.refusal_in(folder_.collection(schema.id));
  }

  /// See `local::Medium`. Another program may change them, so each call reads them again.
  [[nodiscard]] driver::StoredAccessPtr access(const driver::CollectionSchema& schema) const {
    static_cast<void>(collection(schema));
    return driver::access_at_present(read_access(*folder_.settings.calls, folder_.collection(schema.id)));
  }

  /// See `local::Medium`.
  [[nodiscard]] std::shared_ptr<driver::ChangeFeed> changes(const driver::CollectionSchema& schema) const {
    static_cast<void>(collection(schema));
    return std::make_shared<JournalFeed>(folder_.feed_traits(), *folder_.settings.calls, folder_.collection(schema.id),
                                         schema, [this, &schema] {
                                           return FeedAccess{collection(schema), &opened_.get().signals};
                                         });
  }

  /// Puts commits without a sync on the medium. See `Collection::seal`.
  void seal() {
    opened_.get().collections.for_each([](Collection& collection) { collection.seal(); });
  }

 private:
  /// The state that belongs to one process.
  struct Opened {
    Opened(FileCalls& calls, std::string folder) : schemas(calls, std::move(folder)) {}
    StoredSchemas schemas;
    FileSignals signals{};
    OpenParts<Collection> collections{};
  };

  [[nodiscard]] std::shared_ptr<Collection> open(const driver::CollectionSchema& schema, Collection::Mode mode) const {
    return std::make_shared<Collection>(folder_.settings, folder_.collection(schema.id), schema, mode);
  }

  /// The open collection, opened now if necessary. Throws `conflict` if it is open with other attributes.
  [[nodiscard]] std::shared_ptr<Collection> collection(const driver::CollectionSchema& schema) const {
    auto found =
        opened_.get().collections.at(schema.id).opened([&] { return open(schema, Collection::Mode::existing); });
    driver::require_same_attributes(found->schema(), schema);
    return found;
  }

  StoreFolder folder_;
  driver::PerProcess<Opened> opened_;
};

}  // namespace reel::filesystem

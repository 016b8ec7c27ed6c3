#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <reel/actor.hpp>
#include <reel/any_store.hpp>
#include <reel/backends/legacy/model.hpp>
#include <reel/driver/layer.hpp>
#include <reel/error.hpp>
#include <reel/store_url.hpp>

namespace reel::legacy {
struct Tree;
enum class Variant;
}  // namespace reel::legacy

namespace tool {

/// The handling of a store that does not exist.
enum class Missing {
  refuse,   ///< throw `not_found`, so that a mistyped name does not create a store
  create,   ///< create it, with relaxed durability: writes survive a power loss only after `sync()`, and are much
            ///< faster
  imagine,  ///< use an empty store in memory, for a plan
};

/// Options for opening a store. They concern legacy trees unless stated otherwise.
struct TreeOptions {
  bool read_texts = false;                          ///< check the contents of every text file for diagnostics
  std::string topics{};                             ///< file with a catalogue of topics, see `read_topics`; empty: none
  std::optional<reel::legacy::Variant> write_as{};  ///< empty: open for reading
  bool limit_buckets = false;                       ///< Appwrite only: see SetupOptions::limit_buckets_to_server
  std::optional<reel::Actor> as{};                  ///< any store: act for this actor, see `reel::as`
};

/// The store of a URL. Commands use this type whatever the backend is.
class Store : public reel::driver::Layer<reel::AnyStore> {
 public:
  /// Throws the errors of `reel::open`, and `UsageError` for a catalogue of topics with a store that is not a legacy
  /// tree or for a legacy: URL with the option `write`.
  explicit Store(const std::string& url, Missing missing = Missing::refuse, const TreeOptions& options = {});
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// The store below, which does not skip records that cannot be read. It acts for `TreeOptions::as`. Thread-safe.
  using Layer::below;
  using Layer::url;
  [[nodiscard]] const std::string& url() const { return url_.str(); }
  /// The folder of a `file:` or `legacy:` store, empty for other stores.
  [[nodiscard]] const std::string& folder() const { return folder_; }
  /// Returns whether the URL has the option `readonly`.
  [[nodiscard]] bool is_read_only() const { return url_.has("readonly"); }
  /// The tree of a `legacy:` store, null for other stores.
  [[nodiscard]] const reel::legacy::Tree* tree() const;
  /// Call before copying a legacy tree into `target`. Reuses the checksums that `target` has for unchanged files, so
  /// that these files are not read.
  void recall(Store& target);
  /// Puts everything written on the medium, where the store holds writes back; see `Missing::create`.
  void sync();
  /// Whether the store signals changes to watches. Others are asked at intervals.
  [[nodiscard]] bool signals_changes() const;

  /// Makes `list` and `count` skip records and blobs that cannot be read, and collect their errors in `unread()`.
  void read_around() { reads_around_ = true; }
  /// The errors of the skipped records and blobs, without duplicates.
  [[nodiscard]] const std::vector<reel::Error>& unread() const { return unread_; }

  reel::driver::Page<reel::driver::DocumentPtr> list(const reel::driver::CollectionSchema& schema,
                                                     const reel::driver::QueryTree& query);
  std::int64_t count(const reel::driver::CollectionSchema& schema, const reel::driver::QueryTree& query);
  reel::driver::Page<reel::BlobInfo> list(const reel::Bucket& bucket, const reel::BlobQuery& query);

  /// Reports what `ensure` would do, if the backend can determine it without a change; otherwise only whether the
  /// collection or bucket exists. For a store opened with `Missing::imagine`: whether it could be created.
  reel::driver::SetupPreview preview(const reel::driver::CollectionSchema& schema) { return preview_of(schema); }
  reel::driver::SetupPreview preview(const reel::Bucket& bucket) { return preview_of(bucket); }
  [[nodiscard]] reel::driver::AbilitySet abilities() const;
  /// As `LimitsBackend`. For a store opened with `Missing::imagine`: those of the store that would be created.
  [[nodiscard]] reel::driver::StoreLimits limits() const;

 private:
  Store(reel::AnyStore whole, const std::string& url, Missing missing, const TreeOptions& options);
  template <class Container>
  reel::driver::SetupPreview preview_of(const Container& container);
  /// Moves the errors of a page to `unread_` if unreadable items are skipped.
  void skip(std::vector<reel::Error>& failed, const std::string& kind);

  reel::AnyStore whole_;  ///< the store with full rights
  reel::StoreUrl url_;
  std::string folder_;
  bool is_rehearsal_ = false;  ///< opened with `Missing::imagine`
  bool reads_around_ = false;
  std::vector<reel::Error> unread_{};
};

static_assert(reel::driver::check_layer<Store>());

/// Prints the errors of `unread()` to standard error. Returns the exit status of a reading command: `not_clean` if
/// there are any, otherwise `done`.
[[nodiscard]] int report_unread(const Store& store);

/// Creates every collection and bucket of the pipeline, or updates their schemas.
void set_up(Store& store);

/// The result of `read`, or `otherwise` if the store does not have the collection or bucket, or if the actor may not
/// read it.
template <class Read, class T>
T read_or(const Read& read, T otherwise) {
  try {
    return read();
  } catch (const reel::Error& error) {
    if (error.code() != reel::Errc::not_found) throw;
    return otherwise;
  }
}

}  // namespace tool

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

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

/// What to do where there is no store yet.
enum class Missing {
  refuse,   ///< `not_found`, so that a mistyped name makes no store
  create,   ///< make one; what is written survives a loss of power only after `settle()`, and is many times faster
  imagine,  ///< go on with an empty one in memory, for a dry run
};

/// How a store is opened; of a legacy tree unless it says otherwise.
struct TreeOptions {
  bool read_texts = false;  ///< look into every text file for what is odd about it
  std::string topics{};     ///< a file with a catalogue of topics, see `read_topics`; empty: none
  std::optional<reel::legacy::Variant> write_as{};  ///< none: it is only read
  bool limit_buckets = false;                       ///< of an Appwrite store: see SetupOptions::limit_buckets_to_server
};

/// The store behind a URL: what commands are compiled for, whatever its backend is.
class Store : public reel::driver::Layer<reel::AnyStore> {
 public:
  /// Throws what `reel::open` and opening the store throw. `UsageError`: a catalogue of topics for a store that is not
  /// a legacy tree, or a legacy: URL with the option `write`.
  explicit Store(const std::string& url, Missing missing = Missing::refuse, const TreeOptions& options = {});
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  using Layer::url;
  [[nodiscard]] const std::string& url() const { return url_.str(); }
  /// Of a `file:` or `legacy:` store; else empty.
  [[nodiscard]] const std::string& folder() const { return folder_; }
  /// Whether it was opened as `file:DIR?readonly`.
  [[nodiscard]] bool is_read_only() const { return url_.has("readonly"); }
  /// The tree behind a `legacy:` URL; null for other stores.
  [[nodiscard]] const reel::legacy::Tree* tree() const;
  /// Before a legacy tree is copied into `target`, which may have most of it already: what is unchanged there needs no
  /// reading here.
  void recall(Store& target);
  /// After a copy into this store: in a legacy tree everything that can be in files is; a folder is on the medium.
  void settle();
  /// Whether both are the same folder, or the same database of the same project on the same server.
  [[nodiscard]] bool is_same_as(const Store& other) const;

  /// From now on `list` and `count` skip records and blobs that cannot be read; `unread` collects their errors.
  void read_around() { reads_around_ = true; }
  /// The error of each skipped record or blob, each once.
  [[nodiscard]] const std::vector<reel::Error>& unread() const { return unread_; }

  reel::driver::Page<reel::driver::DocumentPtr> list(const reel::driver::CollectionSchema& schema,
                                                     const reel::driver::QueryTree& query);
  std::int64_t count(const reel::driver::CollectionSchema& schema, const reel::driver::QueryTree& query);
  reel::driver::Page<reel::BlobInfo> list(const reel::Bucket& bucket, const reel::BlobQuery& query);

  /// What `ensure` would do, where the kind of store can find out without doing it; elsewhere whether the collection or
  /// bucket exists. Of a store that does not exist and is only imagined: whether it could be created.
  reel::driver::SetupPreview preview(const reel::driver::CollectionSchema& schema) { return preview_of(schema); }
  reel::driver::SetupPreview preview(const reel::Bucket& bucket) { return preview_of(bucket); }
  [[nodiscard]] reel::driver::AbilitySet abilities() const;

 private:
  template <class Container>
  reel::driver::SetupPreview preview_of(const Container& container);
  /// Moves the errors of a page to `unread_`, if this store reads around them.
  void skip(std::vector<reel::Error>& failed, const std::string& kind);

  reel::StoreUrl url_;
  std::string folder_;
  bool is_rehearsal_ = false;  ///< opened with `Missing::imagine`
  bool reads_around_ = false;
  std::vector<reel::Error> unread_{};
};

static_assert(reel::driver::check_layer<Store>());

/// Prints the errors of `unread()` to standard error. Returns the exit status of a command that only reads: `not_clean`
/// if there are any.
[[nodiscard]] int report_unread(const Store& store);

/// Makes every collection and bucket of the pipeline, or brings them up to date.
void set_up(Store& store);

}  // namespace tool

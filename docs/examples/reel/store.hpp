#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <reel/driver/backend.hpp>
#include <reel/driver/hashed_source.hpp>
#include <reel/error.hpp>

namespace reel {
struct Memory;
class Filesystem;
class Legacy;
struct LegacyOptions;
class Appwrite;
namespace legacy {
struct Tree;
enum class Variant;
}  // namespace legacy
}  // namespace reel

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

/// The store behind a URL, itself a backend: commands are compiled for this one type, whatever is behind it.
class Store {
 public:
  /// `invalid`: no store's URL; `unsupported`: a kind of store this program is built without; and whatever opening the
  /// store throws. `UsageError`: a catalogue of topics for a store that is no legacy tree.
  explicit Store(const std::string& url, Missing missing = Missing::refuse, const TreeOptions& options = {});
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  [[nodiscard]] const std::string& url() const { return url_; }
  /// Empty for a store in memory.
  [[nodiscard]] const std::string& folder() const { return folder_; }
  /// Whether it was opened as `file:DIR?readonly`.
  [[nodiscard]] bool is_read_only() const { return read_only_; }
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

  void ensure(const reel::driver::CollectionSchema& schema);
  /// What `ensure` would do, where the kind of store can find out without doing it. Of a store that does not exist and
  /// is only imagined: whether it could be created.
  reel::driver::SetupPreview preview(const reel::driver::CollectionSchema& schema);
  /// None for a kind of store that has only the columns of its schemas.
  std::vector<reel::driver::ForeignColumn> foreign_columns(const reel::driver::CollectionSchema& schema);
  reel::driver::DocumentPtr create(const reel::driver::CollectionSchema& schema, reel::driver::Document document);
  reel::driver::DocumentPtr find(const reel::driver::CollectionSchema& schema, std::string_view id);
  reel::driver::DocumentPtr update(const reel::driver::CollectionSchema& schema, std::string_view id,
                                   reel::driver::Change change);
  bool remove(const reel::driver::CollectionSchema& schema, std::string_view id,
              std::optional<reel::Timestamp> if_unchanged_since);
  reel::driver::Page<reel::driver::DocumentPtr> list(const reel::driver::CollectionSchema& schema,
                                                     const reel::driver::QueryTree& query);
  std::int64_t count(const reel::driver::CollectionSchema& schema, const reel::driver::QueryTree& query);
  std::vector<reel::driver::WriteResult> write(const reel::driver::CollectionSchema& schema,
                                               std::vector<reel::driver::Write> writes, reel::driver::Batch batch);

  void ensure(const reel::Bucket& bucket);
  reel::driver::SetupPreview preview(const reel::Bucket& bucket);
  reel::BlobInfo put(const reel::Bucket& bucket, reel::BlobInfo info, reel::driver::HashedSource& source,
                     bool overwrite);
  /// As without a ledger where the store behind it goes on with nothing.
  reel::BlobInfo put(const reel::Bucket& bucket, reel::BlobInfo info, reel::driver::HashedSource& source,
                     bool overwrite, const std::string& ledger);
  std::optional<reel::BlobInfo> find(const reel::Bucket& bucket, std::string_view id);
  std::optional<reel::BlobInfo> read(const reel::Bucket& bucket, std::string_view id, reel::ByteRange range,
                                     reel::BlobSink& sink);
  bool remove(const reel::Bucket& bucket, std::string_view id);
  reel::driver::Page<reel::BlobInfo> list(const reel::Bucket& bucket, const reel::BlobQuery& query);

  bool atomic_batches = false;

 private:
#ifdef REEL_TOOL_APPWRITE
  using Backend = std::variant<std::unique_ptr<reel::Memory>, std::unique_ptr<reel::Filesystem>,
                               std::unique_ptr<reel::Legacy>, std::unique_ptr<reel::Appwrite>>;
#else
  using Backend =
      std::variant<std::unique_ptr<reel::Memory>, std::unique_ptr<reel::Filesystem>, std::unique_ptr<reel::Legacy>>;
#endif

  void open_tree(reel::LegacyOptions options, Missing missing);
  /// Opens an empty store instead of one that does not exist; `forbidden` if that could not be created.
  void imagine();
  template <class Kind>
  reel::driver::SetupPreview preview_of(const Kind& kind);
  /// Moves the errors of a page to `unread_`, if this store reads around them.
  void skip(std::vector<reel::Error>& failed, const std::string& kind);

  std::string url_;
  std::string folder_;  ///< empty in memory
  bool read_only_ = false;
  Backend backend_;
  bool is_rehearsal_ = false;  ///< opened with `Missing::imagine`
  bool reads_around_ = false;
  std::vector<reel::Error> unread_{};
};

static_assert(reel::check_backend<Store>() && reel::driver::BulkBackend<Store>);

/// Prints the errors of `unread()` to standard error. Returns the exit status of a command that only reads: `not_clean`
/// if there are any.
[[nodiscard]] int report_unread(const Store& store);

/// Makes every collection and bucket of the pipeline, or brings them up to date.
void set_up(Store& store);

}  // namespace tool

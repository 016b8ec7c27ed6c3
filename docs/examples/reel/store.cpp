#include "store.hpp"

#include <algorithm>
#include <iostream>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

#ifdef REEL_TOOL_APPWRITE
#include <reel/backends/appwrite.hpp>
#endif
#include <reel/as.hpp>
#include <reel/backends/appwrite/client.hpp>
#include <reel/backends/filesystem.hpp>
#include <reel/backends/legacy.hpp>
#include <reel/backends/legacy/model.hpp>
#include <reel/backends/legacy/recall.hpp>
#include <reel/backends/memory.hpp>
#include <reel/driver/file/free_space.hpp>
#include <reel/driver/file/writable_folder.hpp>
#include <reel/driver/walk.hpp>
#include <reel/migration/set_up.hpp>
#include <reel/video/everything.hpp>

#include "appwrite_settings.hpp"
#include "commands.hpp"
#include "topics.hpp"

namespace tool {
namespace {

/// The reason why no file can be created in the folder, or nothing if files can be created.
std::optional<reel::Error> refusal_in(const std::string& folder) {
  try {
    reel::driver::require_writable_folder(folder);
    return std::nullopt;
  } catch (const reel::Error& error) {
    return error;
  }
}

/// Returns an empty store in memory for a folder without a store. Throws `forbidden` if none could be created there.
reel::AnyStore imagined(const std::string& folder) {
  reel::driver::require_writable_folder(folder);
  return reel::AnyStore::make<reel::Memory>();
}

/// Opens each kind of store as the commands need it.
struct Opener {
  Missing missing;
  const TreeOptions& options;

  reel::AnyStore operator()(std::type_identity<reel::Memory>, const reel::StoreUrl& url) const {
    refuse_topics(url);
    return reel::AnyStore(std::unique_ptr<reel::Memory>(new reel::Memory(reel::Memory::open(url))));
  }
  reel::AnyStore operator()(std::type_identity<reel::Filesystem>, const reel::StoreUrl& url) const {
    refuse_topics(url);
    reel::FilesystemOptions how = reel::FilesystemOptions::from(url);
    if (missing != Missing::create) how.create = false;
    if (missing == Missing::create && !url.has("durability")) how.durability = reel::Durability::relaxed;
    const bool may_create = !url.has("existing") && !url.has("readonly");
    try {
      return or_imagined<reel::Filesystem>(url.folder(), std::move(how));
    } catch (const reel::Error& error) {
      if (error.code() != reel::Errc::not_found || !may_create) throw;
      throw reel::Error(error.code(), error.reason() + ", or create the store with 'reel setup " + url.str() + "'");
    }
  }
  /// A tree that does not exist is created when it is opened for writing.
  reel::AnyStore operator()(std::type_identity<reel::Legacy>, const reel::StoreUrl& url) const {
    if (url.has("write"))
      throw UsageError(
          "'" + url.str() +
          "': only migrate and mirror write to a legacy: store; remove the option write and use --variant");
    reel::LegacyOptions how = reel::LegacyOptions::from(url);
    how.read.inspect_texts = options.read_texts;
    if (!options.topics.empty()) how.read.topics = read_topics(options.topics);
    how.write_as = options.write_as;
    return or_imagined<reel::Legacy>(url.folder(), std::move(how));
  }
#ifdef REEL_TOOL_APPWRITE
  reel::AnyStore operator()(std::type_identity<reel::Appwrite>, const reel::StoreUrl& url) const {
    refuse_topics(url);
    reel::appwrite::SetupOptions setup;
    setup.limit_buckets_to_server = options.limit_buckets;
    return reel::AnyStore::make<reel::Appwrite>(appwrite_config(url), std::move(setup));
  }
#endif

 private:
  void refuse_topics(const reel::StoreUrl& url) const {
    if (!options.topics.empty())
      throw UsageError("--topics: '" + url.str() + "' is not a legacy: store; remove --topics");
  }
  template <class B, class Options>
  [[nodiscard]] reel::AnyStore or_imagined(const std::string& folder, Options how) const {
    try {
      return reel::AnyStore::make<B>(folder, std::move(how));
    } catch (const reel::Error& error) {
      if (missing != Missing::imagine || error.code() != reel::Errc::not_found) throw;
      return imagined(folder);
    }
  }
};

reel::AnyStore opened(const std::string& url, Missing missing, const TreeOptions& options) {
#ifdef REEL_TOOL_APPWRITE
  return reel::open<reel::Filesystem, reel::Legacy, reel::Appwrite, reel::Memory>(url, Opener{missing, options});
#else
  return reel::open<reel::Filesystem, reel::Legacy, reel::Memory>(url, Opener{missing, options});
#endif
}

/// The store for an actor, or the store itself without one.
reel::AnyStore acting(const reel::AnyStore& whole, const std::optional<reel::Actor>& actor) {
  if (!actor) return whole;
  return reel::AnyStore::make<reel::StoreAs<reel::AnyStore>>(std::make_shared<reel::AnyStore>(whole), *actor);
}

}  // namespace

Store::Store(const std::string& url, Missing missing, const TreeOptions& options)
    : Store(opened(url, missing, options), url, missing, options) {}

Store::Store(reel::AnyStore whole, const std::string& url, Missing missing, const TreeOptions& options)
    : Layer(std::make_shared<reel::AnyStore>(acting(whole, options.as))),
      whole_(std::move(whole)),
      url_(url),
      is_rehearsal_(missing == Missing::imagine) {
  if (url_.scheme() == "file" || url_.scheme() == "legacy") folder_ = url_.location();
  if (url_.scheme() == "memory") reel::set_up(whole_, reel::video::everything);
}

const reel::legacy::Tree* Store::tree() const {
  const auto* legacy = whole_.target<reel::Legacy>();
  return legacy ? &legacy->tree() : nullptr;
}

void Store::recall(Store& target) {
  auto* const legacy = whole_.target<reel::Legacy>();
  if (legacy && !target.tree()) reel::legacy::recall_sums(*legacy, target);
}

void Store::sync() {
  if (abilities().sync) Layer::sync();
}

bool Store::signals_changes() const {
#ifdef REEL_TOOL_APPWRITE
  if (const auto* appwrite = below().target<reel::Appwrite>()) return appwrite->client().config().realtime != nullptr;
#endif
  return tree() == nullptr;
}

reel::driver::AbilitySet Store::abilities() const {
  reel::driver::AbilitySet all = Layer::abilities();
  all.preview = all.blob_preview = all.limits = true;
  return all;
}

reel::driver::StoreLimits Store::limits() const {
  reel::driver::StoreLimits limits;
  if (Layer::abilities().limits) limits = Layer::limits();
  if (!is_rehearsal_ || folder_.empty() || limits.free_space) return limits;
  limits.free_space = reel::driver::free_space(reel::driver::posix_calls(), folder_);
  if (url_.str().starts_with("legacy:")) {
    limits.records_per_request = 1;
    limits.keeps_blob_permissions = limits.keeps_order = false;
  }
  return limits;
}

/// In a plan a tree is open for reading, which `Legacy::preview` does not allow; so only the existence of the
/// collection or bucket is checked. A read-only folder is a refusal, which matters only if something has to be written.
template <class Container>
reel::driver::SetupPreview Store::preview_of(const Container& container) {
  const reel::driver::AbilitySet offered = Layer::abilities();
  if (!tree() && (std::is_same_v<Container, reel::Bucket> ? offered.blob_preview : offered.preview))
    return Layer::preview(container);
  reel::driver::SetupPreview preview{.exists = true};
  try {
    static_cast<void>(find(container, "0"));
  } catch (const reel::Error& error) {
    if (error.code() != reel::Errc::not_found) throw;
    preview.exists = false;
  }
  if (tree() && is_rehearsal_) preview.refusal = refusal_in(folder_);
  return preview;
}
template reel::driver::SetupPreview Store::preview_of(const reel::driver::CollectionSchema& schema);
template reel::driver::SetupPreview Store::preview_of(const reel::Bucket& bucket);

reel::driver::Page<reel::driver::DocumentPtr> Store::list(const reel::driver::CollectionSchema& schema,
                                                          const reel::driver::QueryTree& query) {
  auto page = Layer::list(schema, query);
  skip(page.failed, schema.id);
  return page;
}
reel::driver::Page<reel::BlobInfo> Store::list(const reel::Bucket& bucket, const reel::BlobQuery& query) {
  auto page = Layer::list(bucket, query);
  skip(page.failed, bucket.id);
  return page;
}
std::int64_t Store::count(const reel::driver::CollectionSchema& schema, const reel::driver::QueryTree& query) {
  try {
    return Layer::count(schema, query);
  } catch (const reel::Error& error) {
    if (!reads_around_ || error.code() != reel::Errc::corrupt) throw;
  }
  std::int64_t count = 0;
  reel::driver::walk(*this, schema, {.where = query.where, .limit = 500}, [&](const auto& page) {
    count += std::ssize(page.items);
    return true;
  });
  return count;
}
void Store::skip(std::vector<reel::Error>& errors, const std::string& kind) {
  if (!reads_around_) return;
  for (const reel::Error& one : errors) {
    const reel::Error error = one.within({.collection = kind});
    const bool is_known = std::any_of(unread_.begin(), unread_.end(), [&](const reel::Error& known) {
      return std::string_view(known.what()) == error.what();
    });
    if (!is_known) unread_.push_back(error);
  }
  errors.clear();
}

int report_unread(const Store& store) {
  for (const reel::Error& error : store.unread()) std::cerr << "reel: " << error.what() << '\n';
  return store.unread().empty() ? done : not_clean;
}

void set_up(Store& store) {
  try {
    reel::set_up(store, reel::video::everything);
  } catch (const reel::Error& error) {
    if (error.code() != reel::Errc::too_large || !store.url().starts_with("appwrite:")) throw;
    throw reel::Error(error.code(),
                      error.reason() + "; to limit the buckets: reel setup " + store.url() + " --limit-to-server",
                      error.context());
  }
}

}  // namespace tool

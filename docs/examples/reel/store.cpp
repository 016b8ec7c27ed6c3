#include "store.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <system_error>
#include <type_traits>
#include <utility>

#include <reel/driver/abilities.hpp>
#include <reel/driver/hashed_source.hpp>
#ifdef REEL_TOOL_APPWRITE
#include <reel/backends/appwrite.hpp>
#endif
#include <reel/backends/filesystem.hpp>
#include <reel/backends/legacy.hpp>
#include <reel/backends/legacy/recall.hpp>
#include <reel/backends/memory.hpp>
#include <reel/driver/walk.hpp>
#include <reel/driver/writable_folder.hpp>
#include <reel/set_up.hpp>
#include <reel/video/everything.hpp>

#include "appwrite_settings.hpp"
#include "commands.hpp"
#include "topics.hpp"

namespace tool {
namespace {

reel::Error bad_url(const std::string& url) {
  return {reel::Errc::invalid,
          "bad URL '" + url + "': a store is file:DIR, file:DIR?readonly, legacy:DIR, appwrite: or memory:"};
}

/// What stands behind the scheme.
std::string folder_of(const std::string& url) {
  const std::size_t colon = url.find(':');
  if (colon == std::string::npos) throw bad_url(url);
  const std::string scheme = url.substr(0, colon), rest = url.substr(colon + 1);
  if (scheme == "appwrite") return rest;
  if (scheme == "memory" ? !rest.empty() : rest.empty() || (scheme != "file" && scheme != "legacy")) throw bad_url(url);
  return rest;
}

constexpr std::string_view read_only_suffix = "?readonly";

/// Why no file can be created in the folder; none: it can.
std::optional<reel::Error> refusal_in(const std::string& folder) {
  try {
    reel::driver::require_writable_folder(folder);
    return std::nullopt;
  } catch (const reel::Error& error) {
    return error;
  }
}

/// Runs it on the store behind; `unsupported` if that keeps records only.
template <class F>
auto with_blobs(auto& backend, F&& body) {
  return std::visit(
      [&]<class B>(std::unique_ptr<B>& store) -> std::invoke_result_t<F&, reel::Memory&> {
        if constexpr (reel::BlobBackend<B>) return body(*store);
        throw reel::Error(reel::Errc::unsupported, "this store keeps no files");
      },
      backend);
}

}  // namespace

Store::Store(const std::string& url, Missing missing, const TreeOptions& options)
    : url_(url), folder_(folder_of(url)), is_rehearsal_(missing == Missing::imagine) {
  read_only_ = url.starts_with("file:") && folder_.ends_with(read_only_suffix);
  if (read_only_) folder_.erase(folder_.size() - read_only_suffix.size());
  const reel::Access access = read_only_ ? reel::Access::read_only : reel::Access::automatic;
  if (!options.topics.empty() && !url.starts_with("legacy:"))
    throw UsageError("--topics: '" + url + "' is no legacy: store, it has topics of its own");
  if (url.starts_with("memory:")) {
    backend_ = std::make_unique<reel::Memory>();
    set_up(*this);
  } else if (url.starts_with("legacy:")) {
    reel::LegacyOptions how;
    how.read.inspect_texts = options.read_texts;
    if (!options.topics.empty()) how.read.topics = read_topics(options.topics);
    how.write_as = options.write_as;
    open_tree(std::move(how), missing);
  } else if (url.starts_with("appwrite:")) {
#ifdef REEL_TOOL_APPWRITE
    reel::appwrite::SetupOptions setup;
    setup.limit_buckets_to_server = options.limit_buckets;
    backend_ = std::make_unique<reel::Appwrite>(appwrite_config(url), std::move(setup));
#else
    throw reel::Error(reel::Errc::unsupported, "'" + url + "': Appwrite stores are unsupported in this build");
#endif
  } else if (missing == Missing::create) {
    backend_ = std::make_unique<reel::Filesystem>(
        folder_, reel::FilesystemOptions{.durability = reel::Durability::relaxed, .access = access});
  } else {
    try {
      backend_ =
          std::make_unique<reel::Filesystem>(folder_, reel::FilesystemOptions{.create = false, .access = access});
    } catch (const reel::Error& error) {
      if (missing == Missing::refuse || error.code() != reel::Errc::not_found) throw;
      imagine();
    }
  }
  atomic_batches = std::visit([](const auto& backend) { return reel::driver::has_atomic_batches(*backend); }, backend_);
}

/// A tree that is not there is made when it is opened for writing.
void Store::open_tree(reel::LegacyOptions options, Missing missing) {
  try {
    backend_ = std::make_unique<reel::Legacy>(folder_, std::move(options));
  } catch (const reel::Error& error) {
    if (missing != Missing::imagine || error.code() != reel::Errc::not_found) throw;
    imagine();
  }
}

void Store::imagine() {
  reel::driver::require_writable_folder(folder_);
  backend_ = std::make_unique<reel::Memory>();
}

Store::~Store() = default;

const reel::legacy::Tree* Store::tree() const {
  const auto* legacy = std::get_if<std::unique_ptr<reel::Legacy>>(&backend_);
  return legacy ? &(*legacy)->tree() : nullptr;
}

void Store::recall(Store& target) {
  const auto* legacy = std::get_if<std::unique_ptr<reel::Legacy>>(&backend_);
  if (legacy && !target.tree()) reel::legacy::recall_sums(**legacy, target);
}

void Store::settle() {
  if (const auto* legacy = std::get_if<std::unique_ptr<reel::Legacy>>(&backend_)) (*legacy)->settle();
  if (const auto* folder = std::get_if<std::unique_ptr<reel::Filesystem>>(&backend_)) (*folder)->sync();
}

bool Store::is_same_as(const Store& other) const {
#ifdef REEL_TOOL_APPWRITE
  const auto* appwrite = std::get_if<std::unique_ptr<reel::Appwrite>>(&backend_);
  const auto* other_appwrite = std::get_if<std::unique_ptr<reel::Appwrite>>(&other.backend_);
  if (appwrite && other_appwrite)
    return (*appwrite)->client().config().names_same_store_as((*other_appwrite)->client().config());
  if (appwrite || other_appwrite) return false;  // its folder_ is a file of settings
#endif
  std::error_code none;
  return !folder_.empty() && std::filesystem::equivalent(folder_, other.folder_, none);
}

/// A tree is only read in a dry run, so that it is asked for less than `Legacy::preview` would require. A folder that
/// cannot be written to matters only if something is to be written.
template <class Kind>
reel::driver::SetupPreview Store::preview_of(const Kind& kind) {
  const auto look = [&](auto& backend) -> reel::driver::SetupPreview {
    using B = std::remove_reference_t<decltype(*backend)>;
    if constexpr (!std::is_same_v<B, reel::Legacy> && requires { backend->preview(kind); }) {
      return backend->preview(kind);
    }
    reel::driver::SetupPreview preview{.exists = true};
    try {
      static_cast<void>(find(kind, "0"));
    } catch (const reel::Error& error) {
      if (error.code() != reel::Errc::not_found) throw;
      preview.exists = false;
    }
    if (std::is_same_v<B, reel::Legacy> && is_rehearsal_) preview.refusal = refusal_in(folder_);
    return preview;
  };
  return std::visit(look, backend_);
}

reel::driver::SetupPreview Store::preview(const reel::driver::CollectionSchema& schema) { return preview_of(schema); }
reel::driver::SetupPreview Store::preview(const reel::Bucket& bucket) { return preview_of(bucket); }

std::vector<reel::driver::ForeignColumn> Store::foreign_columns(const reel::driver::CollectionSchema& schema) {
  const auto columns_in = [&](auto& backend) -> std::vector<reel::driver::ForeignColumn> {
    if constexpr (reel::driver::ForeignColumnBackend<std::remove_reference_t<decltype(*backend)>>)
      return backend->foreign_columns(schema);
    return {};
  };
  return std::visit(columns_in, backend_);
}

void Store::ensure(const reel::driver::CollectionSchema& schema) {
  std::visit([&](auto& backend) { backend->ensure(schema); }, backend_);
}
reel::driver::DocumentPtr Store::create(const reel::driver::CollectionSchema& schema, reel::driver::Document document) {
  return std::visit([&](auto& backend) { return backend->create(schema, std::move(document)); }, backend_);
}
reel::driver::DocumentPtr Store::find(const reel::driver::CollectionSchema& schema, std::string_view id) {
  return std::visit([&](auto& backend) { return backend->find(schema, id); }, backend_);
}
reel::driver::DocumentPtr Store::update(const reel::driver::CollectionSchema& schema, std::string_view id,
                                        reel::driver::Change change) {
  return std::visit([&](auto& backend) { return backend->update(schema, id, std::move(change)); }, backend_);
}
bool Store::remove(const reel::driver::CollectionSchema& schema, std::string_view id,
                   std::optional<reel::Timestamp> if_unchanged_since) {
  return std::visit([&](auto& backend) { return backend->remove(schema, id, if_unchanged_since); }, backend_);
}
reel::driver::Page<reel::driver::DocumentPtr> Store::list(const reel::driver::CollectionSchema& schema,
                                                          const reel::driver::QueryTree& query) {
  auto page = std::visit([&](auto& backend) { return backend->list(schema, query); }, backend_);
  skip(page.failed, schema.id);
  return page;
}
std::int64_t Store::count(const reel::driver::CollectionSchema& schema, const reel::driver::QueryTree& query) {
  try {
    return std::visit([&](auto& backend) { return backend->count(schema, query); }, backend_);
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
std::vector<reel::driver::WriteResult> Store::write(const reel::driver::CollectionSchema& schema,
                                                    std::vector<reel::driver::Write> writes,
                                                    reel::driver::Batch batch) {
  return std::visit([&](auto& backend) { return reel::driver::write_many(*backend, schema, std::move(writes), batch); },
                    backend_);
}

void Store::ensure(const reel::Bucket& bucket) {
  with_blobs(backend_, [&](auto& backend) { backend.ensure(bucket); });
}
reel::BlobInfo Store::put(const reel::Bucket& bucket, reel::BlobInfo info, reel::driver::HashedSource& source,
                          bool overwrite) {
  return with_blobs(backend_, [&](auto& backend) { return backend.put(bucket, std::move(info), source, overwrite); });
}
reel::BlobInfo Store::put(const reel::Bucket& bucket, reel::BlobInfo info, reel::driver::HashedSource& source,
                          bool overwrite, const std::string& ledger) {
  const auto put_in = [&](auto& backend) {
    if constexpr (reel::driver::ResumableBackend<std::remove_reference_t<decltype(*backend)>>)
      return backend->put(bucket, std::move(info), source, overwrite, ledger);
    return backend->put(bucket, std::move(info), source, overwrite);
  };
  return std::visit(put_in, backend_);
}
std::optional<reel::BlobInfo> Store::find(const reel::Bucket& bucket, std::string_view id) {
  return with_blobs(backend_, [&](auto& backend) { return backend.find(bucket, id); });
}
std::optional<reel::BlobInfo> Store::read(const reel::Bucket& bucket, std::string_view id, reel::ByteRange range,
                                          reel::BlobSink& sink) {
  return with_blobs(backend_, [&](auto& backend) { return backend.read(bucket, id, range, sink); });
}
bool Store::remove(const reel::Bucket& bucket, std::string_view id) {
  return with_blobs(backend_, [&](auto& backend) { return backend.remove(bucket, id); });
}
reel::driver::Page<reel::BlobInfo> Store::list(const reel::Bucket& bucket, const reel::BlobQuery& query) {
  auto page = with_blobs(backend_, [&](auto& backend) { return backend.list(bucket, query); });
  skip(page.failed, bucket.id);
  return page;
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

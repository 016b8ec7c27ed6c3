#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <reel/any_store.hpp>
#include <reel/driver/layer.hpp>

namespace video_tests {

/// A request of a program to a store.
struct Request {
  std::string_view operation{};  ///< the name of the operation of `Layer`
  std::string_view container{};  ///< the collection or bucket
  std::string_view id{};         ///< of the record or blob; empty for a request about several
  bool is_applied = false;       ///< whether the request has taken effect, and only its response is left
};

/// A program on a store in which a function sees each request twice, before and after it takes effect. An error that
/// the function throws is that of the request.
class HookedStore : public reel::driver::Layer<reel::AnyStore> {
 public:
  using Layer::list, Layer::put, Layer::update;
  using Hook = std::function<void(const Request&)>;

  /// Calls `hook`, from any thread.
  HookedStore(reel::AnyStore& store, Hook hook) : Layer(store), hook_(std::make_shared<Hook>(std::move(hook))) {}

  reel::driver::DocumentPtr update(const reel::driver::CollectionSchema& schema, std::string_view id,
                                   reel::driver::Change change) {
    return hooked({"update", schema.id, id}, [&] { return below().update(schema, id, std::move(change)); });
  }
  std::vector<reel::driver::WriteResult> write(const reel::driver::CollectionSchema& schema,
                                               std::vector<reel::driver::Write> writes, reel::driver::Batch batch) {
    return hooked({"write", schema.id}, [&] { return below().write(schema, std::move(writes), batch); });
  }
  reel::driver::Page<reel::driver::DocumentPtr> list(const reel::driver::CollectionSchema& schema,
                                                     const reel::driver::QueryTree& query) const {
    return hooked({"list", schema.id}, [&] { return below().list(schema, query); });
  }
  reel::BlobInfo put(const reel::Bucket& bucket, reel::BlobInfo info, reel::driver::HashedSource& source,
                     bool overwrite) {
    const std::string id = info.id.str();
    return hooked({"put", bucket.id, id}, [&] { return below().put(bucket, std::move(info), source, overwrite); });
  }
  reel::BlobInfo put(const reel::Bucket& bucket, reel::BlobInfo info, reel::driver::HashedSource& source,
                     bool overwrite, const std::string& ledger) {
    const std::string id = info.id.str();
    return hooked({"put", bucket.id, id},
                  [&] { return below().put(bucket, std::move(info), source, overwrite, ledger); });
  }

 private:
  template <class F>
  std::invoke_result_t<F> hooked(Request request, F&& call) const {
    (*hook_)(request);
    auto result = call();
    request.is_applied = true;
    (*hook_)(request);
    return result;
  }

  std::shared_ptr<Hook> hook_;
};

static_assert(reel::driver::check_layer<HookedStore>());

}  // namespace video_tests

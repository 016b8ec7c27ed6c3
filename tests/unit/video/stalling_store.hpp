#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/any_store.hpp>
#include <reel/driver/layer.hpp>

namespace video_tests {

/// A program on a store that is stopped before one of its requests about records, and continues later.
class StallingStore : public reel::driver::Layer<reel::AnyStore> {
 public:
  using Layer::find, Layer::list, Layer::remove, Layer::update;

  /// Calls `stall` before the request of that number, counted from 0.
  StallingStore(reel::AnyStore& store, int request, std::function<void()> stall)
      : Layer(store), plan_(std::make_shared<Plan>(Plan{request, std::move(stall)})) {}

  /// Whether there were enough requests to stop before one.
  [[nodiscard]] bool has_stalled() const { return plan_->left < 0; }

  reel::driver::DocumentPtr create(const reel::driver::CollectionSchema& schema, reel::driver::Document document) {
    plan_->next();
    return below().create(schema, std::move(document));
  }
  reel::driver::DocumentPtr find(const reel::driver::CollectionSchema& schema, std::string_view id) const {
    plan_->next();
    return below().find(schema, id);
  }
  reel::driver::DocumentPtr update(const reel::driver::CollectionSchema& schema, std::string_view id,
                                   reel::driver::Change change) {
    plan_->next();
    return below().update(schema, id, std::move(change));
  }
  bool remove(const reel::driver::CollectionSchema& schema, std::string_view id,
              std::optional<reel::Timestamp> if_unchanged_since) {
    plan_->next();
    return below().remove(schema, id, if_unchanged_since);
  }
  reel::driver::Page<reel::driver::DocumentPtr> list(const reel::driver::CollectionSchema& schema,
                                                     const reel::driver::QueryTree& query) const {
    plan_->next();
    return below().list(schema, query);
  }
  std::vector<reel::driver::WriteResult> write(const reel::driver::CollectionSchema& schema,
                                               std::vector<reel::driver::Write> writes, reel::driver::Batch batch) {
    plan_->next();
    return below().write(schema, std::move(writes), batch);
  }

 private:
  struct Plan {
    int left;
    std::function<void()> stall;

    void next() {
      if (left-- == 0) stall();
    }
  };

  std::shared_ptr<Plan> plan_;
};

static_assert(reel::driver::check_layer<StallingStore>());

}  // namespace video_tests

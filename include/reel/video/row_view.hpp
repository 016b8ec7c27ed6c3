#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <memory>

#include <reel/repository.hpp>
#include <reel/video/rows.hpp>

namespace reel::video::detail {

/// The strict type of the records that a row is a view of.
template <class Row>
struct StrictOf;
template <class Status>
struct StrictOf<VideoRowOf<Status>> {
  using type = Video;
};
template <class Status>
struct StrictOf<SceneRowOf<Status>> {
  using type = Scene;
};

/// A repository of rows. Some stores take the schema of a collection from its first use in the process, so the first
/// access is one through the strict type: one request. Copies share the knowledge of it. Thread-safe.
template <class Row, class Backend>
class RowView {
 public:
  explicit RowView(Backend& backend) : rows_(backend), opened_by_(std::make_shared<std::atomic<pid_t>>(0)) {}

  /// The repository. Throws `not_found` if the collection was not set up.
  [[nodiscard]] const Repository<Row, Backend>& get() const {
    using Strict = typename StrictOf<Row>::type;
    const pid_t process = ::getpid();
    if (opened_by_->load() != process) {
      static_cast<void>(records<Strict>(rows_.backend()).exists(Id<Strict>{"0"}));
      opened_by_->store(process);
    }
    return rows_;
  }
  /// As `get`.
  [[nodiscard]] const Repository<Row, Backend>* operator->() const { return &get(); }

 private:
  Repository<Row, Backend> rows_;
  std::shared_ptr<std::atomic<pid_t>> opened_by_;
};

}  // namespace reel::video::detail

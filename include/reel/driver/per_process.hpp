#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

#include <reel/driver/fork.hpp>

namespace reel::driver {

/// One `T` for each process that uses the object, created by the first use in that process. A child of fork(2) thereby
/// gets a separate value and never touches that of its parent, see `<reel/driver/fork.hpp>`. Thread-safe.
///
/// If the creating function throws, the next use calls it again. It must not use another `PerProcess` for the first
/// time: one mutex protects all creations.
template <class T>
class PerProcess {
 public:
  /// Creates the value of this process at once, and throws what `make` throws. `make` must not return null.
  explicit PerProcess(std::function<std::unique_ptr<T>()> make)
      : make_(std::move(make)), held_(std::make_unique<Held>(make_()).release()) {}
  PerProcess(const PerProcess&) = delete;
  PerProcess& operator=(const PerProcess&) = delete;
  /// Destroys the value of this process. A value inherited from the parent is abandoned, because its destructor might
  /// change files or wait.
  ~PerProcess() {
    std::unique_ptr<Held> held(held_.load());
    if (!held->is_ours()) Forks::abandon(*held.release());  // its destructor may change files, or wait
  }

  /// The value of this process; valid as long as this object. One atomic load, except for the first use after a fork.
  [[nodiscard]] T& get() const {
    Held* const held = held_.load(std::memory_order_acquire);
    return held->is_ours() ? *held->value : renewed();
  }

 private:
  struct Held final : Forks::Abandoned {
    explicit Held(std::unique_ptr<T> made) : value(std::move(made)) {}
    [[nodiscard]] bool is_ours() const { return process == Forks::count(); }

    unsigned process = Forks::count();
    std::unique_ptr<T> value;
  };

  /// Creates the value of this process unless another thread has done so.
  T& renewed() const {
    const Forks::Renewal one_at_a_time;
    Held* const inherited = held_.load(std::memory_order_acquire);
    if (inherited->is_ours()) return *inherited->value;
    auto made = std::make_unique<Held>(make_());
    T& value = *made->value;
    held_.store(made.release(), std::memory_order_release);
    Forks::abandon(*inherited);
    return value;
  }

  std::function<std::unique_ptr<T>()> make_;
  mutable std::atomic<Held*> held_;
};

}  // namespace reel::driver

#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace reel {

/// The progress of the transfer of one blob.
struct Progress {
  std::int64_t done = 0;                            ///< bytes transferred; never decreases
  std::optional<std::int64_t> total{};              ///< bytes in all; none if unknown
  double rate = 0;                                  ///< bytes per second, averaged since the transfer began
  std::optional<std::chrono::milliseconds> left{};  ///< the remaining time at that rate; none if the total is unknown
};

/// A callback for progress reports: any callable that takes a `const Report&` and returns nothing or a bool. A callback
/// that returns false cancels the operation. Exceptions from the callback pass through. Copies share the callable. The
/// options that hold an `Observer` specify the thread it is called on.
///
/// Not a std::function: `<functional>` would add 10,300 preprocessed lines to `reel/reel.hpp`, and a tenth to its
/// compile time (g++ 12: 2.6 instead of 2.4 s on the same machine).
///
///     films.put(id, from_file("film.mp4"), {.on_progress = [](const Progress& p) { std::cout << p.done << '\n'; }});
template <class Report>
class Observer {
 public:
  /// No callback: reports are ignored and nothing is cancelled.
  Observer() = default;
  /// As above.
  Observer(std::nullptr_t) {}
  /// Converts implicitly from a callable, so that options are written as
  /// `{.on_progress = [&](const Progress& p) { … }}`.
  template <class F>
  requires(!std::same_as<std::remove_cvref_t<F>, Observer> && std::invocable<F&, const Report&>) Observer(F&& callback)
      : callback_(std::make_shared<Holder<std::decay_t<F>>>(std::forward<F>(callback))) {}

  /// Whether there is a callback.
  [[nodiscard]] explicit operator bool() const noexcept { return callback_ != nullptr; }
  /// Calls the callback. False if it asks to cancel.
  bool operator()(const Report& report) const { return !callback_ || callback_->call(report); }

 private:
  struct Callback {
    virtual ~Callback() = default;
    virtual bool call(const Report& report) = 0;
  };
  template <class F>
  struct Holder final : Callback {
    explicit Holder(F given) : callback(std::move(given)) {}
    bool call(const Report& report) override {
      if constexpr (std::is_void_v<std::invoke_result_t<F&, const Report&>>) {
        callback(report);
        return true;
      } else {
        static_assert(std::same_as<std::invoke_result_t<F&, const Report&>, bool>,
                      "reel: a progress callback returns nothing, or a bool that is false to cancel");
        return callback(report);
      }
    }
    F callback;
  };
  std::shared_ptr<Callback> callback_;
};

/// A condition that long operations check repeatedly to find out whether the caller wants them to stop: a predicate, or
/// any object with `stop_requested()`, such as a `std::stop_token`. Copies share the predicate. It is called on the
/// threads of the operation, so it must be thread-safe where several of them run.
///
///     std::stop_source stop;
///     films.get(id, to_file("film.mp4"), {.stop = stop.get_token()});
class StopCondition {
 public:
  /// Never stops.
  StopCondition() = default;
  /// Stops when `predicate()` returns true.
  template <std::predicate F>
  requires(!std::same_as<std::remove_cvref_t<F>, StopCondition>) StopCondition(F predicate)
      : stop_([asked = std::move(predicate)](const Nothing&) mutable { return !asked(); }) {}
  /// Stops when `token.stop_requested()` returns true.
  template <class Token>
  requires requires(const Token& token) {
    { token.stop_requested() } -> std::convertible_to<bool>;
  }
  StopCondition(Token token) : stop_([given = std::move(token)](const Nothing&) { return !given.stop_requested(); }) {}

  /// Whether the operation is to stop now.
  [[nodiscard]] bool requested() const { return !stop_(Nothing{}); }

 private:
  struct Nothing {};
  Observer<Nothing> stop_;
};

}  // namespace reel

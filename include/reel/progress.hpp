#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace reel {

/// How far a transfer is.
struct Progress {
  std::int64_t done = 0;                            ///< bytes; never goes back
  std::optional<std::int64_t> total{};              ///< where it is known
  double rate = 0;                                  ///< bytes a second, since the transfer began
  std::optional<std::chrono::milliseconds> left{};  ///< at that rate, where the total is known
};

/// A callback that is told how far things are: any callable that takes a `const Report&`. One that returns a bool goes
/// on with true and cancels with false.
template <class Report>
class Observer {
 public:
  Observer() = default;
  Observer(std::nullptr_t) {}
  template <class F>
  requires(!std::same_as<std::remove_cvref_t<F>, Observer> && std::invocable<F&, const Report&>) Observer(F&& callback)
      : callback_(std::make_shared<Holder<std::decay_t<F>>>(std::forward<F>(callback))) {}

  [[nodiscard]] explicit operator bool() const noexcept { return callback_ != nullptr; }
  /// True: go on.
  bool operator()(const Report& report) const { return !callback_ || callback_->tell(report); }

 private:
  struct Callback {
    virtual ~Callback() = default;
    virtual bool tell(const Report& report) = 0;
  };
  template <class F>
  struct Holder final : Callback {
    explicit Holder(F given) : callback(std::move(given)) {}
    bool tell(const Report& report) override {
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

/// Asked again and again whether to give up: a predicate, or anything that has `stop_requested()`, such as a
/// `std::stop_token`.
class StopCondition {
 public:
  StopCondition() = default;
  template <std::predicate F>
  requires(!std::same_as<std::remove_cvref_t<F>, StopCondition>) StopCondition(F predicate)
      : stop_([asked = std::move(predicate)](const Nothing&) mutable { return !asked(); }) {}
  template <class Token>
  requires requires(const Token& token) {
    { token.stop_requested() } -> std::convertible_to<bool>;
  }
  StopCondition(Token token) : stop_([given = std::move(token)](const Nothing&) { return !given.stop_requested(); }) {}

  [[nodiscard]] bool requested() const { return !stop_(Nothing{}); }

 private:
  struct Nothing {};
  Observer<Nothing> stop_;
};

}  // namespace reel

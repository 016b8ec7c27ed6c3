#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "../json.hpp"

namespace tool::web {

/// The events that every page receives, as server-sent events (WHATWG HTML, section 9.2). The latest `kept` are stored
/// once, and each connection knows only its position, so that slow connections cost no memory:
///
///     id: <run>-<number>
///     event: change
///     data: {"collection": "videos", …}
///
/// A client that asks for the events after an id of another run, or of one that is gone, receives `reset`. Thread-safe.
class Feed {
 public:
  /// The events that a connection sends next.
  struct Part {
    std::string text{};          ///< empty: there is nothing new
    std::uint64_t position = 0;  ///< after these events
  };

  Feed();

  /// Adds an event, and calls `on_publish`.
  void publish(std::string_view name, const Json& data);
  /// The number of events so far.
  [[nodiscard]] std::uint64_t position() const;
  /// The position after the event with this id, as a `Last-Event-ID` field contains it; an empty id is that of the
  /// latest event. Nothing if later events are gone.
  [[nodiscard]] std::optional<std::uint64_t> position_of(std::string_view id) const;
  /// The events after a position; `reset` if some are gone, or without a position.
  [[nodiscard]] Part after(std::optional<std::uint64_t> position) const;
  /// Sets the function that is called after each `publish`, on the thread of its caller.
  void on_publish(std::function<void()> call);

 private:
  static constexpr std::size_t kept = 1024;

  [[nodiscard]] bool has_after(std::uint64_t position) const;
  [[nodiscard]] std::string id_of(std::uint64_t number) const;

  const std::string run_;
  mutable std::mutex mutex_;  ///< protects the members below
  std::uint64_t position_ = 0;
  std::deque<std::string> events_{};  ///< the latest
  std::function<void()> call_{};
};

}  // namespace tool::web

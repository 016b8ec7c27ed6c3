#pragma once

#include <unistd.h>

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>

#include <reel/driver/fork.hpp>
#include <reel/driver/mix.hpp>
#include <reel/text/ascii.hpp>

namespace reel {

inline constexpr std::size_t max_id_length = 36;

/// 1 to 36 of `A-Z a-z 0-9 . - _`, the first a letter or digit (contract 1.3).
[[nodiscard]] constexpr bool is_valid_id(std::string_view id) {
  if (id.empty() || id.size() > max_id_length) return false;
  for (std::size_t i = 0; i < id.size(); ++i) {
    const char c = id[i];
    const bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!alphanumeric && (i == 0 || (c != '.' && c != '-' && c != '_'))) return false;
  }
  return true;
}

/// Ids are compared without case; `std::hash` agrees.
[[nodiscard]] constexpr bool same_id(std::string_view a, std::string_view b) { return text::equal_ignoring_case(a, b); }

/// The same for ids that differ in case only (FNV-1a, mixed).
[[nodiscard]] constexpr std::uint64_t id_hash(std::string_view id) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : id) hash = (hash ^ static_cast<unsigned char>(text::lower_ascii(c))) * 0x100000001b3U;
  return hash ^ (hash >> 29);
}

/// A new id: 20 hex digits, 13 of time (microseconds) and 7 of chance, so that ids sort by age and a create whose
/// answer was lost can be repeated with the same id. Never the same twice on one thread.
[[nodiscard]] inline std::string make_id() {
  thread_local std::uint64_t chance = 0, last = 0;
  thread_local bool seeded = false;
  thread_local unsigned forks = 0;
  // Parent and child, or two children, may ask for an id within the same tick of the clock.
  if (const unsigned now = driver::Forks::count(); !seeded || forks != now) {
    if (::getentropy(&chance, sizeof chance) != 0)
      chance = reinterpret_cast<std::uintptr_t>(&chance) ^ driver::mixed(static_cast<std::uint64_t>(::getpid()));
    seeded = true;
    forks = now;
  }
  const auto nanoseconds =
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch());
  const auto time = static_cast<std::uint64_t>(nanoseconds.count());
  last = time / 1000 > last ? time / 1000 : last + 1;
  chance += 0x9E3779B97F4A7C15U;
  std::string id(20, '0');
  const auto put = [&id](int end, int digits, std::uint64_t value) {
    for (int i = 1; i <= digits; ++i, value >>= 4)
      id[static_cast<std::size_t>(end - i)] = "0123456789abcdef"[value & 15];
  };
  put(8, 8, last / 1'000'000);
  put(13, 5, last % 1'000'000);
  put(20, 7, driver::mixed(chance ^ time));
  return id;
}

/// The id of a record of type `T`; an `Id<Album>` is no `Id<Track>`. Any text may be held: what is no valid id is
/// refused as `Errc::invalid` by the operation it is given to.
template <class T>
class Id {
 public:
  Id() = default;
  explicit Id(std::string text) : text_(std::move(text)) {}
  [[nodiscard]] static Id make() { return Id{make_id()}; }

  [[nodiscard]] const std::string& str() const noexcept { return text_; }
  [[nodiscard]] bool empty() const noexcept { return text_.empty(); }

  friend bool operator==(const Id& a, const Id& b) { return same_id(a.text_, b.text_); }
  friend std::weak_ordering operator<=>(const Id& a, const Id& b) {
    return text::compare_ignoring_case(a.text_, b.text_) <=> 0;
  }
  friend std::ostream& operator<<(std::ostream& out, const Id& id) { return out << id.text_; }

 private:
  std::string text_;
};

}  // namespace reel

template <class T>
struct std::hash<reel::Id<T>> {
  std::size_t operator()(const reel::Id<T>& id) const noexcept {
    return static_cast<std::size_t>(reel::id_hash(id.str()));
  }
};

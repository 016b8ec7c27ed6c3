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

/// The largest number of characters in an id, as on an Appwrite server.
inline constexpr std::size_t max_id_length = 36;

/// Whether `id` has 1 to 36 of the characters `A-Z a-z 0-9 . - _` and begins with a letter or digit: the rule of
/// Appwrite for the ids of documents, files, collections and buckets (the validator `CustomId` of Appwrite 1.8.1).
[[nodiscard]] constexpr bool is_valid_id(std::string_view id) {
  if (id.empty() || id.size() > max_id_length) return false;
  for (std::size_t i = 0; i < id.size(); ++i) {
    const char c = id[i];
    const bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!alphanumeric && (i == 0 || (c != '.' && c != '-' && c != '_'))) return false;
  }
  return true;
}

/// Whether two ids are equal. Ids are compared without case, because Appwrite keeps them in a column with MariaDB's
/// collation `utf8mb4_general_ci`. `std::hash` of an `Id` agrees.
[[nodiscard]] constexpr bool same_id(std::string_view a, std::string_view b) { return text::equal_ignoring_case(a, b); }

/// A hash of `id` that agrees with `same_id` (64-bit FNV-1a of the lower-case characters, with the high bits mixed in).
/// Not for untrusted input that could be chosen to collide.
[[nodiscard]] constexpr std::uint64_t id_hash(std::string_view id) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : id) hash = (hash ^ static_cast<unsigned char>(text::lower_ascii(c))) * 0x100000001b3U;
  return hash ^ (hash >> 29);
}

/// Creates an id of 20 hexadecimal digits, as Appwrite's `ID.unique()` does: 13 digits of time in microseconds, then 7
/// random ones. So ids sort by age, and a create whose response was lost can be repeated with the same id. No two ids
/// of a thread are equal; between threads and processes, two ids of the same microsecond are equal with a probability
/// of 2^-28. Thread-safe, and safe after fork(2).
[[nodiscard]] inline std::string make_id() {
  // `last` advances with every id, so no two ids of a thread have the same time. `chance` is a SplitMix64 sequence that
  // starts at a random value in each thread.
  thread_local std::uint64_t chance = 0, last = 0;
  thread_local bool seeded = false;
  thread_local unsigned forks = 0;
  // Parent and child, or two children, may create an id within the same tick of the clock, so each reseeds.
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

/// The id of a record of type `T`. The type prevents mistakes: an `Id<Album>` is not an `Id<Track>`. An `Id` holds any
/// string; the operation that receives one that is not valid throws `Errc::invalid`.
template <class T>
class Id {
 public:
  /// An empty id, which is not valid.
  Id() = default;
  /// Holds `text`, which is not checked.
  explicit Id(std::string text) : text_(std::move(text)) {}
  /// A new id, see `make_id`.
  [[nodiscard]] static Id make() { return Id{make_id()}; }

  /// The id as it was passed, with its case.
  [[nodiscard]] const std::string& str() const noexcept { return text_; }
  /// Whether it was default-constructed or holds an empty string.
  [[nodiscard]] bool empty() const noexcept { return text_.empty(); }

  /// Compares without case, as `same_id`.
  friend bool operator==(const Id& a, const Id& b) { return same_id(a.text_, b.text_); }
  /// Orders by the lower-case characters, so that ids that are equal are equivalent.
  friend std::weak_ordering operator<=>(const Id& a, const Id& b) {
    return text::compare_ignoring_case(a.text_, b.text_) <=> 0;
  }
  /// Writes `str()`.
  friend std::ostream& operator<<(std::ostream& out, const Id& id) { return out << id.text_; }

 private:
  std::string text_;
};

}  // namespace reel

namespace std {

/// Hashes an id without case, as `operator==` compares it.
template <class T>
struct hash<reel::Id<T>> {
  /// `reel::id_hash` of the id.
  std::size_t operator()(const reel::Id<T>& id) const noexcept {
    return static_cast<std::size_t>(reel::id_hash(id.str()));
  }
};

}  // namespace std

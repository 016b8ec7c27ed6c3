#pragma once

#include <optional>
#include <string>
#include <utility>

#include <reel/error.hpp>

/// Optimistic concurrency: read, change, and write on the condition that no other writer has changed the record.
namespace reel::driver {

/// The number of attempts before a change fails with `conflict`. Each failed attempt means that another writer
/// succeeded.
inline constexpr int max_optimistic_attempts = 1000;

/// Calls `attempt(number)`, with `number` counted from 1, until it returns a non-empty optional, and returns its value.
/// An empty optional means that another writer was faster. Throws `conflict` with the `context()` after
/// `max_optimistic_attempts` attempts. Does not wait between attempts; exceptions of `attempt` propagate.
template <class Attempt, class Context>
auto retry_conflicts(Attempt&& attempt, Context&& context) {
  for (int number = 1; number <= max_optimistic_attempts; ++number) {
    if (auto result = attempt(number)) return *std::move(result);
  }
  throw Error(Errc::conflict,
              "other writers changed the record in each of " + std::to_string(max_optimistic_attempts) + " attempts",
              context());
}
/// The same without a context for the error.
template <class Attempt>
auto retry_conflicts(Attempt&& attempt) {
  return retry_conflicts(attempt, [] { return ErrorContext{}; });
}

/// Calls `write()` and returns its result, or an empty optional if it throws `conflict`, whichever of its calls throws
/// that. Other exceptions propagate.
template <class F>
auto unless_conflict(F&& write) -> std::optional<decltype(write())> {
  try {
    return write();
  } catch (const Error& error) {
    if (error.code() != Errc::conflict) throw;
    return std::nullopt;
  }
}

}  // namespace reel::driver

namespace reel {
/// `driver::retry_conflicts`, for programs; `<reel/repository.hpp>` includes it.
using driver::retry_conflicts;
/// `driver::unless_conflict`, for programs; `<reel/repository.hpp>` includes it.
using driver::unless_conflict;
}  // namespace reel

#pragma once

#include <optional>
#include <string>
#include <utility>

#include <reel/error.hpp>

/// Optimistic concurrency: read, change, and write on the condition that no other writer was faster.
namespace reel::driver {

/// How often a change is tried before it fails as `conflict`. Each failure is another writer's success.
inline constexpr int max_optimistic_attempts = 1000;

/// Calls `attempt(number)`, with `number` counted from 1, until it returns an optional with a value, and returns that
/// value; an empty optional means that another writer was faster. `conflict` with the `context()` after
/// `max_optimistic_attempts`.
template <class Attempt, class Context>
auto retry_conflicts(Attempt&& attempt, Context&& context) {
  for (int number = 1; number <= max_optimistic_attempts; ++number) {
    if (auto result = attempt(number)) return *std::move(result);
  }
  throw Error(Errc::conflict,
              "other writers changed the record in each of " + std::to_string(max_optimistic_attempts) + " attempts",
              context());
}
template <class Attempt>
auto retry_conflicts(Attempt&& attempt) {
  return retry_conflicts(attempt, [] { return ErrorContext{}; });
}

/// What `write()` returns, or nothing if it throws `conflict`.
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

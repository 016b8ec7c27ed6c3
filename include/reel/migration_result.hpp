#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <reel/error.hpp>
#include <reel/migration_report.hpp>
#include <reel/timestamp.hpp>

namespace reel::detail {

/// One record or blob on its way into the report.
struct MigrationResult {
  std::string id{};
  std::optional<Outcome> outcome{};  ///< none: not reached
  bool verified = false;
  std::int64_t bytes = 0;
  std::string operation{};  ///< of `failure`
  std::optional<Error> failure{};
  std::optional<Error> difference{};

  void fail(std::string_view what, const Error& error) {
    outcome = Outcome::failed;
    operation = what;
    failure = error;
  }

  /// The target has it with another content.
  void decide(OnConflict on_conflict, Timestamp source, Timestamp target) {
    if (on_conflict == OnConflict::newer) on_conflict = source > target ? OnConflict::overwrite : OnConflict::skip;
    if (on_conflict == OnConflict::overwrite) {
      outcome = Outcome::overwritten;
    } else if (on_conflict == OnConflict::skip) {
      outcome = Outcome::skipped;
    } else {
      fail("compare", Error(Errc::already_exists, "the target has it with another content"));
    }
  }
};

}  // namespace reel::detail

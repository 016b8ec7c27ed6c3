#pragma once

#include <optional>

#include <reel/driver/change.hpp>
#include <reel/driver/document.hpp>
#include <reel/error.hpp>

namespace reel::driver {

/// The operation of one step of a bulk write.
enum class WriteKind {
  create,  ///< stores a new record
  update,  ///< changes a stored record
  remove,  ///< removes a stored record
};

/// One step of a bulk write.
struct Write {
  /// Which of the members below count.
  WriteKind kind = WriteKind::create;
  /// `create`: the new document; otherwise only its `id` is set.
  Document document{};
  /// `update`: the change; `remove`: only `if_unchanged_since` and `as_read` count.
  Change change{};
};

/// The result of one step of a bulk write.
struct WriteResult {
  /// As stored, for `remove` as removed; null if the record did not exist or on failure.
  DocumentPtr document{};
  /// Why the step failed; empty on success.
  std::optional<Error> error{};
};

/// How the steps of a bulk write depend on each other.
enum class Batch {
  atomic,       ///< all steps are applied or none
  independent,  ///< each step is applied or fails alone
};

}  // namespace reel::driver

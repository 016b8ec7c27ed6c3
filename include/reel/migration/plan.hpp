#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <reel/driver/enumerator_name.hpp>
#include <reel/migration/progress.hpp>

namespace reel {

/// The part of a migration that a finding of its plan concerns.
enum class PlanSubject {
  setup,       ///< what setting up the collection or bucket in the target changes, or why it is impossible
  column,      ///< a column of the source that the type does not know, see `ForeignColumns`
  conflict,    ///< the target has other content under the id, or other permissions
  value,       ///< a value that breaks a rule of the schema or bucket, such as a unique index
  reference,   ///< a reference to a record that the target would not have
  limit,       ///< a limit of the target that would be exceeded
  space,       ///< the medium of the target is too small
  ability,     ///< a property of the source that the target does not keep
  permission,  ///< the source may not be read, or the target not be written
};

/// The name of the enumerator: `reference`.
[[nodiscard]] constexpr std::string_view to_string(PlanSubject subject) {
  using enum PlanSubject;
  return driver::enumerator_name(subject, {{setup, "setup"},
                                           {column, "column"},
                                           {conflict, "conflict"},
                                           {value, "value"},
                                           {reference, "reference"},
                                           {limit, "limit"},
                                           {space, "space"},
                                           {ability, "ability"},
                                           {permission, "permission"}});
}

/// Something that a plan has found out and that the caller should know before anything is written.
struct PlanFinding {
  PlanSubject subject = PlanSubject::setup;  ///< what it is about
  MigrationKind kind{};                      ///< where; empty: the migration as a whole
  std::string id{};                          ///< of the record or blob; empty: the whole collection or bucket
  std::string attribute{};                   ///< as `MigrationProblem::attribute`, or the name of a column
  std::string text{};                        ///< a sentence in lower case without a full stop
  std::string remedy{};                      ///< what to do about it, likewise; never empty
  std::int64_t count = 0;                    ///< records and blobs that it concerns; 0: none or unknown
  bool blocks = false;                       ///< the run would not copy what it concerns; `clean()` is false
};

}  // namespace reel

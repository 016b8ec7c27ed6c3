#pragma once

#include <string>
#include <string_view>

#include <reel/error.hpp>
#include <reel/migration/plan.hpp>

/// Remedies for the failures and findings of a migration, as reports contain them.
namespace reel {

/// The remedy for an error of any step of a migration. Never empty.
[[nodiscard]] constexpr std::string_view remedy_of(Errc code) {
  switch (code) {
    case Errc::not_found:
      return "look whether another program removes records or files during the migration, and migrate again";
    case Errc::already_exists:
      return "change the values of one of the two records, or remove the one in the target, and migrate again";
    case Errc::invalid:
      return "correct the value in the source and migrate again";
    case Errc::conflict:
      return "stop the programs that write to the source and the target, and migrate again";
    case Errc::unauthorized:
      return "renew the API key or session of the store and migrate again";
    case Errc::forbidden:
      return "grant the key, or this user, the missing right and migrate again";
    case Errc::rate_limited:
      return "migrate again later, or with fewer requests at the same time";
    case Errc::too_large:
      return "raise the limit of the target, or leave the item out, and migrate again";
    case Errc::unsupported_media:
      return "add the extension to the bucket, or rename the file in the source, and migrate again";
    case Errc::unsupported:
      return "choose a target that can store it";
    case Errc::unavailable:
      return "make the store available again, free space if its disk is full, and migrate again";
    case Errc::timed_out:
      return "look at the network and the server, and migrate again";
    case Errc::corrupt:
      return "repair the source, or restore the item from a backup, and migrate again";
    case Errc::cancelled:
      return "migrate again; what was acknowledged is not copied twice";
    case Errc::internal:
      return "report the message to the authors of the store";
  }
  return "";
}

/// The remedy for a failure: by the step that failed where that is more specific than the code. Never empty.
///
/// - `operation`: see `MigrationProblem::operation`
[[nodiscard]] constexpr std::string_view remedy_of(Errc code, std::string_view operation) {
  struct Row {
    std::string_view operation;
    Errc code;
    std::string_view remedy;
  };
  constexpr Row rows[] = {
      {"compare", Errc::already_exists, "choose which content to keep: skip, overwrite or newer on conflict"},
      {"backup", Errc::already_exists, "use an empty store for the backup and migrate again"},
      {"permissions", Errc::already_exists, "choose which permissions to keep: skip or overwrite on conflict"},
      {"reference", Errc::invalid, "copy the record it refers to first, or clear the reference in the source"},
      {"setup", Errc::conflict, "change the type, or the collection of the target, so that both have one schema"},
      {"setup", Errc::invalid, "change the type so that it fits into the limits of the target"},
      {"setup", Errc::too_large, "lower the limit of the bucket to what the target accepts, or raise the latter"},
      {"find", Errc::corrupt, "repair the target, or restore the record there from a backup, and migrate again"},
      {"list", Errc::conflict, "change the type so that it has every attribute of the source"},
      {"columns", Errc::conflict, "add the columns to the type, or choose to copy them or to leave them"},
      {"columns", Errc::forbidden, "grant the key the right to list columns, or choose to leave unknown ones"},
      {"verify", Errc::not_found, "migrate again; look whether another program removes from the target"},
      {"verify", Errc::corrupt, "migrate again with overwrite on conflict, and check the medium of the target"},
      {"space", Errc::unavailable, "free space on the disk of the target, or choose another disk, and migrate again"},
  };
  for (const Row& row : rows) {
    if (row.operation == operation && row.code == code) return row.remedy;
  }
  return remedy_of(code);
}

/// The remedy for a finding that is not an error. Never empty.
[[nodiscard]] constexpr std::string_view remedy_of(PlanSubject subject) {
  switch (subject) {
    case PlanSubject::setup:
      return "nothing, if the change is wanted";
    case PlanSubject::column:
      return "add the column to the type, or choose to copy columns that it does not know, or to leave them";
    case PlanSubject::conflict:
      return "compare the two stores before the run; the content of the target may be the newer one";
    case PlanSubject::value:
      return "correct the value in the source";
    case PlanSubject::reference:
      return "copy the record it refers to first, or clear the reference in the source";
    case PlanSubject::limit:
      return "raise the limit of the target, or plan for the time it takes";
    case PlanSubject::space:
      return "free space on the disk of the target, or choose another disk";
    case PlanSubject::ability:
      return "keep the source, or choose a target that keeps it, if it is needed";
    case PlanSubject::permission:
      return "grant the key, or this user, the missing right";
  }
  return "";
}

}  // namespace reel

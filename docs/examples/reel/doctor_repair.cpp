#include "doctor_repair.hpp"

#include <algorithm>
#include <iostream>
#include <string>
#include <utility>

#include <reel/video/everything.hpp>

#include "commands.hpp"
#include "text.hpp"

namespace tool {
namespace {

using reel::filesystem::Damage;
using reel::filesystem::Repair;

const char* name_of(Damage::Part part) {
  constexpr const char* names[] = {"header", "line", "missing"};
  return names[static_cast<int>(part)];
}

Json json_of_damage(const Damage& damage) {
  Json older = Json::array();
  for (const reel::filesystem::OlderVersion& version : damage.older)
    older.push_back(
        {{"id", version.id}, {"offset", version.offset}, {"updated_at", reel::format_timestamp(version.updated_at)}});
  const bool may_have_more = !damage.is_harmless && (damage.is_merged || damage.ids().empty());
  return {{"part", name_of(damage.part)}, {"offset", damage.offset},          {"bytes", damage.size},
          {"given_up", damage.ids()},     {"unknown_records", may_have_more}, {"older_versions", std::move(older)}};
}

Json json_of_repair(const Repair& repair) {
  Json damage = Json::array();
  for (const Damage& one : repair.damage) damage.push_back(json_of_damage(one));
  const auto text_or_null = [](const std::string& text) { return text.empty() ? Json() : Json(text); };
  return {{repair.bucket ? "bucket" : "collection", repair.id},
          {"journal", repair.journal},
          {"saved", repair.saved},
          {"damage", std::move(damage)},
          {"copy", text_or_null(repair.copy)},
          {"kept_files", text_or_null(repair.kept_files)},
          {"schema_restored", repair.schema_restored},
          {"failure", repair.failure ? Json(repair.failure->reason()) : Json()}};
}

std::string place_of(const Damage& damage) {
  const std::string at = " at byte " + std::to_string(damage.offset);
  switch (damage.part) {
    case Damage::Part::header:
      return "the header";
    case Damage::Part::missing:
      return counted(damage.size, "byte") + " missing" + at;
    default:
      return "the line" + at + ", " + counted(damage.size, "byte") + ",";
  }
}

void print_damage(const Damage& damage) {
  const std::vector<std::string> ids = damage.ids();
  std::string text = place_of(damage) + (damage.part == Damage::Part::missing ? ": " : " is damaged: ");
  const bool is_header = damage.part == Damage::Part::header;
  if (damage.is_harmless) text += is_header ? "it holds no record" : "no record is lost";
  for (std::size_t i = 0; i < ids.size(); ++i) text += (i > 0 ? ", " : "") + ids[i];
  if (!damage.is_harmless && (damage.is_merged || ids.empty()))
    text += ids.empty() ? "its records are unknown" : ", and possibly others";
  std::cout << "  " << printable(text) << '\n';
  for (const reel::filesystem::OlderVersion& version : damage.older) {
    std::cout << "    an older version of " << printable(version.id) << ", of " << time_text(version.updated_at)
              << ", is at byte " << version.offset << "; it is not used\n";
  }
}

bool has_no_journal(const Repair& repair) {
  return !repair.damage.empty() && repair.damage.front().part == Damage::Part::missing &&
         repair.damage.front().size == 0;
}

/// Prints the changes that a repair made.
void print_changes(const Repair& repair) {
  if (repair.schema_restored) std::cout << "  schema.json rewritten\n";
  if (has_no_journal(repair)) std::cout << "  journal missing: an empty one was created\n";
  if (!repair.copy.empty())
    std::cout << "  repaired, " << counted(repair.saved, "record") << " saved; the damaged journal is kept as "
              << printable(repair.copy) << '\n';
  if (!repair.kept_files.empty())
    std::cout << "  files of blobs without a record are kept in " << printable(repair.kept_files) << '\n';
}

void print_repair(const Repair& repair, bool look_only) {
  std::cout << '\n'
            << (repair.bucket ? "bucket " : "collection ") << printable(repair.id) << ": " << printable(repair.journal)
            << '\n';
  if (!has_no_journal(repair)) {
    for (const Damage& damage : repair.damage) print_damage(damage);
  }
  if (repair.failure) {
    std::cout << "  cannot be repaired: " << printable(repair.failure->reason()) << '\n';
    return;
  }
  if (!look_only) return print_changes(repair);
  if (repair.schema_restored) std::cout << "  schema.json is damaged, and can be restored\n";
  std::cout << "  " << counted(repair.saved, "record") << " can be saved: 'reel doctor STORE --repair'\n";
}

}  // namespace

std::vector<Repair> repair_journals(const std::string& folder, bool look_only) {
  reel::filesystem::RepairOptions options{.dry_run = look_only};
  const reel::MigrationSet all = reel::video::everything;
  options.schemas.assign(all.collections.begin(), all.collections.end());
  std::vector<Repair> repairs = reel::filesystem::repair(folder, options);
  std::erase_if(repairs, [](const Repair& one) { return one.is_clean(); });
  return repairs;
}

Json json_of(const std::vector<Repair>& repairs) {
  Json all = Json::array();
  for (const Repair& one : repairs) all.push_back(json_of_repair(one));
  return all;
}

void print(const std::vector<Repair>& repairs, bool look_only) {
  for (const Repair& one : repairs) print_repair(one, look_only);
}

int status_of(const std::vector<Repair>& repairs) {
  int status = done;
  for (const Repair& one : repairs) {
    if (one.failure) return failed;
    if (!one.given_up().empty()) status = not_clean;
  }
  return status;
}

}  // namespace tool

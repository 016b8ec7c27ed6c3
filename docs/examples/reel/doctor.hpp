#pragma once

#include "commands.hpp"

/// The `doctor` command for each kind of store.
namespace tool {

int doctor_appwrite(const DoctorArguments& arguments);
/// Reports the topics, scenes and diagnostics of a tree, and accounts for every file. Status 1 if something cannot be
/// read.
int doctor_legacy(const DoctorArguments& arguments);
/// Reads every record, lists every blob and, in a `file:` store, checks every journal and repairs it with --repair.
/// Status 1 if something cannot be read or repaired, 3 if a repair discarded records.
int doctor_records(const DoctorArguments& arguments);

}  // namespace tool

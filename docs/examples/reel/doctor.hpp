#pragma once

#include "commands.hpp"

/// What `doctor` does for each kind of store.
namespace tool {

int doctor_appwrite(const DoctorArguments& arguments);
/// What is in a tree, told from the files, with the accounting of all of them. Status 1 if something cannot be read.
int doctor_legacy(const DoctorArguments& arguments);
/// Counts and reads every record, and looks at every blob. Status 1 if something cannot be read.
int doctor_records(const DoctorArguments& arguments);

}  // namespace tool

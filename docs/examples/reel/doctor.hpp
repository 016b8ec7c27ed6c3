#pragma once

#include "commands.hpp"

/// What `doctor` does for each kind of store.
namespace tool {

int doctor_appwrite(const DoctorArguments& arguments);
/// What is in a tree, told from the files, with the accounting of all of them. Status 1 if something cannot be read.
int doctor_legacy(const DoctorArguments& arguments);
/// Counts and reads every record, and looks at every blob and, in a folder, at every journal, which it repairs if that
/// is wanted. Status 1 if something cannot be read or repaired, 3 if a repair has given records up.
int doctor_records(const DoctorArguments& arguments);

}  // namespace tool

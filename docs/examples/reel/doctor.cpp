#include "doctor.hpp"

namespace tool {

int doctor(const DoctorArguments& arguments) {
  if (arguments.repair && !arguments.store.starts_with("file:"))
    throw UsageError("--repair: '" + arguments.store + "' is not a file: store");
  if (arguments.store.starts_with("appwrite:")) return doctor_appwrite(arguments);
  if (arguments.store.starts_with("legacy:")) return doctor_legacy(arguments);
  return doctor_records(arguments);
}

}  // namespace tool

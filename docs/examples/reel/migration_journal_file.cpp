#include "migration_journal_file.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <ios>
#include <string>
#include <system_error>

#include <reel/driver/file/file.hpp>
#include <reel/error.hpp>
#include <reel/md5.hpp>
#include <reel/version.hpp>

#include "state_folder.hpp"

namespace tool {
namespace {

namespace fs = std::filesystem;

/// The journal in the state folder, which is created; empty if it cannot be.
std::string default_journal(const MigrateArguments& arguments, const Store& source, const Store& target) {
  if (!source.abilities().identity || !target.abilities().identity) return {};
  fs::path folder;
  try {
    folder = state_folder("migrations", "the journals of migrations");
  } catch (const reel::Error&) {
    return {};
  }
  if (::access(folder.c_str(), W_OK) != 0) return {};
  std::string name;
  for (const reel::driver::StoreIdentity& one : {source.identity(), target.identity()})
    name += one.records + '\n' + one.blobs + '\n';
  name += std::string(reel::version) + '\n' + arguments.on_conflict + '\n' + arguments.columns + '\n' +
          arguments.verify + '\n' + std::to_string(arguments.seed) + '\n' + selection_of(arguments.copy).dump();
  return (folder / (reel::md5_hex(name) + ".jsonl")).string();
}

}  // namespace

std::string journal_file(const MigrateArguments& arguments, const Store& source, const Store& target) {
  const bool is_in_memory = source.url().starts_with("memory:") || target.url().starts_with("memory:");
  if (arguments.plan || arguments.journal == "none" || (arguments.journal.empty() && is_in_memory)) return {};
  const std::string path = arguments.journal.empty() ? default_journal(arguments, source, target) : arguments.journal;
  if (!arguments.restart || path.empty()) return path;
  std::string start(16, '\0');
  std::ifstream(path).read(start.data(), static_cast<std::streamsize>(start.size()));
  const bool is_empty = start.find_first_not_of('\0') == std::string::npos;
  if (!is_empty && start != "{\"reel\":\"migrati")
    throw reel::Error(reel::Errc::invalid, "'" + path + "' is not the journal of a migration; name another file");
  std::error_code failure;
  fs::remove(path, failure);
  if (failure) throw reel::driver::file_error("remove the journal", path, failure.value());
  return path;
}

}  // namespace tool

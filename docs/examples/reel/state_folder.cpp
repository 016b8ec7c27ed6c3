#include "state_folder.hpp"

#include <cstdlib>
#include <system_error>

#include <reel/error.hpp>

namespace tool {

std::filesystem::path state_folder(const std::string& name, const std::string& content) {
  namespace fs = std::filesystem;
  const char* const state = std::getenv("XDG_STATE_HOME");
  const char* const home = std::getenv("HOME");
  if ((!state || *state == '\0') && (!home || *home == '\0'))
    throw reel::Error(reel::Errc::invalid,
                      "no folder for " + content + ": neither XDG_STATE_HOME nor HOME is set; set one of them");
  const fs::path all = (state && *state != '\0' ? fs::path(state) : fs::path(home) / ".local" / "state") / "reel";
  fs::path folder = all / name;
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (failure)
    throw reel::Error(reel::Errc::unavailable, "cannot create the folder '" + folder.string() + "' for " + content +
                                                   ": " + failure.message() +
                                                   "; set XDG_STATE_HOME to a writable folder");
  return folder;
}

}  // namespace tool

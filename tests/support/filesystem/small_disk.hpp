#pragma once

#include <sched.h>
#include <sys/mount.h>

#include <filesystem>
#include <stdexcept>
#include <string>

#include "support/filesystem/child.hpp"
#include "support/filesystem/temporary_folder.hpp"

namespace reel::testing {

/// Runs `body(folder)` on a file system of `bytes` bytes, in a process with its own mount namespace, so that no mount
/// remains. Returns false if the process may not mount. Throws if `body` throws.
template <class F>
[[nodiscard]] bool on_small_disk(int bytes, F&& body) {
  const TemporaryFolder folder;
  Child child([&](const Child::Pipe& pipe) {
    const std::string options = "size=" + std::to_string(bytes);
    const bool mounted = ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, "") == 0 &&
                         ::mount("tmpfs", folder.path().c_str(), "tmpfs", 0, options.c_str()) == 0;
    if (!mounted) return pipe.write("no right to mount");
    body(folder.path());
    pipe.write("done");
  });
  const std::string said = child.read();
  if (!child.wait()) throw std::runtime_error("the process on the small disk failed");
  return said == "done";
}

/// Remounts the small disk of this process read-only.
inline void make_read_only(const std::string& folder) {
  if (::mount("none", folder.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, "") != 0)
    throw std::runtime_error("cannot make " + folder + " read-only");
}

}  // namespace reel::testing

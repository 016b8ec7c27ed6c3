#pragma once

#include <sys/statfs.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace reel::legacy {

/// Whether other machines may change the files on the file system of an open file, judging by its type: a network
/// file system, or FUSE, which serves the shared folders of virtual machines. This machine then does not learn of all
/// changes, and its kernel does not know all programs that have a file open. One fstatfs(2).
[[nodiscard]] inline bool is_shared(int file) {
  constexpr std::array<std::uint32_t, 14> shared{
      0x6969,      // NFS
      0x517B,      // SMB
      0xFF534D42,  // CIFS
      0xFE534D42,  // SMB 2
      0x65735546,  // FUSE
      0x01021997,  // 9P
      0x73757245,  // Coda
      0x5346414F,  // AFS
      0x00C36400,  // Ceph
      0x786F4256,  // VirtualBox
      0x01161970,  // GFS2
      0x7461636F,  // OCFS2
      0x0BD00BD0,  // Lustre
      0x47504653,  // GPFS
  };
  struct statfs status {};
  return ::fstatfs(file, &status) == 0 &&
         std::ranges::find(shared, static_cast<std::uint32_t>(status.f_type)) != shared.end();
}

}  // namespace reel::legacy

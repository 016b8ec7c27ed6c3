#include <reel/backends/legacy/foreign_names.hpp>

#include "support/catch.hpp"

namespace foreign_names_tests {

using namespace reel::legacy;

TEST_CASE("file names of other programs are distinguished from the pipeline's", "[legacy]") {
  using enum ForeignName;
  for (const char* name : {".DS_Store", "._x", "Thumbs.db", "THUMBS.DB", "desktop.ini", ".#x", "~$x.docx", ".~lock.x#",
                           ".nfs000000000000001", ".fuse_hidden0001", "Icon\r", ".git", ".syncthing.x.tmp"})
    CHECK(foreign_file(name) == metadata);
  for (const char* name : {"x~", "#x#", ".x.swp", "._x.swp", ".x.swo", "x.bak", "x.orig", "x (conflicted copy).py",
                           "x (Ada's conflicted copy 2025-06-20).py", "x.sync-conflict-20250620-1-A.py",
                           "x (Conflict).py", "x_conflict-20250620.txt"})
    CHECK(foreign_file(name) == backup);
  for (const char* name : {"x", "~", "#", "##", ".nfs", ".swp", "x.swp", "session_id.txt", ".gitignore",
                           "conflicted copy", "foo_scene1_v0.py", ".env", "bak", ".reel.json"})
    CHECK(foreign_file(name) == none);
  for (const char* name : {".snapshot",
                           ".snapshots",
                           "#snapshot",
                           "~snapshot",
                           ".zfs",
                           ".venv",
                           ".tox",
                           ".nox",
                           "__MACOSX",
                           ".git",
                           ".svn",
                           "@eaDir",
                           "lost+found",
                           "$RECYCLE.BIN",
                           "$Recycle.Bin",
                           ".Trash-1000",
                           ".fseventsd",
                           ".Spotlight-V100",
                           "System Volume Information",
                           "CVS"})
    CHECK(foreign_folder(name) == metadata);
  CHECK(foreign_folder(".ipynb_checkpoints") == backup);
  for (const char* name : {"foo (Ada's conflicted copy)", "foo.bak", "Foo.BAK", "foo~", "foo.orig", "foo (copy)",
                           "foo (Copy)", "foo (copy 2)", "foo (another copy)", "foo (3rd copy)", "#foo#"})
    CHECK(foreign_folder(name) == backup);
  // Names that the pipeline can choose for a topic are never those of another program.
  for (const char* name : {"__macosx",
                           "cvs",
                           "git",
                           "lost_found",
                           "~",
                           "conflicted_copy",
                           "scene1",
                           "recycler",
                           "snapshot",
                           "venv",
                           "node_modules",
                           "bak",
                           "(copy)",
                           " (copy)",
                           "copy",
                           "DNA copy",
                           "foo (copy that)",
                           "foo (copyright)",
                           "foo (copy x)",
                           "foo (hard copy)",
                           "foo (copy"})
    CHECK(foreign_folder(name) == none);
}

}  // namespace foreign_names_tests

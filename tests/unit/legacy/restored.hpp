#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>

#include <reel/backends/legacy.hpp>
#include <reel/backends/legacy/model.hpp>
#include <reel/migrate.hpp>
#include <reel/video/everything.hpp>

#include "support/catch.hpp"
#include "support/filesystem/temporary_folder.hpp"

/// Copies a tree to another store and from there to a new tree, and compares the two trees.
namespace legacy_tree {

namespace files = std::filesystem;

inline std::string bytes_of(const files::path& path) { return reel::testing::content_of(path.string()); }

inline std::int64_t milliseconds_of(const files::path& path) {
  const auto time = std::chrono::file_clock::to_sys(files::last_write_time(path)).time_since_epoch();
  return std::chrono::floor<std::chrono::milliseconds>(time).count();
}

/// Returns every entry below a folder except non-empty folders.
inline std::set<std::string> names_below(const files::path& root) {
  std::set<std::string> names;
  for (const auto& entry : files::recursive_directory_iterator(root))
    if (!entry.is_directory() || entry.is_symlink() || files::is_empty(entry))
      names.insert(files::relative(entry.path(), root).string());
  return names;
}

/// Expects that `copy` has exactly the files and empty folders of `tree` except caches, with the same bytes and, except
/// for files of the library, the same times.
inline void check_same_files(const reel::legacy::Tree& tree, const files::path& copy) {
  using reel::legacy::EntryType;
  using reel::legacy::Role;
  std::set<std::string> left = names_below(copy);
  for (const reel::legacy::TreeFile& file : tree.files) {
    const bool is_folder = file.type == EntryType::folder;
    if (!is_folder && file.type != EntryType::regular) continue;
    if (file.role == Role::cache || file.role == Role::unreadable || file.role == Role::foreign) continue;
    if (is_folder && file.role == Role::store) continue;
    INFO(file.path);
    REQUIRE(left.erase(file.path) == 1);
    CHECK(files::is_directory(copy / file.path) == is_folder);
    if (!is_folder) CHECK((bytes_of(tree.root / file.path) == bytes_of(copy / file.path)));
    if (file.role != Role::store) CHECK(milliseconds_of(tree.root / file.path) == milliseconds_of(copy / file.path));
  }
  CHECK(left == std::set<std::string>{});
}

/// Expects that two stores have the same records and blobs in the same order.
template <class A, class B>
void check_same_records(A& a, B& b) {
  const reel::VerificationReport report = reel::verify(a, b, reel::video::everything);
  for (const auto& one : report.differences) UNSCOPED_INFO(one.kind.str() << ' ' << one.id << ": " << one.reason);
  for (const auto& one : report.missing) UNSCOPED_INFO("missing " << one.kind.str() << ' ' << one.id);
  for (const auto& one : report.extra) UNSCOPED_INFO("extra " << one.kind.str() << ' ' << one.id);
  CHECK(report.clean());
}

inline void check_clean(const reel::MigrationReport& report) {
  for (const auto& one : report.failures)
    UNSCOPED_INFO(one.kind.str() << ' ' << one.id << ' ' << one.operation << ": " << one.reason);
  for (const auto& one : report.differences) UNSCOPED_INFO(one.kind.str() << ' ' << one.id << ": " << one.reason);
  CHECK(report.clean());
}

inline reel::LegacyOptions writable(reel::legacy::Variant variant = reel::legacy::Variant::v2) {
  return {.write_as = variant, .durable = false};
}

/// `by_the_way` must be an empty store.
template <class Store>
void check_round_trip(const files::path& tree, Store& by_the_way, const files::path& copy) {
  reel::Legacy from(tree);
  check_clean(reel::migrate(from, by_the_way, reel::video::everything, {.verify = reel::Verify::none}));
  {
    reel::Legacy to(copy, writable());
    check_clean(reel::migrate(by_the_way, to, reel::video::everything));
    to.settle();
  }
  check_same_files(from.tree(), copy);
  reel::Legacy again(copy);
  check_same_records(from, again);
  REQUIRE(again.tree().topics.size() == from.tree().topics.size());
  for (std::size_t i = 0; i < from.tree().topics.size(); ++i)
    CHECK(again.tree().topics[i].folder == from.tree().topics[i].folder);
}

}  // namespace legacy_tree

#pragma once

#include <memory>

#include <reel/any_store.hpp>
#include <reel/backends/filesystem.hpp>
#include <reel/backends/legacy.hpp>
#include <reel/backends/memory.hpp>

#include "support/catch.hpp"
#include "support/filesystem/temporary_folder.hpp"

namespace video_tests {

/// An empty store in memory. The tests use one type of store for all backends, so that each call is compiled once.
inline reel::AnyStore memory_store() { return reel::AnyStore(std::make_shared<reel::Memory>()); }

/// Runs `body(store)` on an empty store of each local backend.
template <class Body>
void on_each_store(Body&& body) {
  SECTION("Memory") {
    reel::AnyStore store = memory_store();
    body(store);
  }
  SECTION("Filesystem") {
    const reel::testing::TemporaryFolder folder;
    reel::AnyStore store(std::make_shared<reel::Filesystem>(
        folder.path(), reel::FilesystemOptions{.durability = reel::Durability::relaxed}));
    body(store);
  }
  SECTION("Legacy") {
    const reel::testing::TemporaryFolder folder;
    reel::AnyStore store(std::make_shared<reel::Legacy>(
        folder.path() + "/output", reel::LegacyOptions{.write_as = reel::legacy::Variant::v2, .durable = false}));
    body(store);
  }
}

}  // namespace video_tests

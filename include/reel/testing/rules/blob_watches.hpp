#pragma once

#include <string>

#include <reel/testing/rules/put.hpp>
#include <reel/testing/samples.hpp>
#include <reel/testing/watcher.hpp>

namespace reel::testing::rules {

inline constexpr Rule blob_watch_rules[] = {
    {"a watch of a bucket returns its blobs, then a bookmark, then each blob that is stored, replaced or removed",
     [](Bench& bench) {
       const auto blobs = blobs_in(bench);
       blobs.put(blob_id("a"), from_bytes(std::string("one")));
       Watcher<BlobInfo> watcher(blobs, {});
       watcher.expect_next("present a");
       expect_equal(watcher.last().blob.value().size, 3, "the size of the blob");
       watcher.expect_next("bookmark");
       const BlobInfo stored = blobs.put(blob_id("b"), from_bytes(std::string("two!")));
       watcher.expect_next("entered b");
       expect_equal(watcher.last().blob.value().md5, stored.md5, "the MD5 of the stored blob");
       blobs.remove(blob_id("a"));
       watcher.expect_next("removed a");
     }},
    {"a watch of a bucket reports a blob that is overwritten with its new checksum",
     [](Bench& bench) {
       const auto blobs = blobs_in(bench);
       blobs.put(blob_id("a"), from_bytes(std::string("one")));
       Watcher<BlobInfo> watcher(blobs, {});
       watcher.expect_next("present a");
       watcher.expect_next("bookmark");
       const BlobInfo stored = blobs.put(blob_id("a"), from_bytes(std::string("other")), {.overwrite = true});
       watcher.wait_until(
           [&](const auto& events) { return events.back().blob && events.back().blob->md5 == stored.md5; },
           "the new blob");
     }},
    {"a watch of a bucket reports a new name",
     [](Bench& bench) {
       const auto blobs = blobs_in(bench);
       blobs.put(blob_id("a"), from_bytes(std::string("one")), {.name = "old.mp4"});
       Watcher<BlobInfo> watcher(blobs, {});
       watcher.expect_next("present a");
       watcher.expect_next("bookmark");
       blobs.update(blob_id("a"), {.name = "new.mp4"});
       watcher.expect_next("changed a");
       expect_equal(watcher.last().blob.value().name, "new.mp4", "the name in the event");
     },
     {Capability::blob_update}},
    {"a watched query of blobs reports those that match",
     [](Bench& bench) {
       const auto blobs = blobs_in(bench);
       Watcher<BlobInfo> watcher(blobs, Query<BlobInfo>{}.where(field<&BlobInfo::size> > 3));
       watcher.expect_next("bookmark");
       blobs.put(blob_id("small"), from_bytes(std::string("one")));
       blobs.put(blob_id("large"), from_bytes(std::string("many bytes")));
       watcher.expect_next("entered large");
     }},
};

inline constexpr Area blob_watch_area{"blob watch", blob_watch_rules, {Capability::blobs}};

}  // namespace reel::testing::rules

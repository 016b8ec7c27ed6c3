#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <reel/testing/rules/put.hpp>
#include <reel/testing/samples.hpp>
#include <reel/testing/together.hpp>

namespace reel::testing::rules {

[[nodiscard]] inline std::string piece(const AnyBlobs& blobs, const BlobId& id, ByteRange range) {
  std::string text;
  for (const std::byte byte : blobs.read(id, range)) text += static_cast<char>(byte);
  return text;
}

[[nodiscard]] inline Names ids_in(const AnyBlobs& blobs, std::int64_t page_size) {
  Names ids;
  for (const BlobInfo& info : blobs.all(Query<BlobInfo>{}.limit(page_size))) {
    ids.push_back(info.id.str());
    expect(ids.size() <= everything_limit, "paging does not end");
  }
  return ids;
}

/// The content that a reader reports while a store without atomic overwrite has neither the old nor the new blob.
inline constexpr std::string_view missing_meanwhile = "missing meanwhile";

[[nodiscard]] inline std::string content_while_overwritten(const Bench& bench, const AnyBlobs& blobs,
                                                           const BlobId& id) {
  try {
    return content_of(blobs, id);
  } catch (const Error& error) {
    if (error.code() != Errc::not_found || bench.manifest().offers(Capability::atomic_overwrite)) throw;
    return std::string(missing_meanwhile);
  }
}

/// A sink that fails at its first byte.
class FailingSink final : public BlobSink {
 public:
  void write(std::span<const std::byte>) override { throw Error(Errc::unavailable, "the sink is full"); }
};

/// Returns four handles on one bucket, one for each thread: from the same store object, or each from another one.
[[nodiscard]] inline std::vector<AnyBlobs> writers_in(Bench& bench, bool several_handles) {
  std::vector<AnyBlobs> writers{blobs_in(bench)};
  while (writers.size() < 4) writers.push_back(several_handles ? blobs_in(bench.another_handle()) : writers.front());
  return writers;
}

[[nodiscard]] inline std::string content_of_writer(std::size_t i) {
  return std::string(40'000 + i, static_cast<char>('a' + i));
}
inline void expect_content_of_one_writer(const AnyBlobs& blobs, const BlobId& id) {
  const std::string content = content_of(blobs, id);
  expect(!content.empty() && content == content_of_writer(static_cast<std::size_t>(content[0] - 'a')),
         "the blob is not one of the stored ones");
}

inline void puts_of_one_id(const std::vector<AnyBlobs>& writers, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    const BlobId id = blob_id("race" + std::to_string(round));
    std::atomic<int> winners = 0;
    together(writers.size(), [&](std::size_t i) {
      try {
        writers[i].put(id, from_bytes(content_of_writer(i)));
        ++winners;
      } catch (const Error& error) {
        if (error.code() != Errc::already_exists) throw;
      }
    });
    expect_equal(winners.load(), 1, "the number of successful puts with one id");
    expect_content_of_one_writer(writers.front(), id);
  }
}

inline constexpr Rule blob_rules[] = {
    {"with an unknown id get, stat and read are not_found, find is empty and remove is false",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       expect_no_blob(blobs, blob_id("none"), "an unknown id");
       expect_error(
           Errc::not_found, [&] { return blobs.stat(blob_id("none")); }, "stat");
       expect_error(
           Errc::not_found, [&] { return blobs.read(blob_id("none"), {}); }, "read");
       expect(!blobs.remove(blob_id("none")), "remove returned true for a missing item");
     }},
    {"an invalid id is refused by every operation on blobs",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       const BlobId bad = blob_id("a/b");
       expect_error(
           Errc::invalid, [&] { return blobs.put(bad, from_bytes("x")); }, "put");
       expect_error(
           Errc::invalid, [&] { return blobs.find(bad); }, "find");
       expect_error(
           Errc::invalid, [&] { return blobs.stat(bad); }, "stat");
       expect_error(
           Errc::invalid, [&] { return blobs.remove(bad); }, "remove");
       expect_error(
           Errc::invalid, [&] { return blobs.read(bad, {}); }, "read");
       expect_error(
           Errc::invalid, [&] { return content_of(blobs, bad); }, "get");
     }},
    {"a blob is found by its id in any case",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       blobs.put(blob_id("Red.Shoes"), from_bytes("x"));
       expect_blob(blobs, blob_id("rED.sHOES"), "x", "in other case");
       expect(blobs.remove(blob_id("RED.SHOES")), "remove does not find it in other case");
     }},
    {"a removed blob no longer exists, and its id can be used again",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       blobs.put(blob_id("a"), from_bytes("first"));
       expect(blobs.remove(blob_id("a")), "remove returned false for an existing item");
       expect_no_blob(blobs, blob_id("a"), "after remove");
       expect(!blobs.remove(blob_id("a")), "the second remove returned true");
       blobs.put(blob_id("a"), from_bytes("second"));
       expect_blob(blobs, blob_id("a"), "second", "a new blob of the same id");
     }},
    {"a range is read from its offset and ends at the end of the blob",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       const BlobId id = blob_id("a");
       blobs.put(id, from_bytes("0123456789"));
       expect_equal(piece(blobs, id, {.offset = 0, .length = 4}), "0123", "the head");
       expect_equal(piece(blobs, id, {.offset = 3, .length = 4}), "3456", "the middle");
       expect_equal(piece(blobs, id, {.offset = 7}), "789", "the tail");
       expect_equal(piece(blobs, id, {}), "0123456789", "the whole");
       expect_equal(piece(blobs, id, {.offset = 8, .length = 100}), "89", "a range that is longer than the blob");
     }},
    {"a range can be a single byte, including the first and the last",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       blobs.put(blob_id("a"), from_bytes("0123456789"));
       expect_equal(piece(blobs, blob_id("a"), {.offset = 0, .length = 1}), "0", "the first byte");
       expect_equal(piece(blobs, blob_id("a"), {.offset = 5, .length = 1}), "5", "a byte in the middle");
       expect_equal(piece(blobs, blob_id("a"), {.offset = 9, .length = 1}), "9", "the last byte");
       expect_equal(piece(blobs, blob_id("a"), {.offset = 9}), "9", "all from the last byte on");
     }},
    {"a range of length 0 or at or after the end of the blob is empty",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       blobs.put(blob_id("a"), from_bytes("0123456789"));
       blobs.put(blob_id("empty"), from_bytes(""));
       expect_equal(piece(blobs, blob_id("a"), {.offset = 4, .length = 0}), "", "no length");
       expect_equal(piece(blobs, blob_id("a"), {.offset = 10}), "", "at the end");
       expect_equal(piece(blobs, blob_id("a"), {.offset = 1'000'000, .length = 5}), "", "after the end");
       expect_equal(piece(blobs, blob_id("empty"), {.offset = 0, .length = 5}), "", "of an empty blob");
     }},
    {"a negative offset or length is invalid",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       blobs.put(blob_id("a"), from_bytes("0123456789"));
       expect_error(
           Errc::invalid, [&] { return blobs.read(blob_id("a"), {.offset = -1}); }, "a negative offset");
       expect_error(
           Errc::invalid, [&] { return blobs.read(blob_id("a"), {.offset = 0, .length = -1}); }, "a negative length");
     }},
    {"consecutive ranges add up to the blob",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       const std::string content = noise(300'000);
       blobs.put(blob_id("a"), from_bytes(content));
       std::string together;
       for (std::int64_t at = 0; at < 300'000; at += 65'537)
         together += piece(blobs, blob_id("a"), {.offset = at, .length = 65'537});
       expect(together == content, "the ranges do not add up to the blob");
     }},
    {"a failed get leaves its target unchanged",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       std::string kept = "before";
       expect_error(
           Errc::not_found, [&] { return blobs.get(blob_id("none"), to_bytes(kept)); }, "get of a missing item");
       expect_equal(kept, "before", "the content of the sink");
     }},
    {"a sink that fails ends the get with its own error, and the blob stays readable",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       blobs.put(blob_id("a"), from_bytes("0123456789"));
       expect_error(
           Errc::unavailable, [&] { return blobs.get(blob_id("a"), FailingSink{}); }, "a sink that fails");
       expect_blob(blobs, blob_id("a"), "0123456789", "the blob");
     }},
    {"blobs are listed in order of insertion, each exactly once across pages",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       Names ids;
       for (int i = 0; i < 13; ++i) {
         ids.push_back("b" + std::to_string((i * 5) % 13));
         blobs.put(blob_id(ids.back()), from_bytes(ids.back()));
       }
       for (const int size : {1, 3, 12, 13, 14})
         expect_equal(ids_in(blobs, size), ids, "pages of " + std::to_string(size));
       expect(!blobs.list({.limit = 13}).next, "a page follows the last blob");
       expect(blobs.list({.limit = 12}).next.has_value(), "no page follows although there are more blobs");
     }},
    {"a page has 25 blobs unless a limit is set, and a limit below 1 is invalid",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       for (int i = 0; i < 26; ++i) blobs.put(blob_id("b" + std::to_string(i)), from_bytes("x"));
       expect_equal(blobs.list().blobs.size(), 25, "the length of a page");
       expect_equal(ids_in(blobs, 100).size(), 26, "the number of blobs");
       expect_error(
           Errc::invalid, [&] { return blobs.list({.limit = 0}); }, "a limit of 0");
     }},
    {"removing blobs while paging neither skips nor repeats a blob",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       Names ids;
       for (int i = 0; i < 20; ++i) {
         ids.push_back("b" + std::to_string(i));
         blobs.put(blob_id(ids.back()), from_bytes("x"));
       }
       Names seen;
       BlobPage page = blobs.list({.limit = 3});
       while (seen.size() <= ids.size()) {
         for (const BlobInfo& info : page.blobs) {
           seen.push_back(info.id.str());
           blobs.remove(info.id);
         }
         if (!page.next) break;
         page = blobs.list({.limit = 3, .after = page.next});
       }
       expect_equal(seen, ids, "the listed blobs");
     }},
    {"buckets are separate: blobs with the same id in two buckets are independent",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench), others = blobs_in(bench, narrow_bucket());
       blobs.put(blob_id("same"), from_bytes("one"), {.name = "a.txt"});
       expect_no_blob(others, blob_id("same"), "another bucket");
       others.put(blob_id("same"), from_bytes("two"), {.name = "a.txt"});
       blobs.remove(blob_id("same"));
       expect_blob(others, blob_id("same"), "two", "the other blob");
     }},
    {"setting a bucket up again keeps its blobs",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       blobs.put(blob_id("a"), from_bytes("x"));
       blobs.setup();
       expect_blob(blobs, blob_id("a"), "x", "the blob");
     }},
    {"every operation on a bucket that was not set up is not_found",
     [](Bench& bench) {
       // A separate id, because the buckets of a server remain between rules.
       const AnyBlobs blobs{bench.store(), Bucket{.id = "never_set_up", .name = "Never set up"}};
       static_cast<void>(blobs_in(bench, narrow_bucket()));
       expect_error(
           Errc::not_found, [&] { return blobs.put(blob_id("a"), from_bytes("x")); }, "put");
       expect_error(
           Errc::not_found, [&] { return blobs.find(blob_id("a")); }, "find");
       expect_error(
           Errc::not_found, [&] { return blobs.list(); }, "list");
       expect_error(
           Errc::not_found, [&] { return blobs.remove(blob_id("a")); }, "remove");
     }},
    {"a blob and a record with the same id are independent",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       const auto tracks = bench.records<Track>();
       tracks.create({.title = "a"}, with_id<Track>("same"));
       expect_no_blob(blobs, blob_id("same"), "the id of a record");
       blobs.put(blob_id("same"), from_bytes("x"));
       tracks.remove(Id<Track>{"same"});
       expect_blob(blobs, blob_id("same"), "x", "the blob");
     },
     {Capability::records}},
    {"two blobs have different URLs",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       blobs.put(blob_id("a"), from_bytes("x"));
       blobs.put(blob_id("b"), from_bytes("x"));
       expect(!blobs.url(blob_id("a")).empty(), "the url is empty");
       expect(blobs.url(blob_id("a")) != blobs.url(blob_id("b")), "two blobs have the same url");
       expect_equal(blobs.url(blob_id("a")), blobs.url(blob_id("a")), "the url, asked again");
     },
     {Capability::url}},
    {"of concurrent puts with one id exactly one succeeds, and its blob is complete",
     [](Bench& bench) { puts_of_one_id(writers_in(bench, false), 8); }},
    {"of concurrent puts with one id through several handles exactly one succeeds",
     [](Bench& bench) { puts_of_one_id(writers_in(bench, true), 8); },
     {Capability::several_handles}},
    {"concurrent overwrites through several handles leave one complete blob",
     [](Bench& bench) {
       const std::vector<AnyBlobs> writers = writers_in(bench, true);
       for (int round = 0; round < 4; ++round) {
         together(writers.size(), [&](std::size_t i) {
           writers[i].put(blob_id("a"), from_bytes(content_of_writer(i)), {.overwrite = true});
         });
         expect_content_of_one_writer(writers.front(), blob_id("a"));
       }
     },
     {Capability::several_handles}},
    {"of concurrent removals of one blob exactly one returns true",
     [](Bench& bench) {
       const std::vector<AnyBlobs> writers = writers_in(bench, bench.manifest().offers(Capability::several_handles));
       for (int round = 0; round < 8; ++round) {
         writers.front().put(blob_id("a"), from_bytes("a"));
         std::atomic<int> removed = 0;
         together(writers.size(), [&](std::size_t i) { removed += writers[i].remove(blob_id("a")) ? 1 : 0; });
         expect_equal(removed.load(), 1, "the number of removals of one blob that return true");
         expect_no_blob(writers.front(), blob_id("a"), "a removed blob");
       }
     }},
    {"a reader sees the old blob or the new one during an overwrite, never a mixture",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       const auto content = [](int n) {
         return std::string(50'000 + static_cast<std::size_t>(n) * 1'000, static_cast<char>('a' + n));
       };
       blobs.put(blob_id("a"), from_bytes(content(0)));
       std::atomic<bool> writing = true;
       together(2, [&](std::size_t i) {
         if (i == 0) {
           return while_running(writing, [&] {
             for (int n = 1; n <= 20; ++n) blobs.put(blob_id("a"), from_bytes(content(n)), {.overwrite = true});
           });
         }
         while (writing) {
           const std::string read = content_while_overwritten(bench, blobs, blob_id("a"));
           if (read == missing_meanwhile) continue;
           expect(!read.empty() && read == content(read[0] - 'a'), "a reader received a mixture of two blobs");
         }
       });
       expect_blob(blobs, blob_id("a"), content(20), "the last blob");
     }},
    {"after a restart blobs are unchanged and removed blobs stay removed",
     [](Bench& bench) {
       {
         const AnyBlobs blobs = blobs_in(bench);
         for (const char* id : {"a", "b", "c"}) blobs.put(blob_id(id), from_bytes(std::string("content of ") + id));
         blobs.put(blob_id("a"), from_bytes("new"), {.name = "new.txt", .overwrite = true});
         blobs.remove(blob_id("b"));
       }
       const BlobInfo before = blobs_in(bench).stat(blob_id("a"));
       bench.restart();
       const AnyBlobs blobs = blobs_in(bench);
       expect(blobs.stat(blob_id("a")) == before, "a blob's data changed in a restart");
       expect_blob(blobs, blob_id("a"), "new", "an overwritten blob");
       expect_blob(blobs, blob_id("c"), "content of c", "a blob");
       expect_no_blob(blobs, blob_id("b"), "a removed blob");
     },
     {Capability::restart}},
    {"after a restart an interrupted put has left no blob",
     [](Bench& bench) {
       const auto put = [&](const char* id, bool overwrite) {
         return blobs_in(bench).put(blob_id(id), FailingSource(noise(300'000)), {.overwrite = overwrite});
       };
       blobs_in(bench).put(blob_id("old"), from_bytes("old"));
       expect_error(
           Errc::unavailable, [&] { return put("new", false); }, "a source that fails");
       expect_error(
           Errc::unavailable, [&] { return put("old", true); }, "a source that fails");
       bench.restart();
       expect_no_blob(blobs_in(bench), blob_id("new"), "the interrupted put");
       expect_blob(blobs_in(bench), blob_id("old"), "old", "the old blob");
     },
     {Capability::restart}},
    {"a blob stored or removed through one handle is visible or gone on the others",
     [](Bench& bench) {
       const AnyBlobs mine = blobs_in(bench), theirs = blobs_in(bench.another_handle());
       mine.put(blob_id("a"), from_bytes("one"));
       expect_blob(theirs, blob_id("a"), "one", "for another handle");
       theirs.put(blob_id("a"), from_bytes("two"), {.overwrite = true});
       expect_blob(mine, blob_id("a"), "two", "overwritten by another handle");
       mine.remove(blob_id("a"));
       expect_no_blob(theirs, blob_id("a"), "removed by another handle");
     },
     {Capability::several_handles}},
};

inline constexpr Area blobs_area{"blobs", blob_rules, {Capability::blobs}};

}  // namespace reel::testing::rules

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <reel/testing/rules/blobs.hpp>

namespace reel::testing::rules {

using BlobSearch = Query<BlobInfo>;

/// Stores four blobs a, b, c and d of 3, 1, 2 and 2 bytes.
[[nodiscard]] inline AnyBlobs four_blobs(Bench& bench) {
  AnyBlobs blobs = blobs_in(bench);
  blobs.put(blob_id("a"), from_bytes("xyz"), {.name = "Intro.mp4"});
  blobs.put(blob_id("b"), from_bytes("x"), {.name = "outro.srt"});
  blobs.put(blob_id("c"), from_bytes("xy"), {.name = "intro 2.mp4"});
  blobs.put(blob_id("d"), from_bytes("yx"), {.name = "Élan.txt"});
  return blobs;
}

inline void expect_blobs(const AnyBlobs& blobs, const BlobSearch& query, const Names& wanted, const std::string& what) {
  Names ids;
  for (const BlobInfo& info : blobs.all(query)) {
    ids.push_back(info.id.str());
    expect(ids.size() <= everything_limit, "paging does not end");
  }
  expect_equal(ids, wanted, what);
}

inline constexpr Rule blob_query_rules[] = {
    {"blobs can be queried by their whole name, its beginning, its end or any part of it",
     [](Bench& bench) {
       const AnyBlobs blobs = four_blobs(bench);
       const auto name = field<&BlobInfo::name>;
       expect_blobs(blobs, BlobSearch{}.where(name == "outro.srt"), {"b"}, "the whole name");
       expect_blobs(blobs, BlobSearch{}.where(name.ends_with(".mp4")), {"a", "c"}, "the end");
       expect_blobs(blobs, BlobSearch{}.where(name.contains("tro")), {"a", "b", "c"}, "a part");
       expect_blobs(blobs, BlobSearch{}.where(name.starts_with("x")), {}, "another beginning");
     }},
    {"names of blobs are compared without case and accents in a store with folded text",
     [](Bench& bench) {
       bench.use(TextRules::folded);
       const AnyBlobs blobs = four_blobs(bench);
       const auto name = field<&BlobInfo::name>;
       expect_blobs(blobs, BlobSearch{}.where(name.starts_with("intro")), {"a", "c"}, "another case");
       expect_blobs(blobs, BlobSearch{}.where(name == "elan.txt"), {"d"}, "without the accent");
     },
     {Capability::folded_text}},
    {"names of blobs are compared with case and accents in a store with exact text",
     [](Bench& bench) {
       bench.use(TextRules::exact);
       const AnyBlobs blobs = four_blobs(bench);
       const auto name = field<&BlobInfo::name>;
       expect_blobs(blobs, BlobSearch{}.where(name.starts_with("intro")), {"c"}, "another case");
       expect_blobs(blobs, BlobSearch{}.where(name == "elan.txt"), {}, "without the accent");
     },
     {Capability::exact_text}},
    {"blobs can be queried by size",
     [](Bench& bench) {
       const AnyBlobs blobs = four_blobs(bench);
       const auto size = field<&BlobInfo::size>;
       expect_blobs(blobs, BlobSearch{}.where(size == 2), {"c", "d"}, "a size");
       expect_blobs(blobs, BlobSearch{}.where(size > 2), {"a"}, "above");
       expect_blobs(blobs, BlobSearch{}.where(size.between(1, 2)), {"b", "c", "d"}, "between");
     }},
    {"blobs can be queried by md5",
     [](Bench& bench) {
       const AnyBlobs blobs = four_blobs(bench);
       const std::string md5 = blobs.stat(blob_id("c")).md5;
       expect_blobs(blobs, BlobSearch{}.where(field<&BlobInfo::md5> == md5), {"c"}, "the md5");
     }},
    {"blobs can be queried by content type",
     [](Bench& bench) {
       const AnyBlobs blobs = four_blobs(bench);
       const std::string type = blobs.stat(blob_id("b")).content_type;
       for (const BlobInfo& info : blobs.all(BlobSearch{}.where(field<&BlobInfo::content_type> == type)))
         expect_equal(info.content_type, type, "the type of what was found");
       expect(!blobs.list(BlobSearch{}.where(field<&BlobInfo::content_type> == type)).blobs.empty(),
              "a blob is not found by its own type");
     }},
    {"blobs can be queried by time of creation",
     [](Bench& bench) {
       const AnyBlobs blobs = four_blobs(bench);
       const Timestamp first = blobs.stat(blob_id("a")).created_at;
       expect_blobs(blobs, BlobSearch{}.where(created_at<BlobInfo> >= first), {"a", "b", "c", "d"},
                    "from the first on");
       expect_blobs(blobs, BlobSearch{}.where(created_at<BlobInfo> < first), {}, "before the first");
     }},
    {"conditions on blobs can be combined",
     [](Bench& bench) {
       const AnyBlobs blobs = four_blobs(bench);
       const auto size = field<&BlobInfo::size>;
       const auto name = field<&BlobInfo::name>;
       expect_blobs(blobs, BlobSearch{}.where(size == 2 && !name.ends_with("mp4")), {"d"}, "and, not");
       expect_blobs(blobs, BlobSearch{}.where(size == 1 || size == 3), {"a", "b"}, "or");
       expect_blobs(blobs, BlobSearch{}.where(size > 1).where(size < 3), {"c", "d"}, "two conditions");
     }},
    {"blobs are sorted by size, and equal sizes by insertion",
     [](Bench& bench) {
       const AnyBlobs blobs = four_blobs(bench);
       expect_blobs(blobs, BlobSearch{}.order_by<&BlobInfo::size>(), {"b", "c", "d", "a"}, "the order");
       expect_blobs(blobs, BlobSearch{}.order_by<&BlobInfo::size>(descending), {"a", "c", "d", "b"},
                    "the order, descending");
     }},
    {"blobs are sorted by name",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       for (const char* name : {"c", "a", "b"})
         blobs.put(blob_id(std::string("id-") + name), from_bytes("x"), {.name = name});
       expect_blobs(blobs, BlobSearch{}.order_by<&BlobInfo::name>(), {"id-a", "id-b", "id-c"}, "the order");
     }},
    {"pages of sorted blobs contain every blob exactly once",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       Names wanted;
       for (int size = 1; size <= 3; ++size) {
         for (int i = 0; i < 4; ++i) wanted.push_back("b" + std::to_string(size) + std::to_string(i));
       }
       for (int i = 0; i < 4; ++i) {
         for (int size = 3; size >= 1; --size)
           blobs.put(blob_id("b" + std::to_string(size) + std::to_string(i)),
                     from_bytes(std::string(static_cast<std::size_t>(size), 'x')));
       }
       for (const std::int64_t limit : {1, 3, 5, 12})
         expect_blobs(blobs, BlobSearch{}.order_by<&BlobInfo::size>().limit(limit), wanted,
                      "pages of " + std::to_string(limit));
     }},
    {"a cursor of one order is invalid in another order",
     [](Bench& bench) {
       const AnyBlobs blobs = four_blobs(bench);
       const BlobPage page = blobs.list(BlobSearch{}.order_by<&BlobInfo::size>().limit(2));
       expect_error(
           Errc::invalid, [&] { return blobs.list(BlobSearch{}.order_by<&BlobInfo::name>().after(*page.next)); },
           "another order");
     }},
    {"the total of blobs is exact on every page",
     [](Bench& bench) {
       const AnyBlobs blobs = four_blobs(bench);
       const BlobPage page = blobs.list(BlobSearch{}.where(field<&BlobInfo::size> < 3).limit(1).with_total());
       expect(page.total == 3, "the total is not 3");
       expect(!blobs.list().total, "a total that was not requested");
     }},
};
inline constexpr Area blob_query_area{"blob queries", blob_query_rules, {Capability::blobs}};

inline constexpr Rule blob_update_rules[] = {
    {"a renamed blob keeps its bytes, md5, type, permissions and creation time",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       const BlobInfo before = blobs.put(blob_id("a"), from_bytes("xyz"),
                                         {.name = "old.txt", .permissions = {Permission::read(Role::any())}});
       const BlobInfo after = blobs.update(blob_id("a"), {.name = "new name.txt"});
       expect_equal(after.name, "new name.txt", "the name");
       expect_equal(after.md5, before.md5, "the md5");
       expect_equal(after.content_type, before.content_type, "the content type");
       expect(after.created_at == before.created_at, "the creation changed");
       expect(after.permissions == before.permissions, "the permissions changed");
       expect(after == blobs.stat(blob_id("a")), "the result differs from the stored blob");
       expect_blob(blobs, blob_id("a"), "xyz", "the renamed blob");
     }},
    {"new permissions replace those of a blob and keep its name",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       blobs.put(blob_id("a"), from_bytes("x"), {.name = "a.txt"});
       const std::vector<Permission> wanted{Permission::read(Role::any())};
       const BlobInfo after = blobs.update(blob_id("a"), {.permissions = wanted});
       expect(after.permissions == wanted, "the permissions differ");
       expect_equal(after.name, "a.txt", "the name");
       expect(blobs.update(blob_id("a"), {.permissions = std::vector<Permission>{}}).permissions.empty(),
              "the permissions were not removed");
     },
     {Capability::permissions}},
    {"an update of a blob that changes nothing keeps updated_at",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       const BlobInfo before = blobs.put(blob_id("a"), from_bytes("x"), {.name = "a.txt"});
       expect(blobs.update(blob_id("a"), {}) == before, "nothing was asked for");
       expect(blobs.update(blob_id("a"), {.name = "a.txt"}) == before, "the same name");
     }},
    {"a new name must have an extension that the bucket accepts and must be a valid name",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench, narrow_bucket());
       blobs.put(blob_id("a"), from_bytes("x"), {.name = "a.txt"});
       const BlobInfo before = blobs.update(blob_id("a"), {.name = "b.txt"});
       expect_error(
           Errc::unsupported_media, [&] { return blobs.update(blob_id("a"), {.name = "a.exe"}); }, "an extension");
       expect_error(
           Errc::invalid, [&] { return blobs.update(blob_id("a"), {.name = ""}); }, "no name");
       expect(blobs.stat(blob_id("a")) == before, "a refused update changed the blob");
     }},
    {"an update of a blob that does not exist is not_found",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       expect_error(
           Errc::not_found, [&] { return blobs.update(blob_id("none"), {.name = "x"}); }, "an unknown id");
     }},
    {"a renamed blob keeps its position in the order of insertion",
     [](Bench& bench) {
       const AnyBlobs blobs = four_blobs(bench);
       blobs.update(blob_id("b"), {.name = "z"});
       expect_equal(ids_in(blobs, 2), Names{"a", "b", "c", "d"}, "the order");
     }},
};
inline constexpr Area blob_update_area{"blob updates", blob_update_rules, {Capability::blobs, Capability::blob_update}};

}  // namespace reel::testing::rules

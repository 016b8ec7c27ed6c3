#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <system_error>
#include <utility>

#include <reel/testing/rules/blobs.hpp>

namespace reel::testing::rules {

/// A temporary folder for files. The destructor removes it.
class Workshop {
 public:
  Workshop() : path_(std::filesystem::temp_directory_path() / ("reel-" + make_id())) {
    std::filesystem::create_directory(path_);
  }
  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;
  ~Workshop() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] std::string path(const std::string& name) const { return (path_ / name).string(); }
  [[nodiscard]] std::string file(const std::string& name, const std::string& content) const {
    std::ofstream(path(name), std::ios::binary) << content;
    return path(name);
  }
  [[nodiscard]] bool has(const std::string& name) const { return std::filesystem::exists(path_ / name); }

 private:
  std::filesystem::path path_;
};

/// A size greater than the pieces in which any store transfers.
inline constexpr std::size_t several_parts = std::size_t{6} * 1024 * 1024 + 12'345;
inline constexpr std::int64_t part_size = 5 * MiB;

/// Calls `meanwhile` before each read of `content`.
template <class F>
class WatchedSource final : public BlobSource {
 public:
  WatchedSource(std::string content, F meanwhile) : stream_(std::move(content)), meanwhile_(std::move(meanwhile)) {}
  std::size_t read(std::span<std::byte> buffer) override {
    meanwhile_();
    stream_.read(reinterpret_cast<char*>(buffer.data()), static_cast<std::streamsize>(buffer.size()));
    return static_cast<std::size_t>(stream_.gcount());
  }

 private:
  std::istringstream stream_;
  F meanwhile_;
};

inline constexpr Rule blob_transfer_rules[] = {
    {"any range of a large blob can be read",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       const std::string content = noise(several_parts);
       blobs.put(blob_id("a"), from_bytes(content));
       const auto size = static_cast<std::int64_t>(several_parts);
       for (const ByteRange range :
            {ByteRange{0, 1}, ByteRange{part_size - 1, 1}, ByteRange{part_size, 1}, ByteRange{size - 1, 1},
             ByteRange{part_size - 1, 2}, ByteRange{part_size - 100, 200}, ByteRange{1, size - 2},
             ByteRange{size - 2, 2}, ByteRange{0, part_size}, ByteRange{part_size, size}}) {
         const std::string wanted =
             content.substr(static_cast<std::size_t>(range.offset), static_cast<std::size_t>(*range.length));
         expect(piece(blobs, blob_id("a"), range) == wanted,
                std::to_string(*range.length) + " bytes from " + std::to_string(range.offset) + " on are others");
       }
     }},
    {"the end of a large blob can be read without knowing its length",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       const std::string content = noise(several_parts);
       blobs.put(blob_id("a"), from_bytes(content));
       for (const std::size_t tail : {std::size_t{1}, std::size_t{2}, std::size_t{70'000}, several_parts - 1})
         expect(piece(blobs, blob_id("a"), {.offset = static_cast<std::int64_t>(several_parts - tail)}) ==
                    content.substr(several_parts - tail),
                "the last " + std::to_string(tail) + " bytes differ");
     }},
    {"a large blob is written unchanged to a file and to a stream",
     [](Bench& bench) {
       const Workshop workshop;
       const AnyBlobs blobs = blobs_in(bench);
       const std::string content = noise(several_parts);
       blobs.put(blob_id("a"), from_file(workshop.file("film.mp4", content)));
       expect_equal(blobs.stat(blob_id("a")).name, "film.mp4", "the name");
       blobs.get(blob_id("a"), to_file(workshop.path("copy.mp4")));
       std::ifstream copy(workshop.path("copy.mp4"), std::ios::binary);
       expect(std::string(std::istreambuf_iterator<char>(copy), {}) == content, "the file has different bytes");
       std::ostringstream stream;
       blobs.get(blob_id("a"), to_stream(stream));
       expect(stream.str() == content, "the stream has different bytes");
     }},
    {"a large stream of unknown size is stored completely",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       const std::string content = noise(several_parts);
       std::istringstream stream(content);
       expect_equal(blobs.put(blob_id("a"), from_stream(stream)).size, static_cast<std::int64_t>(several_parts),
                    "the size");
       expect(content_of(blobs, blob_id("a")) == content, "the blob has different bytes");
     }},
    {"a blob is invisible until its last byte is stored",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       int looked = 0;
       WatchedSource source(noise(several_parts), [&] {
         if (looked++ % 16 != 0) return;
         expect(!blobs.find(blob_id("a")), "find returns an incomplete blob");
         expect(blobs.list().blobs.empty(), "the list contains an incomplete blob");
         expect_equal(blobs.list(BlobQuery{.with_total = true}).total.value_or(-1), 0, "the total");
       });
       blobs.put(blob_id("a"), source);
       expect(looked > 2, "the source was read in one piece");
       expect_equal(blobs.list(BlobQuery{.with_total = true}).total.value_or(-1), 1, "the total, afterwards");
     }},
    {"a cancelled put of a large blob stores nothing and leaves its id free",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       const auto cancel = [](const Progress& progress) { return progress.done < part_size + 1; };
       expect_error(
           Errc::cancelled,
           [&] { return blobs.put(blob_id("a"), from_bytes(noise(several_parts)), {.on_progress = cancel}); },
           "a put that its progress callback cancels");
       expect_no_blob(blobs, blob_id("a"), "after a put was cancelled");
       expect(!blobs.remove(blob_id("a")), "remove returned true after a cancelled put");
       blobs.put(blob_id("a"), from_bytes("small"));
       expect_blob(blobs, blob_id("a"), "small", "a later blob");
     }},
    {"a large source that fails stores nothing, and an overwritten blob stays",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       const auto put = [&](bool overwrite) {
         return blobs.put(blob_id("a"),
                          FailingSource(noise(several_parts), static_cast<std::int64_t>(several_parts) + 1),
                          {.overwrite = overwrite});
       };
       expect_error(
           Errc::unavailable, [&] { return put(false); }, "a source that fails");
       expect_no_blob(blobs, blob_id("a"), "after a failed source");
       blobs.put(blob_id("a"), from_bytes("old"));
       expect_error(
           Errc::unavailable, [&] { return put(true); }, "a source that fails");
       expect_blob(blobs, blob_id("a"), "old", "the old blob");
     }},
    {"a large blob can replace a small one, and a small one can replace a large one",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       const std::string content = noise(several_parts);
       blobs.put(blob_id("a"), from_bytes("small"));
       blobs.put(blob_id("a"), from_bytes(content), {.overwrite = true});
       expect(content_of(blobs, blob_id("a")) == content, "the large blob has different bytes");
       blobs.put(blob_id("a"), from_bytes(""), {.overwrite = true});
       expect_blob(blobs, blob_id("a"), "", "an empty blob");
       expect_equal(blobs.list().blobs.size(), 1, "the number of blobs");
     }},
    {"a source file that does not exist or is a folder is reported before anything is stored",
     [](Bench& bench) {
       const Workshop workshop;
       const AnyBlobs blobs = blobs_in(bench);
       expect_error(
           Errc::not_found, [&] { return blobs.put(blob_id("a"), from_file(workshop.path("none"))); }, "no file");
       expect_error(
           Errc::invalid, [&] { return blobs.put(blob_id("a"), from_file(workshop.path(""))); }, "a folder");
       expect_no_blob(blobs, blob_id("a"), "after bad sources");
     }},
    {"a file that grows or shrinks during its put is invalid, and nothing is stored",
     [](Bench& bench) {
       const Workshop workshop;
       const AnyBlobs blobs = blobs_in(bench);
       for (const std::size_t size : {several_parts - 100'000, several_parts + 1}) {
         auto source = from_file(workshop.file("growing", noise(several_parts)));
         std::filesystem::resize_file(workshop.path("growing"), size);
         expect_error(
             Errc::invalid, [&] { return blobs.put(blob_id("a"), source); },
             "a file that changes to " + std::to_string(size) + " bytes");
         expect_no_blob(blobs, blob_id("a"), "after a file changed");
       }
     }},
    {"a name that looks like an escape sequence is never decoded",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       int number = 0;
       for (const std::string& name :
            {std::string("100%.txt"), std::string("%3B%22"), std::string("a+b c.txt"), std::string("\"quoted\""),
             std::string("\""), std::string("\\\"x"), std::string("a;filename=b.txt"), std::string("x;"),
             std::string("--boundary"), std::string(255, 'n'), std::string("&amp;<b>"), std::string("name=\"x\"")}) {
         const BlobId id = blob_id("n" + std::to_string(++number));
         expect_equal(blobs.put(id, from_bytes("x"), {.name = name}).name, name, "the returned name");
         expect_equal(blobs.stat(id).name, name, "the name");
       }
     }},
    {"a large blob keeps a name that looks like an escape sequence",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       const std::string name = "50%; \"final\".mp4";
       expect_equal(blobs.put(blob_id("a"), from_bytes(noise(several_parts)), {.name = name}).name, name, "the name");
       expect_equal(blobs.list().blobs.at(0).name, name, "the name in the list");
     }},
    {"a put with a ledger stores the blob and removes the ledger",
     [](Bench& bench) {
       const Workshop workshop;
       const AnyBlobs blobs = blobs_in(bench);
       const std::string content = noise(several_parts);
       const std::string file = workshop.file("film", content), ledger = workshop.path("ledger");
       blobs.put(blob_id("a"), from_file(file), {.ledger = ledger});
       expect(content_of(blobs, blob_id("a")) == content, "the blob has different bytes");
       expect(!workshop.has("ledger"), "the ledger still exists");
       expect_error(
           Errc::already_exists, [&] { return blobs.put(blob_id("a"), from_file(file), {.ledger = ledger}); },
           "the same put again");
       blobs.put(blob_id("b"), from_bytes("x"), {.ledger = ledger});
       expect_blob(blobs, blob_id("b"), "x", "a blob from memory");
     }},
    {"a cancelled put with a ledger can be resumed and stores the same blob",
     [](Bench& bench) {
       const Workshop workshop;
       const AnyBlobs blobs = blobs_in(bench);
       const std::string content = noise(several_parts);
       const std::string file = workshop.file("film", content), ledger = workshop.path("ledger");
       for (const std::int64_t until : {std::int64_t{1}, part_size - 1, part_size + 1, part_size + MiB}) {
         const auto cancel = [until](const Progress& progress) { return progress.done < until; };
         expect_error(
             Errc::cancelled,
             [&] { return blobs.put(blob_id("a"), from_file(file), {.on_progress = cancel, .ledger = ledger}); },
             "a put that is stopped at " + std::to_string(until));
         expect_no_blob(blobs, blob_id("a"), "after a put was cancelled");
       }
       std::int64_t last = 0;
       const auto watch = [&](const Progress& progress) {
         expect(progress.done >= last, "progress decreased");
         last = progress.done;
       };
       const BlobInfo info = blobs.put(blob_id("a"), from_file(file), {.on_progress = watch, .ledger = ledger});
       expect_equal(last, static_cast<std::int64_t>(several_parts), "the last progress");
       expect_equal(info.md5, md5_of(content), "the md5");
       expect(content_of(blobs, blob_id("a")) == content, "the blob has different bytes");
       expect(!workshop.has("ledger"), "the ledger still exists");
     }},
    {"concurrent puts of many blobs all succeed and store complete blobs",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       const auto content = [](std::size_t i) { return noise(30'000 + i) + static_cast<char>('a' + i % 26); };
       together(4, [&](std::size_t i) {
         for (std::size_t n = i; n < 24; n += 4) blobs.put(blob_id("b" + std::to_string(n)), from_bytes(content(n)));
       });
       for (std::size_t n = 0; n < 24; ++n)
         expect(content_of(blobs, blob_id("b" + std::to_string(n))) == content(n), "a blob has different bytes");
       expect_equal(ids_in(blobs, 7).size(), 24, "the number of blobs");
     }},
    {"a blob that is listed during concurrent puts can be read completely",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       std::atomic<bool> writing = true;
       const auto read_all = [&] {
         for (const BlobInfo& info : blobs.all())
           expect_equal(md5_of(content_of(blobs, info.id)), info.md5, "the md5 of what was read");
       };
       together(2, [&](std::size_t i) {
         if (i == 0) {
           return while_running(writing, [&] {
             for (std::size_t n = 0; n < 15; ++n)
               blobs.put(blob_id("b" + std::to_string(n)), from_bytes(noise(40'000 + n)));
           });
         }
         while (writing) read_all();
       });
       read_all();
       expect_equal(ids_in(blobs, 4).size(), 15, "the number of blobs");
     }},
    {"a read of a blob that is removed meanwhile returns the whole blob or an error",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       const std::string content = noise(200'000);
       for (int round = 0; round < 6; ++round) {
         blobs.put(blob_id("a"), from_bytes(content));
         together(2, [&](std::size_t i) {
           if (i == 0) {
             expect(blobs.remove(blob_id("a")), "remove returned false for an existing item");
             return;
           }
           try {
             expect(content_of(blobs, blob_id("a")) == content, "the blob has different bytes");
           } catch (const Error& error) {
             if (error.code() != Errc::not_found) throw;
           }
         });
       }
     }},
    {"a get that is stopped leaves its target unchanged",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       blobs.put(blob_id("a"), from_bytes(noise(several_parts)));
       std::string kept = "before";
       const auto cancel = [](const Progress& progress) { return progress.done < MiB; };
       expect_error(
           Errc::cancelled, [&] { return blobs.get(blob_id("a"), to_bytes(kept), {.on_progress = cancel}); },
           "a get that its progress callback cancels");
       expect_equal(kept, "before", "the content of the sink");
     }},
    {"a scrub reads every blob and reports no damage",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       for (std::size_t n = 0; n < 5; ++n) blobs.put(blob_id("b" + std::to_string(n)), from_bytes(noise(n * 1'000)));
       const ScrubReport report = blobs.scrub();
       expect(report.ok(), "the scrub reported damage");
       expect_equal(report.blobs, 5, "the number of blobs");
       expect_equal(report.bytes, 10'000, "the number of bytes");
     }},
};

inline constexpr Area blob_transfer_area{"blob transfers", blob_transfer_rules, {Capability::blobs}};

}  // namespace reel::testing::rules

#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/blob_store.hpp>
#include <reel/driver/hashed_source.hpp>
#include <reel/md5.hpp>
#include <reel/testing/results.hpp>
#include <reel/testing/rule.hpp>

namespace reel::testing::rules {

using AnyBlobs = BlobStore<AnyStore>;

/// A bucket that accepts any name and up to 8 MiB.
[[nodiscard]] inline Bucket open_bucket() { return {.id = "anything", .name = "Anything", .max_size = 8 * MiB}; }
/// A bucket that accepts two extensions and up to 1,000 bytes.
[[nodiscard]] inline Bucket narrow_bucket() {
  return {.id = "narrow", .name = "Narrow", .max_size = 1'000, .extensions = {"txt", "mp4"}};
}

[[nodiscard]] inline AnyBlobs blobs_in(AnyStore& store, const Bucket& bucket = open_bucket()) {
  AnyBlobs blobs{store, bucket};
  blobs.setup();
  return blobs;
}
[[nodiscard]] inline AnyBlobs blobs_in(Bench& bench, const Bucket& bucket = open_bucket()) {
  return blobs_in(bench.store(), bucket);
}

[[nodiscard]] inline BlobId blob_id(std::string text) { return BlobId{std::move(text)}; }

[[nodiscard]] inline std::string content_of(const AnyBlobs& blobs, const BlobId& id) {
  std::string content;
  blobs.get(id, to_bytes(content));
  return content;
}

[[nodiscard]] inline std::string md5_of(std::string_view content) {
  Md5 md5;
  md5.update(std::as_bytes(std::span(content)));
  return md5.finish();
}

/// Returns pseudo-random bytes, so that swapped or repeated blocks are noticed.
[[nodiscard]] inline std::string noise(std::size_t size) {
  std::string bytes(size, '\0');
  std::uint32_t state = 12345;
  for (char& byte : bytes) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<char>(static_cast<unsigned char>(state >> 24));
  }
  return bytes;
}

/// Expects a blob with this content from find and get.
inline void expect_blob(const AnyBlobs& blobs, const BlobId& id, std::string_view content, std::string_view what) {
  const auto found = blobs.find(id);
  expect(found.has_value(), std::string(what) + ": the blob is not found");
  expect_equal(found->size, static_cast<std::int64_t>(content.size()), std::string(what) + ": its size");
  expect_equal(found->md5, md5_of(content), std::string(what) + ": its md5");
  expect_equal(content_of(blobs, id), content, std::string(what) + ": its content");
}

/// Expects that no operation finds a blob with this id.
inline void expect_no_blob(const AnyBlobs& blobs, const BlobId& id, std::string_view what) {
  expect(!blobs.find(id), std::string(what) + ": find finds a blob");
  expect(!blobs.exists(id), std::string(what) + ": there is a blob");
  for (const BlobInfo& info : blobs.list({.limit = 1'000}).blobs)
    expect(info.id != id, std::string(what) + ": the list has the blob");
  expect_error(
      Errc::not_found, [&] { return content_of(blobs, id); }, what);
}

/// A source that provides `content` and then throws. It announces `size` if given.
class FailingSource final : public BlobSource {
 public:
  explicit FailingSource(std::string content, std::optional<std::int64_t> size = {})
      : content_(std::move(content)), size_(size) {}
  std::size_t read(std::span<std::byte> buffer) override {
    if (content_.empty()) throw Error(Errc::unavailable, "the source failed");
    const std::size_t n = std::min(buffer.size(), content_.size());
    std::memcpy(buffer.data(), content_.data(), n);
    content_.erase(0, n);
    return n;
  }
  std::optional<std::int64_t> size() const override { return size_; }

 private:
  std::string content_;
  std::optional<std::int64_t> size_;
};

/// A source that announces a different size than it provides.
class LyingSource final : public BlobSource {
 public:
  LyingSource(std::string content, std::int64_t promised) : stream_(std::move(content)), promised_(promised) {}
  std::size_t read(std::span<std::byte> buffer) override {
    stream_.read(reinterpret_cast<char*>(buffer.data()), static_cast<std::streamsize>(buffer.size()));
    return static_cast<std::size_t>(stream_.gcount());
  }
  std::optional<std::int64_t> size() const override { return promised_; }

 private:
  std::istringstream stream_;
  std::int64_t promised_;
};

/// Puts a blob through the driver interface, without the checks of the core.
class TextSource final : public driver::HashedSource {
 public:
  explicit TextSource(std::string text) : text_(std::move(text)), left_(text_) {}
  std::size_t read(std::span<std::byte> buffer) override {
    const std::size_t n = std::min(buffer.size(), left_.size());
    std::memcpy(buffer.data(), left_.data(), n);
    left_.remove_prefix(n);
    return n;
  }
  std::int64_t bytes_read() const override { return static_cast<std::int64_t>(text_.size() - left_.size()); }
  std::string md5() const override { return md5_of(text_); }

 private:
  std::string text_;
  std::string_view left_;
};

inline constexpr Rule put_rules[] = {
    {"a blob is read back unchanged",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       const std::string content = noise(100'000);
       blobs.put(blob_id("a"), from_bytes(content), {.name = "a.bin"});
       expect_blob(blobs, blob_id("a"), content, "100,000 bytes");
     }},
    {"put returns the blob as it is stored: id, name, size, md5, times",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       const BlobInfo info = blobs.put(blob_id("Video_42"), from_bytes("hello"), {.name = "out.txt"});
       expect_equal(info.id.str(), "Video_42", "the id");
       expect_equal(info.name, "out.txt", "the name");
       expect_equal(info.size, 5, "the size");
       expect_equal(info.md5, "5d41402abc4b2a76b9719d911017c592", "the md5");
       expect(!info.content_type.empty(), "the content type is empty");
       expect(info.created_at > Timestamp{std::chrono::days{365 * 50}}, "created_at is " + show(info.created_at));
       expect(blobs.stat(info.id) == info, "put returned different data than stat");
       expect(blobs.list().blobs.at(0) == info, "put returned different data than list");
     }},
    {"an empty blob can be stored",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       blobs.put(blob_id("empty"), from_bytes(""), {.name = "empty.txt"});
       expect_blob(blobs, blob_id("empty"), "", "an empty blob");
       expect_equal(blobs.stat(blob_id("empty")).md5, "d41d8cd98f00b204e9800998ecf8427e", "the md5 of nothing");
     }},
    {"a blob can contain every byte value, including zero",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       std::string content(3, '\0');
       for (int byte = 0; byte < 256; ++byte) content += static_cast<char>(static_cast<unsigned char>(byte));
       content += std::string("\r\n\0\n", 4);
       blobs.put(blob_id("bytes"), from_bytes(content));
       expect_blob(blobs, blob_id("bytes"), content, "all bytes");
     }},
    {"a blob of one byte is stored unchanged, or refused as unsupported and not stored",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       for (const char byte : {'0', '1', ' ', '\n', '\0', '\xff'}) {
         const std::string number = std::to_string(static_cast<unsigned char>(byte)), content(1, byte);
         const BlobId id = blob_id("byte" + number);
         try {
           blobs.put(id, from_bytes(content));
         } catch (const Error& error) {
           if (error.code() != Errc::unsupported) throw;
           expect_no_blob(blobs, id, "a refused blob of the byte " + number);
           continue;
         }
         expect_blob(blobs, id, content, "a blob of the byte " + number);
       }
     }},
    {"a blob of several megabytes is read back unchanged",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       const std::string content = noise(6 * 1024 * 1024 + 1);
       blobs.put(blob_id("big"), from_bytes(content), {.name = "big.mp4"});
       expect(content_of(blobs, blob_id("big")) == content, "a large blob was read back changed");
       expect_equal(blobs.stat(blob_id("big")).size, 6 * MiB + 1, "the size");
     }},
    {"a source of unknown size is stored completely",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       const std::string content = noise(200'001);
       std::istringstream stream(content);
       const BlobInfo info = blobs.put(blob_id("stream"), from_stream(stream), {.name = "stream.bin"});
       expect_equal(info.size, 200'001, "the size");
       expect_blob(blobs, blob_id("stream"), content, "a blob from a stream");
     }},
    {"names can contain quotes, slashes, blanks and any script",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       int number = 0;
       for (const char* name : {"say \"hi\".txt", "../../etc/passwd", "a/b\\c.txt", "日本 😀 é e\u0301.txt", "a;b.txt",
                                "a%20b.txt", " x .txt", "'", ".hidden", "no extension", "CON", "a.b.c"}) {
         const BlobId id = blob_id("n" + std::to_string(++number));
         expect_equal(blobs.put(id, from_bytes("x"), {.name = name}).name, name, "the returned name");
         expect_equal(blobs.stat(id).name, name, "the name");
         expect_blob(blobs, id, "x", name);
       }
     }},
    {"an invalid name is refused, and nothing is stored",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       for (const std::string& name :
            {std::string("a\nb"), std::string("a\0b", 3), std::string("\xFF"), std::string(256, 'x')})
         expect_error(
             Errc::invalid, [&] { return blobs.put(blob_id("a"), from_bytes("x"), {.name = name}); }, show(name));
       expect_no_blob(blobs, blob_id("a"), "after bad names");
     }},
    {"the same name and content can be stored with several ids",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       for (const char* id : {"a", "b"}) blobs.put(blob_id(id), from_bytes("same"), {.name = "same.txt"});
       blobs.remove(blob_id("a"));
       expect_blob(blobs, blob_id("b"), "same", "the other blob");
     }},
    {"a second put with an id is already_exists and leaves the blob unchanged",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       const BlobInfo first = blobs.put(blob_id("Red"), from_bytes("first"), {.name = "1.txt"});
       for (const char* id : {"Red", "rED"})
         expect_error(
             Errc::already_exists, [&] { return blobs.put(blob_id(id), from_bytes("second"), {.name = "2.txt"}); },
             std::string("a second put on ") + id);
       expect(blobs.stat(blob_id("Red")) == first, "the blob's data changed");
       expect_blob(blobs, blob_id("Red"), "first", "the blob");
     }},
    {"the store itself refuses a second put, without an earlier check by the caller",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       blobs.put(blob_id("a"), from_bytes("first"));
       TextSource source("second");
       expect_error(
           Errc::already_exists,
           [&] { return bench.store().put(blobs.bucket(), {.id = blob_id("A"), .name = "a"}, source, false); },
           "a second put without a check");
       expect_blob(blobs, blob_id("a"), "first", "the blob");
     }},
    {"overwrite replaces content, size, md5 and name",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       blobs.put(blob_id("a"), from_bytes("first, and longer"), {.name = "1.txt"});
       const BlobInfo info = blobs.put(blob_id("A"), from_bytes("second"), {.name = "2.txt", .overwrite = true});
       expect(blobs.stat(blob_id("a")) == info, "put returned different data than stat");
       expect_equal(info.name, "2.txt", "the name");
       expect_blob(blobs, blob_id("a"), "second", "the blob");
       expect_equal(blobs.list().blobs.size(), 1, "the number of blobs");
     }},
    {"overwrite creates a blob that does not exist",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       blobs.put(blob_id("a"), from_bytes("x"), {.overwrite = true});
       expect_blob(blobs, blob_id("a"), "x", "the blob");
     }},
    {"a put whose source fails stores nothing",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       for (const std::size_t given : {std::size_t{0}, std::size_t{1}, std::size_t{300'000}}) {
         const auto put = [&](FailingSource source) { return blobs.put(blob_id("a"), source); };
         expect_error(
             Errc::unavailable, [&] { return put(FailingSource(noise(given))); }, "a stream");
         expect_error(
             Errc::unavailable, [&] { return put(FailingSource(noise(given), 400'000)); }, "a file");
         expect_no_blob(blobs, blob_id("a"), "after a failed source");
       }
       blobs.put(blob_id("a"), from_bytes("whole"));
       expect_blob(blobs, blob_id("a"), "whole", "a later put");
     }},
    {"an overwrite whose source fails leaves the old blob unchanged",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       const BlobInfo old = blobs.put(blob_id("a"), from_bytes("old"), {.name = "old.txt"});
       for (const std::size_t given : {std::size_t{0}, std::size_t{1}, std::size_t{300'000}})
         expect_error(
             Errc::unavailable,
             [&] {
               return blobs.put(blob_id("a"), FailingSource(noise(given), 400'000), {.name = "new", .overwrite = true});
             },
             "a source that fails");
       expect(blobs.stat(blob_id("a")) == old, "the blob's data changed");
       expect_blob(blobs, blob_id("a"), "old", "the old blob");
     }},
    {"a source with more or fewer bytes than it announced is invalid, and nothing is stored",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       for (const std::int64_t promised : {9, 11, 0, 5'000'000})
         expect_error(
             Errc::invalid, [&] { return blobs.put(blob_id("a"), LyingSource("0123456789", promised)); },
             "10 bytes for " + std::to_string(promised));
       expect_no_blob(blobs, blob_id("a"), "after a source with a wrong size");
     }},
    {"a cancelled put stores nothing, and an overwritten blob stays",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       const std::string content = noise(2'000'000);
       const auto cancel = [](const Progress& progress) { return progress.done < 500'000; };
       expect_error(
           Errc::cancelled, [&] { return blobs.put(blob_id("a"), from_bytes(content), {.on_progress = cancel}); },
           "a put that its progress callback cancels");
       expect_no_blob(blobs, blob_id("a"), "after a put was cancelled");
       blobs.put(blob_id("a"), from_bytes("old"));
       expect_error(
           Errc::cancelled,
           [&] { return blobs.put(blob_id("a"), from_bytes(content), {.overwrite = true, .on_progress = cancel}); },
           "an overwrite that its progress callback cancels");
       expect_blob(blobs, blob_id("a"), "old", "the old blob");
     }},
    {"progress increases up to the size and never decreases",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       std::int64_t last = 0;
       bool back = false;
       const auto watch = [&](const Progress& progress) {
         back = back || progress.done < last;
         last = progress.done;
       };
       blobs.put(blob_id("a"), from_bytes(noise(1'500'000)), {.on_progress = watch});
       expect_equal(last, 1'500'000, "the last progress of a put");
       last = 0;
       std::string content;
       blobs.get(blob_id("a"), to_bytes(content), {.on_progress = watch});
       expect_equal(last, 1'500'000, "the last progress of a get");
       expect(!back, "progress decreased");
     }},
    {"a blob above the bucket's maximum size is too_large, and nothing is stored",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench, narrow_bucket());
       const std::string content = noise(1'001);
       expect_error(
           Errc::too_large, [&] { return blobs.put(blob_id("a"), from_bytes(content), {.name = "a.txt"}); }, "a file");
       std::istringstream stream(content);
       expect_error(
           Errc::too_large, [&] { return blobs.put(blob_id("a"), from_stream(stream), {.name = "a.txt"}); },
           "a stream");
       expect_no_blob(blobs, blob_id("a"), "after blobs that were too large");
       blobs.put(blob_id("a"), from_bytes(noise(1'000)), {.name = "a.txt"});
       expect_blob(blobs, blob_id("a"), noise(1'000), "a blob of exactly the size");
     }},
    {"an extension that the bucket does not accept is unsupported_media, and nothing is stored",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench, narrow_bucket());
       for (const char* name : {"a.exe", "txt", "a.txt.exe", "a.", "mp4"})
         expect_error(
             Errc::unsupported_media, [&] { return blobs.put(blob_id("a"), from_bytes("x"), {.name = name}); }, name);
       expect_no_blob(blobs, blob_id("a"), "after bad extensions");
     }},
    {"the extension of a name is what follows its last dot, in any case",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench, narrow_bucket());
       int number = 0;
       for (const char* name : {"a.TXT", "a.exe.Mp4", ".txt"})
         blobs.put(blob_id("ok" + std::to_string(++number)), from_bytes("x"), {.name = name});
       expect_equal(blobs.list().blobs.size(), 3, "the number of blobs");
     }},
    {"permissions of a blob are stored unchanged",
     [](Bench& bench) {
       const AnyBlobs blobs = blobs_in(bench);
       blobs.put(blob_id("a"), from_bytes("x"), {.permissions = {Permission::read(Role::any())}});
       blobs.put(blob_id("b"), from_bytes("x"));
       expect(blobs.stat(blob_id("a")).permissions == std::vector{Permission::read(Role::any())},
              "the permissions changed");
       expect(blobs.stat(blob_id("b")).permissions.empty(), "a blob without permissions has some");
     },
     {Capability::permissions}},
};

inline constexpr Area put_area{"put", put_rules, {Capability::blobs}};

}  // namespace reel::testing::rules

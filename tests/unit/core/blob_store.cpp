#include <reel/blob_store.hpp>
#include <reel/driver/file/file.hpp>
#include <reel/driver/hashed_source.hpp>
#include <reel/md5.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <random>
#include <sstream>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "support/plain_store.hpp"

namespace blob_store_tests {

using reel::BlobId;
using reel::Errc;

/// Runs `body`, which must throw, and returns the error.
template <class F>
reel::Error failure(F&& body) {
  try {
    body();
  } catch (const reel::Error& error) {
    return error;
  }
  FAIL("nothing was thrown");
  throw;
}

class TemporaryDirectory {
 public:
  TemporaryDirectory()
      : path_(std::filesystem::temp_directory_path() / ("reel_blob_store_" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path_);
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }
  std::filesystem::path file(std::string_view name, std::string_view content) const {
    std::ofstream out(path_ / name, std::ios::binary);
    out << content;
    REQUIRE(out.flush().good());
    return path_ / name;
  }
  std::string content(std::string_view name) const {
    std::ifstream in(path_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path_), {}));
  }

 private:
  std::filesystem::path path_;
};

std::string random_bytes(std::size_t size) {
  std::mt19937_64 engine(size + 1);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(engine() & 0xffU);
  return bytes;
}

/// A source with small pieces, which can announce a wrong size and can fail.
class OddSource final : public reel::BlobSource {
 public:
  explicit OddSource(std::string bytes) : bytes_(std::move(bytes)) {}
  std::optional<std::int64_t> promised{};
  std::size_t piece = 3;
  std::size_t fails_after = std::numeric_limits<std::size_t>::max();
  std::size_t given = 0;

  std::size_t read(std::span<std::byte> buffer) override {
    if (given >= fails_after) throw reel::Error(Errc::timed_out, "the source went away");
    const std::size_t n = std::min({buffer.size(), piece, bytes_.size() - given});
    std::memcpy(buffer.data(), bytes_.data() + given, n);
    given += n;
    return n;
  }
  std::optional<std::int64_t> size() const override { return promised; }

 private:
  std::string bytes_;
};

/// A store that damages blobs on reading or writing, and counts its calls.
struct DamagedStore {
  static inline thread_local int puts = 0;
  PlainStore store;
  bool cut_short = false, flips_a_byte = false, lies_about_md5 = false, stops_early = false;

  void ensure(const reel::Bucket& bucket) { store.ensure(bucket); }
  reel::BlobInfo put(const reel::Bucket& bucket, reel::BlobInfo info, reel::driver::HashedSource& source,
                     bool overwrite) {
    ++puts;
    if (stops_early) {
      std::byte one{};
      static_cast<void>(source.read({&one, 1}));
      info.md5 = source.md5();
    }
    reel::BlobInfo stored = store.put(bucket, std::move(info), source, overwrite);
    if (lies_about_md5) stored.md5 = std::string(32, '0');
    return stored;
  }
  std::optional<reel::BlobInfo> find(const reel::Bucket& bucket, std::string_view id) { return store.find(bucket, id); }
  std::optional<reel::BlobInfo> read(const reel::Bucket& bucket, std::string_view id, reel::ByteRange range,
                                     reel::BlobSink& sink) {
    std::vector<std::byte> bytes;
    reel::BytesSink whole(bytes);
    const auto info = store.read(bucket, id, range, whole);
    whole.commit();
    if (cut_short) bytes.pop_back();
    if (flips_a_byte) bytes.front() ^= std::byte{1};
    sink.write(bytes);
    return info;
  }
  bool remove(const reel::Bucket& bucket, std::string_view id) { return store.remove(bucket, id); }
  reel::driver::Page<reel::BlobInfo> list(const reel::Bucket& bucket, const reel::BlobQuery& query) {
    return store.list(bucket, query);
  }
  std::string url(const reel::Bucket& bucket, std::string_view id) {
    return "tiny://" + bucket.id + "/" + std::string(id);
  }
};

template <class Store>
concept HasUrl = requires(Store store) {
  store.url(BlobId{"a"});
};

const reel::Bucket films{.id = "films", .name = "Films", .max_size = 1000, .extensions = {"mp4", "MKV"}};
const reel::Bucket anything{.id = "anything", .name = "Anything"};

template <class Backend = PlainStore>
struct Bench {
  explicit Bench(reel::Bucket bucket = anything) : blobs(backend, std::move(bucket)) { blobs.setup(); }
  Backend backend;
  reel::BlobStore<Backend> blobs;
};

TEST_CASE("a blob is read back unchanged", "[blob_store]") {
  for (const std::size_t size : {0U, 1U, 63U, 64U, 4095U, 4096U, 4097U, 100'000U}) {
    Bench bench;
    const std::string bytes = random_bytes(size);
    const reel::BlobInfo put = bench.blobs.put(BlobId{"one"}, reel::from_bytes(bytes), {.name = "one.bin"});
    CHECK(put.id == BlobId{"one"});
    CHECK(put.size == static_cast<std::int64_t>(size));
    CHECK(put.md5 == reel::md5_hex(bytes));
    CHECK(put.name == "one.bin");
    CHECK(put.created_at != reel::Timestamp{});
    std::string back = "old content";
    CHECK(bench.blobs.get(BlobId{"ONE"}, reel::to_bytes(back)) == put);
    CHECK(back == bytes);
    CHECK(bench.blobs.stat(BlobId{"one"}) == put);
    CHECK(bench.blobs.find(BlobId{"one"}) == put);
  }
}

TEST_CASE("files, memory and streams are sources and sinks", "[blob_store]") {
  Bench bench;
  const TemporaryDirectory directory;
  const std::string bytes = random_bytes(200'000);
  const std::filesystem::path path = directory.file("a film.mp4", bytes);

  const reel::BlobInfo from_path = bench.blobs.put(BlobId{"path"}, reel::from_file(path));
  CHECK(from_path.name == "a film.mp4");
  CHECK(from_path.content_type == "video/mp4");
  bench.blobs.put(BlobId{"text"}, reel::from_file(path.string().c_str()));
  std::vector<std::byte> held(3, std::byte{7});
  bench.blobs.put(BlobId{"span"}, reel::from_bytes(held));
  std::istringstream in("head" + bytes);
  in.ignore(4);
  bench.blobs.put(BlobId{"stream"}, reel::from_stream(in));

  bench.blobs.get(BlobId{"path"}, reel::to_file(directory / "copy.mp4"));
  CHECK(directory.content("copy.mp4") == bytes);
  bench.blobs.get(BlobId{"stream"}, reel::to_file((directory / "copy.mp4").string()));
  CHECK(directory.content("copy.mp4") == bytes);
  std::ostringstream out;
  bench.blobs.get(BlobId{"text"}, reel::to_stream(out));
  CHECK(out.str() == bytes);
  std::vector<std::byte> back;
  bench.blobs.get(BlobId{"span"}, reel::to_bytes(back));
  CHECK(back == held);
  CHECK(directory.entries() == 2);
}

TEST_CASE("a source file that cannot be read is reported with the reason", "[blob_store]") {
  const TemporaryDirectory directory;
  CHECK(failure([&] { static_cast<void>(reel::from_file(directory / "nothing")); }).code() == Errc::not_found);
  CHECK(failure([&] { static_cast<void>(reel::from_file(directory / "")); }).code() == Errc::invalid);
  CHECK(failure([&] { static_cast<void>(reel::to_file(directory / "no/such/file")); }).code() == Errc::not_found);
  const std::filesystem::path secret = directory.file("secret", "x");
  REQUIRE(::chmod(secret.c_str(), 0) == 0);
  if (::geteuid() != 0) CHECK(failure([&] { static_cast<void>(reel::from_file(secret)); }).code() == Errc::forbidden);
  CHECK(reel::driver::file_error("open", "x", EACCES).code() == Errc::forbidden);
  CHECK(reel::driver::file_error("open", "x", ENOSPC).code() == Errc::unavailable);
  CHECK(reel::driver::file_error("open", "x", ENOENT).reason() == "cannot open 'x': No such file or directory");
  std::ifstream missing(directory / "nothing");
  Bench bench;
  const reel::Error error = failure([&] { bench.blobs.put(BlobId{"a"}, reel::from_stream(missing)); });
  CHECK(error.code() == Errc::unavailable);
  CHECK(error.operation() == "put");
  CHECK(error.collection() == "anything");
  CHECK(error.id() == "a");
  CHECK_FALSE(bench.blobs.exists(BlobId{"a"}));
}

TEST_CASE("streams that throw on failure are sources and sinks too", "[blob_store]") {
  Bench bench;
  std::istringstream in("content");
  in.exceptions(std::ios::failbit | std::ios::badbit | std::ios::eofbit);
  CHECK(bench.blobs.put(BlobId{"a"}, reel::from_stream(in)).size == 7);
  std::ofstream out;
  out.exceptions(std::ios::badbit | std::ios::failbit);
  CHECK(failure([&] { bench.blobs.get(BlobId{"a"}, reel::to_stream(out)); }).code() == Errc::unavailable);
}

TEST_CASE("the bucket's size limit applies whether the size is known or not", "[blob_store]") {
  Bench<DamagedStore> bench(films);
  DamagedStore::puts = 0;
  const reel::PutOptions film{.name = "a.mp4"};
  bench.blobs.put(BlobId{"fits"}, reel::from_bytes(std::string(1000, 'x')), film);
  CHECK(DamagedStore::puts == 1);

  const reel::Error known =
      failure([&] { bench.blobs.put(BlobId{"big"}, reel::from_bytes(std::string(1001, 'x')), film); });
  CHECK(known.code() == Errc::too_large);
  CHECK(known.reason() == "the bucket 'films' takes at most 1000 bytes, and the blob has 1001");
  CHECK(DamagedStore::puts == 1);  // no byte was transferred

  OddSource endless(std::string(1'000'000, 'x'));
  const reel::Error unknown = failure([&] { bench.blobs.put(BlobId{"big"}, endless, film); });
  CHECK(unknown.code() == Errc::too_large);
  CHECK(endless.given < 1100);
  CHECK_FALSE(bench.blobs.exists(BlobId{"big"}));
}

TEST_CASE("the bucket's extensions apply in any case", "[blob_store]") {
  Bench bench(films);
  const auto put = [&](const char* name) { bench.blobs.put(BlobId{"a"}, reel::from_bytes("x"), {.name = name}); };
  put("a.mp4");
  bench.blobs.remove(BlobId{"a"});
  put("b.old.MKV");
  bench.blobs.remove(BlobId{"a"});
  CHECK(failure([&] { put("a.avi"); }).reason() ==
        "the bucket 'films' takes mp4, MKV, and 'a.avi' has the extension avi");
  CHECK(failure([&] { put("a.mp4.exe"); }).code() == Errc::unsupported_media);
  CHECK(failure([&] { put("mp4"); }).code() == Errc::unsupported_media);
  CHECK(failure([&] { put("a.mp"); }).code() == Errc::unsupported_media);
  CHECK(failure([&] { put("a.mp44"); }).code() == Errc::unsupported_media);
  CHECK(failure([&] { bench.blobs.put(BlobId{"a"}, reel::from_bytes("x")); }).code() == Errc::unsupported_media);
  CHECK_FALSE(bench.blobs.exists(BlobId{"a"}));
}

TEST_CASE("ids, names, permissions and buckets are validated first", "[blob_store]") {
  Bench bench;
  const auto code = [&](const char* id, reel::PutOptions options) {
    return failure([&] { bench.blobs.put(BlobId{id}, reel::from_bytes("x"), options); }).code();
  };
  CHECK(code("_a", {}) == Errc::invalid);
  CHECK(code("0123456789012345678901234567890123456", {}) == Errc::invalid);
  CHECK(code("a", {.name = "two\nlines"}) == Errc::invalid);
  CHECK(code("a", {.name = "\xff"}) == Errc::invalid);
  CHECK(code("a", {.name = std::string(256, 'a')}) == Errc::invalid);
  CHECK(code("a", {.permissions = {reel::Permission::read(reel::Role{"unknown"})}}) == Errc::invalid);
  CHECK(bench.blobs.put(BlobId{"a"}, reel::from_bytes("x"), {.name = std::string(255, 'a')}).size == 1);

  const auto bucket = [&](reel::Bucket odd) {
    return failure([&] { reel::BlobStore<PlainStore>(bench.backend, odd); }).code();
  };
  CHECK(bucket({.id = "no good"}) == Errc::invalid);
  CHECK(bucket({.id = "a", .max_size = -1}) == Errc::invalid);
  CHECK(bucket({.id = "a", .extensions = {".mp4"}}) == Errc::invalid);
  CHECK(failure([&] { static_cast<void>(bench.blobs.list({.limit = 0})); }).code() == Errc::invalid);
  CHECK(failure([&] { static_cast<void>(bench.blobs.find(BlobId{"a b"})); }).code() == Errc::invalid);
}

TEST_CASE("a second put with an id needs overwrite", "[blob_store]") {
  Bench<DamagedStore> bench;
  bench.blobs.put(BlobId{"a"}, reel::from_bytes("first"));
  DamagedStore::puts = 0;
  const reel::Error error = failure([&] { bench.blobs.put(BlobId{"A"}, reel::from_bytes("second")); });
  CHECK(error.code() == Errc::already_exists);
  CHECK(std::string(error.what()).starts_with("anything.put A: already_exists: "));
  CHECK(DamagedStore::puts == 0);
  CHECK(bench.blobs.stat(BlobId{"a"}).size == 5);
  CHECK(bench.blobs.put(BlobId{"a"}, reel::from_bytes("second"), {.overwrite = true}).size == 6);
  CHECK(bench.blobs.list().blobs.size() == 1);
}

TEST_CASE("a source that fails or does not provide the announced bytes stores nothing", "[blob_store]") {
  Bench bench;
  bench.blobs.put(BlobId{"kept"}, reel::from_bytes("old"));
  const auto put = [&](OddSource source) {
    const reel::Error error = failure([&] { bench.blobs.put(BlobId{"kept"}, source, {.overwrite = true}); });
    CHECK(bench.blobs.stat(BlobId{"kept"}).md5 == reel::md5_hex("old"));
    return error;
  };
  OddSource short_one("0123456789");
  short_one.promised = 11;
  CHECK(put(short_one).code() == Errc::invalid);
  CHECK(put(short_one).reason() == "the source promised 11 bytes and ended after 10");
  OddSource long_one("0123456789");
  long_one.promised = 9;
  CHECK(put(long_one).reason() == "the source promised 9 bytes and continues after 9");
  OddSource failing("0123456789");
  failing.fails_after = 6;
  CHECK(put(failing).code() == Errc::timed_out);
  OddSource exact("0123456789");
  exact.promised = 10;
  CHECK(bench.blobs.put(BlobId{"kept"}, exact, {.overwrite = true}).size == 10);
}

TEST_CASE("progress increases to the end and can cancel a transfer", "[blob_store]") {
  Bench bench;
  const std::string bytes = random_bytes(10'000);
  std::vector<reel::Progress> seen;
  bench.blobs.put(BlobId{"a"}, reel::from_bytes(bytes),
                  {.on_progress = [&](const reel::Progress& progress) { seen.push_back(progress); }});
  REQUIRE(seen.size() >= 3);
  for (std::size_t i = 1; i < seen.size(); ++i) CHECK(seen[i].done >= seen[i - 1].done);
  CHECK(seen.back().done == 10'000);
  CHECK(seen.back().total == 10'000);
  seen.clear();
  std::string back;
  bench.blobs.get(BlobId{"a"}, reel::to_bytes(back), {.on_progress = [&](const reel::Progress& progress) {
                    seen.push_back(progress);
                    return true;
                  }});
  CHECK(seen.back().done == 10'000);
  CHECK(seen.back().total == 10'000);

  const reel::Error error = failure([&] {
    bench.blobs.put(BlobId{"b"}, reel::from_bytes(bytes),
                    {.on_progress = [](const reel::Progress& progress) { return progress.done < 5000; }});
  });
  CHECK(error.code() == Errc::cancelled);
  CHECK_FALSE(bench.blobs.exists(BlobId{"b"}));
  back = "untouched";
  CHECK(failure([&] {
          bench.blobs.get(BlobId{"a"}, reel::to_bytes(back),
                          {.on_progress = [](const reel::Progress&) { return false; }});
        }).code() == Errc::cancelled);
  CHECK(back == "untouched");
}

TEST_CASE("a stop token or any predicate stops a transfer", "[blob_store]") {
  Bench bench;
  const std::string bytes = random_bytes(10'000);
  std::stop_source stop;
  bench.blobs.put(BlobId{"a"}, reel::from_bytes(bytes), {.stop = stop.get_token()});
  stop.request_stop();
  CHECK(failure([&] { bench.blobs.put(BlobId{"b"}, reel::from_bytes(bytes), {.stop = stop.get_token()}); }).code() ==
        Errc::cancelled);
  int asked = 0;
  CHECK(failure([&] {
          bench.blobs.put(BlobId{"b"}, reel::from_bytes(bytes), {.stop = [&] { return ++asked == 3; }});
        }).code() == Errc::cancelled);
  CHECK(asked == 3);
  CHECK_FALSE(bench.blobs.exists(BlobId{"b"}));
  std::string back;
  CHECK(failure([&] { bench.blobs.get(BlobId{"a"}, reel::to_bytes(back), {.stop = [] { return true; }}); }).code() ==
        Errc::cancelled);
}

TEST_CASE("a get verifies the bytes and does not commit damaged ones", "[blob_store]") {
  Bench<DamagedStore> bench;
  const TemporaryDirectory directory;
  const std::string bytes = "the content";
  bench.blobs.put(BlobId{"a"}, reel::from_bytes(bytes));
  const std::filesystem::path path = directory.file("copy", "the copy before");

  bench.backend.flips_a_byte = true;
  const reel::Error flipped = failure([&] { bench.blobs.get(BlobId{"a"}, reel::to_file(path)); });
  CHECK(flipped.code() == Errc::corrupt);
  CHECK(flipped.operation() == "get");
  CHECK(flipped.reason().find(reel::md5_hex(bytes)) != std::string::npos);
  CHECK(flipped.reason().find(reel::md5_hex("uhe content")) != std::string::npos);
  CHECK(flipped.reason().find("'a'") != std::string::npos);
  bench.backend.flips_a_byte = false;
  bench.backend.cut_short = true;
  CHECK(failure([&] { bench.blobs.get(BlobId{"a"}, reel::to_file(path)); }).code() == Errc::corrupt);
  CHECK(directory.content("copy") == "the copy before");
  CHECK(directory.entries() == 1);

  bench.backend.cut_short = false;
  bench.blobs.get(BlobId{"a"}, reel::to_file(path));
  CHECK(directory.content("copy") == bytes);
  CHECK(directory.entries() == 1);
}

TEST_CASE("a store that changes bytes or does not read all of them is detected", "[blob_store]") {
  Bench<DamagedStore> bench;
  bench.backend.lies_about_md5 = true;
  CHECK(failure([&] { bench.blobs.put(BlobId{"a"}, reel::from_bytes("xyz")); }).code() == Errc::corrupt);
  bench.backend.lies_about_md5 = false;
  bench.backend.stops_early = true;
  CHECK(failure([&] { bench.blobs.put(BlobId{"b"}, reel::from_bytes("xyz")); }).code() == Errc::internal);
}

TEST_CASE("a range is read from its offset and ends at the end of the blob", "[blob_store]") {
  Bench bench;
  bench.blobs.put(BlobId{"a"}, reel::from_bytes("0123456789"));
  const auto read = [&](reel::ByteRange range) {
    const std::vector<std::byte> bytes = bench.blobs.read(BlobId{"a"}, range);
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  CHECK(read({.offset = 0, .length = 4096}) == "0123456789");
  CHECK(read({.offset = 3, .length = 2}) == "34");
  CHECK(read({.offset = 9}) == "9");
  CHECK(read({.offset = 8, .length = std::numeric_limits<std::int64_t>::max()}) == "89");
  CHECK(read({.offset = 10}).empty());
  CHECK(read({.offset = 11, .length = 1}).empty());
  CHECK(read({.offset = 5, .length = 0}).empty());
  CHECK(failure([&] { read({.offset = -1}); }).code() == Errc::invalid);
  CHECK(failure([&] { read({.offset = 0, .length = -1}); }).code() == Errc::invalid);
}

TEST_CASE("for a missing blob find is empty, remove is false and other operations are not_found", "[blob_store]") {
  Bench bench;
  const BlobId id{"none"};
  std::string to = "as it was";
  CHECK_FALSE(bench.blobs.find(id));
  CHECK_FALSE(bench.blobs.exists(id));
  CHECK_FALSE(bench.blobs.remove(id));
  CHECK(failure([&] { static_cast<void>(bench.blobs.stat(id)); }).code() == Errc::not_found);
  CHECK(failure([&] { static_cast<void>(bench.blobs.read(id, {})); }).code() == Errc::not_found);
  const reel::Error error = failure([&] { bench.blobs.get(id, reel::to_bytes(to)); });
  CHECK(error.code() == Errc::not_found);
  CHECK(error.operation() == "get");
  CHECK(error.collection() == "anything");
  CHECK(error.id() == "none");
  CHECK(to == "as it was");
  bench.blobs.put(id, reel::from_bytes("x"));
  CHECK(bench.blobs.remove(id));
  CHECK_FALSE(bench.blobs.exists(id));
}

TEST_CASE("blobs are listed in order of insertion, page by page or all at once", "[blob_store]") {
  Bench bench;
  for (int i = 9; i >= 0; --i) bench.blobs.put(BlobId{"b" + std::to_string(i)}, reel::from_bytes("x"));
  std::string ids;
  reel::BlobQuery query{.limit = 4};
  int pages = 0;
  for (bool more = true; more; ++pages) {
    const reel::BlobPage page = bench.blobs.list(query);
    for (const reel::BlobInfo& info : page.blobs) ids += info.id.str();
    query.after = page.next;
    more = page.next.has_value();
  }
  CHECK(ids == "b9b8b7b6b5b4b3b2b1b0");
  CHECK(pages == 3);
  for (const std::int64_t size : {1, 5, 100}) {
    std::string walked;
    for (const reel::BlobInfo& info : bench.blobs.all(reel::Query<reel::BlobInfo>{}.limit(size)))
      walked += info.id.str();
    CHECK(walked == ids);
  }
  Bench empty;
  for (const reel::BlobInfo& info : empty.blobs.all()) FAIL(info.id.str());
}

TEST_CASE("url exists only if the backend has it", "[blob_store]") {
  Bench<DamagedStore> bench;
  CHECK(bench.blobs.url(BlobId{"a"}) == "tiny://anything/a");
  STATIC_REQUIRE(HasUrl<reel::BlobStore<DamagedStore>>);
  STATIC_REQUIRE_FALSE(HasUrl<reel::BlobStore<PlainStore>>);
}

TEST_CASE("the content type is given, or derived from the name, or from the content", "[blob_store]") {
  Bench bench;
  int number = 0;
  const auto type = [&](std::string_view content, reel::PutOptions options) {
    const BlobId id{"t" + std::to_string(++number)};
    const reel::BlobInfo info = bench.blobs.put(id, reel::from_bytes(content), options);
    std::string back;
    bench.blobs.get(id, reel::to_bytes(back));
    CHECK(back == content);  // detecting the type consumes no byte
    return info.content_type;
  };
  using namespace std::string_view_literals;
  CHECK(type("x", {.name = "a.mp4", .content_type = "text/x-mine"}) == "text/x-mine");
  CHECK(type("%PDF-1.7", {.name = "a.SRT"}) == "application/x-subrip");
  CHECK(type("\0\0\0\x18"
             "ftypisom"sv,
             {}) == "video/mp4");
  CHECK(type("\x1a\x45\xdf\xa3\x01\x42\x82\x88matroska"sv, {}) == "video/x-matroska");
  CHECK(type("\x1a\x45\xdf\xa3\x01\x42\x82\x84webm"sv, {}) == "video/webm");
  CHECK(type("RIFF\x10\0\0\0AVI LIST"sv, {}) == "video/x-msvideo");
  CHECK(type("1\n00:00:01,000 --> 00:00:02,000\nHello\n", {}) == "application/x-subrip");
  CHECK(type("\xef\xbb\xbf"
             "1\r\n00:00:01,000 --> 00:00:02,000\r\nHello\r\n",
             {}) == "application/x-subrip");
  CHECK(type("WEBVTT\n\n", {}) == "text/vtt");
  CHECK(type("\x89PNG\r\n\x1a\n\0\0"sv, {}) == "image/png");
  CHECK(type("\xff\xd8\xff\xe0", {}) == "image/jpeg");
  CHECK(type("%PDF-1.7", {}) == "application/pdf");
  CHECK(type(" {\"a\": 1}", {}) == "application/json");
  CHECK(type("[{\"a\": 1}]", {}) == "application/json");
  CHECK(type("[1] is a footnote", {}) == "text/plain");
  CHECK(type("from manim import *\n", {}) == "text/plain");
  CHECK(type("\xc3\xa9t\xc3\xa9", {}) == "text/plain");
  CHECK(type(std::string(511, 'a') + "\xc3\xa9", {}) ==
        "text/plain");  // a character crosses the end of the bytes that are inspected
  CHECK(type("\xff\xfe caf\xe9", {}) == "application/octet-stream");
  CHECK(type("a\0b"sv, {}) == "application/octet-stream");
  CHECK(type("", {}) == "application/octet-stream");
  CHECK(type("ftyp", {}) == "text/plain");
}

}  // namespace blob_store_tests

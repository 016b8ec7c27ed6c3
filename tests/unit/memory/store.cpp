#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <reel/backends/memory.hpp>
#include <reel/driver/hashed_source.hpp>
#include <reel/repository.hpp>

#include "support/catch.hpp"

using reel::Errc;
using reel::Timestamp;

namespace {

struct Author {
  std::string name;
};
struct Book {
  std::string title;
  std::optional<reel::Id<Author>> author_id;
};

}  // namespace

template <>
struct reel::Schema<Author> {
  static constexpr auto collection =
      reel::collection("authors", "Authors", reel::attribute("name", &Author::name, reel::max_length(50)));
};
template <>
struct reel::Schema<Book> {
  static constexpr auto collection =
      reel::collection("books", "Books", reel::attribute("title", &Book::title, reel::max_length(50)),
                       reel::attribute("author_id", &Book::author_id, reel::references<Author>()),
                       reel::index("by_title", &Book::title), reel::unique("one_title", &Book::title));
};

namespace {

template <class Work>
std::optional<Errc> failure_of(Work work) {
  try {
    work();
  } catch (const reel::Error& error) {
    return error.code();
  }
  return std::nullopt;
}

/// A source that provides a string in small pieces.
class TextSource : public reel::driver::HashedSource {
 public:
  explicit TextSource(std::string text) : text_(std::move(text)) {}
  std::size_t read(std::span<std::byte> buffer) override {
    const std::size_t n = std::min({buffer.size(), text_.size() - place_, std::size_t{3}});
    if (n != 0) std::memcpy(buffer.data(), text_.data() + place_, n);
    place_ += n;
    return n;
  }
  [[nodiscard]] std::int64_t bytes_read() const override { return static_cast<std::int64_t>(place_); }
  [[nodiscard]] std::string md5() const override { return "md5 of " + text_; }

 private:
  std::string text_;
  std::size_t place_ = 0;
};

class FailingSource final : public TextSource {
 public:
  FailingSource() : TextSource("never all of this") {}
  std::size_t read(std::span<std::byte> buffer) override {
    if (bytes_read() > 5) throw reel::Error(Errc::unavailable, "the source broke off");
    return TextSource::read(buffer);
  }
};

struct TextSink final : reel::BlobSink {
  void write(std::span<const std::byte> bytes) override {
    text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  std::string text;
};

const reel::Bucket bucket{.id = "files", .name = "Files"};

reel::BlobInfo put(reel::Memory& store, const std::string& id, const std::string& text, bool overwrite = false) {
  TextSource source(text);
  return store.put(bucket, {.id = reel::BlobId{id}, .name = id}, source, overwrite);
}

}  // namespace

TEST_CASE("every operation on a collection that is not set up is not_found", "[memory]") {
  reel::Memory store;
  const reel::Repository<Author, reel::Memory> authors(store);
  const reel::Id<Author> id{"a"};
  CHECK(failure_of([&] { authors.create({.name = "x"}); }) == Errc::not_found);
  CHECK(failure_of([&] { static_cast<void>(authors.find(id)); }) == Errc::not_found);
  CHECK(failure_of([&] { authors.update(id, {}); }) == Errc::not_found);
  CHECK(failure_of([&] { static_cast<void>(authors.list()); }) == Errc::not_found);
  CHECK(failure_of([&] { static_cast<void>(authors.count()); }) == Errc::not_found);
  CHECK(failure_of([&] { static_cast<void>(authors.explain({})); }) == Errc::not_found);
  CHECK(failure_of([&] { authors.create_many(std::vector<Author>(2)); }) == Errc::not_found);
  CHECK(failure_of([&] { authors.remove(id); }) == Errc::not_found);
}

TEST_CASE("two stores are independent", "[memory]") {
  reel::Memory first, second;
  const reel::Repository<Author, reel::Memory> here(first), there(second);
  here.setup();
  there.setup();
  here.create({.name = "x"}, {.id = reel::Id<Author>{"a"}});
  CHECK_FALSE(there.exists(reel::Id<Author>{"a"}));
  CHECK(there.create({.name = "y"}).sequence == 1);
}

TEST_CASE("text is compared by the store's text rules", "[memory]") {
  for (const auto& [rules, found] : {std::pair{reel::TextRules::folded, 2}, std::pair{reel::TextRules::exact, 1}}) {
    reel::Memory store({.text = rules});
    const reel::Repository<Book, reel::Memory> books(store);
    reel::Repository<Author, reel::Memory>(store).setup();
    books.setup();
    books.create({.title = "Élan"});
    books.create({.title = "elanor"});
    const auto matches = reel::Query<Book>{}.where(reel::field<&Book::title>.starts_with("elan"));
    CHECK(books.count(matches) == found);
    CHECK(failure_of([&] { books.create({.title = "ELAN "}); }).has_value() == (rules == reel::TextRules::folded));
  }
}

TEST_CASE("times are read from the store's clock", "[memory]") {
  Timestamp time{std::chrono::milliseconds{5}};
  reel::Memory store({.clock = [&] { return time; }});
  const reel::Repository<Author, reel::Memory> authors(store);
  authors.setup();
  const auto made = authors.create({.name = "x"});
  CHECK(made.created_at == time);
  CHECK(made.updated_at == time);
  time += std::chrono::seconds{1};
  const auto changed = authors.update(made.id, reel::Patch<Author>{}.set<&Author::name>("y"));
  CHECK(changed.created_at == made.created_at);
  CHECK(changed.updated_at == time);
}

TEST_CASE("a store knows which of its collections refer to another", "[memory]") {
  reel::Memory store;
  CHECK(store.referrers("authors").empty());
  reel::Repository<Author, reel::Memory>(store).setup();
  CHECK(store.referrers("authors").empty());
  reel::Repository<Book, reel::Memory>(store).setup();
  const auto referrers = store.referrers("authors");
  REQUIRE(referrers.size() == 1);
  CHECK(referrers[0]->id == "books");
  CHECK(store.referrers("books").empty());
}

TEST_CASE("blobs are stored and read, completely and in ranges", "[memory]") {
  reel::Memory store({.clock = [] { return Timestamp{std::chrono::milliseconds{9}}; }});
  CHECK(failure_of([&] { put(store, "a", "x"); }) == Errc::not_found);
  store.ensure(bucket);
  store.ensure(bucket);
  const reel::BlobInfo info = put(store, "a", "some text");
  CHECK(info.size == 9);
  CHECK(info.md5 == "md5 of some text");
  CHECK(info.created_at == Timestamp{std::chrono::milliseconds{9}});
  CHECK(store.find(bucket, "A") == info);
  const auto piece = [&](std::int64_t offset, std::optional<std::int64_t> length) {
    TextSink sink;
    CHECK(store.read(bucket, "a", {.offset = offset, .length = length}, sink) == info);
    return sink.text;
  };
  CHECK(piece(0, {}) == "some text");
  CHECK(piece(5, {}) == "text");
  CHECK(piece(5, 2) == "te");
  CHECK(piece(5, 100) == "text");
  CHECK(piece(9, {}).empty());
  CHECK(piece(100, 1).empty());
  TextSink sink;
  CHECK_FALSE(store.read(bucket, "b", {}, sink));
  CHECK(sink.text.empty());
}

TEST_CASE("a blob is replaced only by overwrite, and an interrupted put leaves nothing", "[memory]") {
  reel::Memory store;
  store.ensure(bucket);
  const reel::BlobInfo first = put(store, "a", "one");
  CHECK(failure_of([&] { put(store, "A", "two"); }) == Errc::already_exists);
  CHECK(store.find(bucket, "a") == first);
  const reel::BlobInfo second = put(store, "a", "three", true);
  CHECK(store.find(bucket, "a")->size == 5);
  CHECK(second.sequence == first.sequence);
  FailingSource broken;
  CHECK(failure_of([&] { store.put(bucket, {.id = reel::BlobId{"b"}}, broken, false); }) == Errc::unavailable);
  CHECK_FALSE(store.find(bucket, "b"));
  FailingSource again;
  CHECK(failure_of([&] { store.put(bucket, {.id = reel::BlobId{"a"}}, again, true); }) == Errc::unavailable);
  CHECK(store.find(bucket, "a") == second);
}

TEST_CASE("blobs are listed in order of insertion, page by page, and removed", "[memory]") {
  reel::Memory store;
  store.ensure(bucket);
  for (int i = 0; i < 7; ++i) put(store, "b" + std::to_string(9 - i), "x");
  std::string ids;
  reel::BlobQuery query{.limit = 3};
  for (;;) {
    const reel::driver::Page<reel::BlobInfo> page = store.list(bucket, query);
    for (const reel::BlobInfo& info : page.items) ids += info.id.str();
    if (!page.next) break;
    query.after = page.next;
    CHECK(store.remove(bucket, page.items.back().id.str()));  // the next page is still found
  }
  CHECK(ids == "b9b8b7b6b5b4b3");
  CHECK_FALSE(store.remove(bucket, "b7"));
  CHECK(store.list(bucket, {}).items.size() == 5);
}

#include <reel/mirror.hpp>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <reel/backends/filesystem.hpp>
#include <reel/backends/filesystem/settings.hpp>
#include <reel/backends/memory.hpp>
#include <reel/blob_store.hpp>
#include <reel/driver/layer.hpp>
#include <reel/migrate.hpp>
#include <reel/repository.hpp>
#include <reel/verify.hpp>
#include <reel/video/everything.hpp>

#include "support/catch.hpp"
#include "support/error_from.hpp"
#include "support/filesystem/temporary_folder.hpp"
#include "support/store_writer.hpp"

/// A mirror without other processes.
namespace mirror_tests {

using namespace reel;
using namespace std::chrono_literals;
using reel::testing::content_of;
using reel::testing::error_from;
using reel::testing::StoreWriter;
using reel::testing::TemporaryFolder;
using reel::testing::written_set;
using reel::video::Scene;
using reel::video::Video;

const Id<Video> first{"first"};

MirrorOptions with(const std::string& journal) { return {.journal = journal, .poll_every = 5ms, .patience = 300ms}; }
MirrorOptions cut_over_with(const std::string& journal) {
  MirrorOptions options = with(journal);
  options.cut_over = true;
  return options;
}

template <class A, class B>
bool are_equal(A& a, B& b) {
  return verify(a, b, written_set()).clean();
}

/// A video with two scenes and a film.
template <class Store>
void fill(Store& store) {
  const Repository<Video, Store> videos(store);
  const Repository<Scene, Store> scenes(store);
  const BlobStore<Store> films(store, video::final_videos());
  videos.setup();
  scenes.setup();
  films.setup();
  videos.create({.topic = "one"}, {.id = first});
  for (int number = 1; number <= 2; ++number) scenes.create({.video_id = first, .scene_number = number});
  films.put(BlobId{"first"}, from_bytes("film"), {.name = "first.mp4"});
}

TEST_CASE("a mirror copies and then applies what has changed", "[mirror]") {
  const TemporaryFolder folder;
  Memory source, target;
  fill(source);
  const MirrorReport copied = mirror(source, target, written_set(), with(folder / "journal"));
  CHECK(copied.clean());
  CHECK(copied.end == MirrorEnd::caught_up);
  REQUIRE(copied.copy);
  CHECK(copied.copy->total().created == 4);
  CHECK(are_equal(source, target));
  CHECK_FALSE(std::filesystem::exists(folder / "journal.copy"));

  StoreWriter<Memory> writer(source, "w", 1);
  for (int i = 0; i < 300; ++i) writer.step();
  const MirrorReport followed = mirror(source, target, written_set(), with(folder / "journal"));
  CHECK(followed.clean());
  CHECK_FALSE(followed.copy);
  CHECK(followed.applied > 50);
  CHECK(are_equal(source, target));

  const MirrorReport nothing = mirror(source, target, written_set(), with(folder / "journal"));
  CHECK(nothing.applied + nothing.removed == 0);
}

TEST_CASE("a mirror removes parents with their children", "[mirror]") {
  const TemporaryFolder folder;
  Memory source, target;
  fill(source);
  CHECK(mirror(source, target, written_set(), with(folder / "journal")).clean());
  records<Video>(source).remove(first);
  blobs(source, video::final_videos()).remove(BlobId{"first"});
  CHECK(mirror(source, target, written_set(), with(folder / "journal")).removed == 4);
  CHECK(records<Scene>(target).count() == 0);
  CHECK(are_equal(source, target));
}

TEST_CASE("after a cut-over the target is the source of a mirror without a copy", "[mirror]") {
  const TemporaryFolder folder;
  Filesystem old(folder / "old"), next(folder / "next");
  fill(old);
  StoreWriter<Filesystem> before(old, "a", 1);
  for (int i = 0; i < 100; ++i) before.step();
  CHECK(mirror(old, next, written_set(), with(folder / "journal")).clean());
  for (int i = 0; i < 100; ++i) before.step();
  const MirrorReport over = mirror(old, next, written_set(), cut_over_with(folder / "journal"));
  CHECK(over.end == MirrorEnd::cut_over);
  CHECK(over.clean());
  REQUIRE(over.verified);
  CHECK(over.verified->kinds.at(0).same > 0);
  CHECK(are_equal(old, next));

  const Error refused = error_from([&] { mirror(old, next, written_set(), with(folder / "journal")); });
  CHECK(refused.code() == Errc::conflict);
  CHECK(refused.reason().find("exchange the two stores") != std::string::npos);

  StoreWriter<Filesystem> after(next, "b", 2);
  for (int i = 0; i < 100; ++i) after.step();
  const MirrorReport back = mirror(next, old, written_set(), with(folder / "journal"));
  CHECK(back.clean());
  CHECK_FALSE(back.copy);
  CHECK(back.applied > 20);
  CHECK(are_equal(next, old));
  CHECK(mirror(next, old, written_set(), cut_over_with(folder / "journal")).end == MirrorEnd::cut_over);
  CHECK(mirror(old, next, written_set(), with(folder / "journal")).applied == 0);
}

TEST_CASE("a source that has lost its history is compared as a whole", "[mirror]") {
  const TemporaryFolder folder;
  Memory target;
  const std::string path = folder / "store";
  {
    Filesystem source = filesystem::Seams{.housekeeping = {.compact_above = 2000}}.open(path, {});
    fill(source);
    CHECK(mirror(source, target, written_set(), with(folder / "journal")).clean());
    records<Video>(source).remove(first);
    for (int i = 0; i < 100; ++i)  // more than a compaction leaves
      records<Video>(source).upsert(Id<Video>{"second"}, {.topic = "topic " + std::to_string(i)});
  }
  Filesystem source(path);
  const MirrorReport report = mirror(source, target, written_set(), with(folder / "journal"));
  CHECK(report.clean());
  CHECK(report.applied == 1);
  CHECK(report.removed == 3);
  CHECK(are_equal(source, target));
}

/// A target that refuses what refers to a video of this topic, as long as it is set.
class Choosy : public driver::Layer<Memory> {
 public:
  using Layer::Layer;
  std::vector<driver::WriteResult> write(const driver::CollectionSchema& schema, std::vector<driver::Write> writes,
                                         driver::Batch batch) {
    for (const driver::Write& write : writes) {
      if (schema.id == "videos" && write.kind == driver::WriteKind::create && refuses)
        return std::vector<driver::WriteResult>(writes.size(), {.error = Error(Errc::too_large, "refused")});
    }
    return Layer::write(schema, std::move(writes), batch);
  }
  bool refuses = false;
};

TEST_CASE("a record whose reference could not be written waits for it", "[mirror]") {
  const TemporaryFolder folder;
  Memory source, below;
  Choosy target(below);
  fill(source);
  target.refuses = true;
  const MirrorReport report = mirror(source, target, written_set(), with(folder / "journal"));
  CHECK(report.end == MirrorEnd::behind);
  CHECK_FALSE(report.clean());
  CHECK(report.waiting.size() == 3);  // the video and its scenes
  target.refuses = false;
  const MirrorReport rest = mirror(source, target, written_set(), with(folder / "journal"));
  CHECK(rest.clean());
  CHECK(rest.applied == 3);
  CHECK(are_equal(source, below));
}

/// A target that fails the test if a video returns to an earlier time.
class Forwards : public driver::Layer<Filesystem> {
 public:
  using Layer::Layer;
  std::vector<driver::WriteResult> write(const driver::CollectionSchema& schema, std::vector<driver::Write> writes,
                                         driver::Batch batch) {
    for (const driver::Write& write : writes) {
      const driver::DocumentPtr before = find(schema, write.document.id);
      if (write.kind == driver::WriteKind::update && before && *write.change.updated_at < before->updated_at)
        went_back = true;
    }
    return Layer::write(schema, std::move(writes), batch);
  }
  bool went_back = false;
};

TEST_CASE("a mirror that reads a history again moves no record back", "[mirror]") {
  const TemporaryFolder folder;
  Filesystem source(folder / "source"), below(folder / "target");
  Forwards target(below);
  fill(source);
  CHECK(mirror(source, target, written_set(), with(folder / "journal")).clean());
  const std::string journal = content_of(folder / "journal");
  const auto topic = [&](const std::string& text) {
    records<Video>(source).update(first, Patch<Video>{}.set<&Video::topic>(text));
  };
  for (const char* text : {"two", "three", "four"}) topic(text);
  CHECK(mirror(source, target, written_set(), with(folder / "journal")).clean());
  reel::testing::write_file(folder / "journal", journal);  // as after a kill before the round was recorded
  const MirrorReport again = mirror(source, target, written_set(), with(folder / "journal"));
  CHECK(again.clean());
  CHECK(again.applied == 0);
  CHECK_FALSE(target.went_back);
}

TEST_CASE("a mirror is refused before it writes", "[mirror]") {
  const TemporaryFolder folder;
  Memory source, target, other;
  fill(source);
  const auto code_of = [&](auto&& call) { return error_from(call).code(); };
  const std::string journal = folder / "journal";
  CHECK(code_of([&] { mirror(source, source, written_set(), with(journal)); }) == Errc::invalid);
  CHECK(code_of([&] { mirror(source, target, written_set(), {}); }) == Errc::invalid);
  CHECK(code_of([&] { mirror(source, target, written_set(), {.journal = journal, .poll_every = 0ms}); }) ==
        Errc::invalid);

  SECTION("a target with other content") {
    fill(target);
    records<Video>(target).create({.topic = "its own"}, {.id = Id<Video>{"own"}});
    const Error error = error_from([&] { mirror(source, target, written_set(), with(journal)); });
    CHECK(error.code() == Errc::conflict);
    CHECK(error.reason().find("1 only there") != std::string::npos);
    CHECK(records<Video>(target).exists(Id<Video>{"own"}));
    MirrorOptions options = with(journal);
    options.delete_extra = true;
    CHECK(mirror(source, target, written_set(), options).clean());
    CHECK(are_equal(source, target));
  }
  SECTION("a target that has it already is accepted") {
    CHECK(migrate(source, target, written_set()).clean());
    const MirrorReport report = mirror(source, target, written_set(), with(journal));
    CHECK(report.clean());
    CHECK(report.copy->total().unchanged == 4);
  }
  SECTION("the journal of other stores or the other direction") {
    CHECK(mirror(source, target, written_set(), with(journal)).clean());
    CHECK(code_of([&] { mirror(source, other, written_set(), with(journal)); }) == Errc::conflict);
    const Error error = error_from([&] { mirror(target, source, written_set(), with(journal)); });
    CHECK(error.code() == Errc::conflict);
    CHECK(error.reason().find("cut that one over") != std::string::npos);
  }
  SECTION("a file that is not a journal") {
    reel::testing::write_file(journal, "hello\n");
    CHECK(code_of([&] { mirror(source, target, written_set(), with(journal)); }) == Errc::invalid);
    CHECK(content_of(journal) == "hello\n");
  }
  SECTION("a damaged journal") {
    CHECK(mirror(source, target, written_set(), with(journal)).clean());
    std::string content = content_of(journal);
    content[content.find('\n') + 30] ^= 1;
    reel::testing::write_file(journal, content);
    CHECK(code_of([&] { mirror(source, target, written_set(), with(journal)); }) == Errc::corrupt);
  }
}

TEST_CASE("a mirror continues a journal that was cut off anywhere", "[mirror]") {
  const TemporaryFolder folder;
  Memory source, target;
  fill(source);
  CHECK(mirror(source, target, written_set(), with(folder / "journal")).clean());
  records<Video>(source).remove(first);
  CHECK(mirror(source, target, written_set(), with(folder / "journal")).clean());
  const std::string whole = content_of(folder / "journal");
  for (std::size_t size = 0; size < whole.size(); size += 37) {
    reel::testing::write_file(folder / "cut", whole.substr(0, size));
    CHECK(mirror(source, target, written_set(), with(folder / "cut")).clean());
    CHECK(are_equal(source, target));
  }
}

TEST_CASE("a mirror continues before what a failed system has left at the end of its journal", "[mirror]") {
  const TemporaryFolder folder;
  Memory source, target;
  fill(source);
  const std::string journal = folder / "journal";
  CHECK(mirror(source, target, written_set(), with(journal)).clean());
  const std::string whole = content_of(journal), zeros(5000, '\0');
  const auto check_continued = [&](const std::string& left) {
    INFO(left.size());
    reel::testing::write_file(journal, left + zeros);
    CHECK(mirror(source, target, written_set(), with(journal)).clean());
    CHECK(are_equal(source, target));
    CHECK(content_of(journal).find('\0') == std::string::npos);
  };
  for (const std::size_t torn : {std::size_t{0}, std::size_t{40}}) {
    records<Video>(source).update(first, Patch<Video>{}.set<&Video::topic>(std::to_string(torn)));
    check_continued(whole + whole.substr(0, torn));
  }
  for (const std::size_t size : {whole.size() / 2, std::size_t{20}, std::size_t{0}})
    check_continued(whole.substr(0, size));
  std::string damaged = whole;
  damaged.replace(whole.find('\n') + 1, 20, 20, '\0');
  reel::testing::write_file(journal, damaged);
  records<Video>(source).remove(first);
  CHECK(error_from([&] { mirror(source, target, written_set(), with(journal)); }).code() == Errc::corrupt);
  CHECK(content_of(journal) == damaged);
  CHECK(records<Video>(target).exists(first));
}

TEST_CASE("a long journal of a mirror is shortened", "[mirror]") {
  const TemporaryFolder folder;
  Memory source, target;
  fill(source);
  const std::string journal = folder / "journal";
  CHECK(mirror(source, target, written_set(), with(journal)).clean());
  CHECK(mirror(source, target, written_set(), cut_over_with(journal)).end == MirrorEnd::cut_over);
  records<Video>(target).update(first, Patch<Video>{}.set<&Video::topic>("two"));
  CHECK(mirror(target, source, written_set(), with(journal)).applied == 1);
  std::string content = content_of(journal);
  const std::string last = content.substr(content.rfind('\n', content.size() - 2) + 1);
  while (content.size() <= (1 << 20)) content += last;
  reel::testing::write_file(journal, content);
  CHECK(mirror(target, source, written_set(), with(journal)).applied == 0);
  CHECK(content_of(journal).size() < 10'000);
  records<Video>(target).remove(first);
  CHECK(mirror(target, source, written_set(), with(journal)).removed == 3);
  CHECK(error_from([&] { mirror(source, target, written_set(), with(journal)); })
            .reason()
            .find("exchange the two stores") != std::string::npos);
}

TEST_CASE("two mirrors do not use one journal at the same time", "[mirror]") {
  const TemporaryFolder folder;
  Memory source, target;
  fill(source);
  std::optional<Error> refused;
  MirrorOptions options = with(folder / "journal");
  options.on_lag = [&](const MirrorLag&) {
    refused = error_from([&] { mirror(source, target, written_set(), with(folder / "journal")); });
  };
  CHECK(mirror(source, target, written_set(), options).clean());
  REQUIRE(refused);
  CHECK(refused->code() == Errc::unavailable);
}

/// A source that a writer changes whenever the mirror looks for changes.
class Restless : public driver::Layer<Memory> {
 public:
  using Layer::Layer, Layer::list;
  driver::Page<driver::DocumentPtr> list(const driver::CollectionSchema& schema, const driver::QueryTree& query) {
    if (schema.id == "videos") {
      ++plays_;
      records<Video>(below()).update(first, Patch<Video>{}.set<&Video::topic>("topic " + std::to_string(plays_)));
    }
    return Layer::list(schema, query);
  }

 private:
  int plays_ = 0;
};

TEST_CASE("a cut-over waits for writers to stop and then gives up", "[mirror]") {
  const TemporaryFolder folder;
  Memory below, target;
  Restless source(below);
  fill(below);
  const MirrorReport report = mirror(source, target, written_set(), cut_over_with(folder / "journal"));
  CHECK(report.end == MirrorEnd::behind);
  CHECK_FALSE(report.clean());
  CHECK(mirror(below, target, written_set(), cut_over_with(folder / "journal")).end == MirrorEnd::cut_over);
}

/// A target that takes a while for each write.
class Slow : public driver::Layer<Memory> {
 public:
  using Layer::Layer;
  std::vector<driver::WriteResult> write(const driver::CollectionSchema& schema, std::vector<driver::Write> writes,
                                         driver::Batch batch) {
    std::this_thread::sleep_for(pause);
    return Layer::write(schema, std::move(writes), batch);
  }
  std::chrono::milliseconds pause{0};
};

TEST_CASE("a cut-over applies what is there however long it takes", "[mirror]") {
  const TemporaryFolder folder;
  Memory source, below;
  Slow target(below);
  fill(source);
  CHECK(mirror(source, target, written_set(), with(folder / "journal")).clean());
  records<Video>(source).update(first, Patch<Video>{}.set<&Video::topic>("two"));
  MirrorOptions options = cut_over_with(folder / "journal");
  options.patience = 50ms;
  target.pause = 2 * options.patience;
  const MirrorReport report = mirror(source, target, written_set(), options);
  CHECK(report.end == MirrorEnd::cut_over);
  CHECK(report.clean());
  CHECK(are_equal(source, below));
}

TEST_CASE("a mirror reports its lag while a round lasts", "[mirror]") {
  const TemporaryFolder folder;
  Memory source, below;
  Slow target(below);
  fill(source);
  std::vector<MirrorLag> lags;
  MirrorOptions options = with(folder / "journal");
  options.on_lag = [&](const MirrorLag& lag) { lags.push_back(lag); };
  CHECK(mirror(source, target, written_set(), options).clean());
  const Id<Scene> scene = records<Scene>(source).create({.video_id = first, .scene_number = 9}).id;
  records<Video>(source).update(first, Patch<Video>{}.set<&Video::topic>("changed"));
  target.pause = 1100ms;
  lags.clear();
  CHECK(mirror(source, target, written_set(), options).clean());
  REQUIRE(lags.size() >= 2);
  CHECK(lags.front().pending == 1);
  CHECK(lags.front().applied == 1);
  CHECK(lags.front().behind >= 1s);
  CHECK(lags.back().pending == 0);
  CHECK(lags.back().applied == 2);
  CHECK(records<Scene>(below).exists(scene));
}

TEST_CASE("a cut-over reports what differs in the target", "[mirror]") {
  const TemporaryFolder folder;
  Memory source, target;
  fill(source);
  CHECK(mirror(source, target, written_set(), with(folder / "journal")).clean());
  records<Video>(source).update(first, Patch<Video>{}.set<&Video::topic>("two"));
  CHECK(mirror(source, target, written_set(), with(folder / "journal")).clean());
  records<Video>(target).update(first, Patch<Video>{}.set<&Video::topic>("damaged"));
  const MirrorReport report = mirror(source, target, written_set(), cut_over_with(folder / "journal"));
  CHECK(report.end == MirrorEnd::behind);
  REQUIRE(report.verified);
  REQUIRE(report.verified->differences.size() == 1);
  CHECK(report.verified->differences[0].id == "first");
}

/// A source whose session ends.
class Expiring : public driver::Layer<Memory> {
 public:
  using Layer::Layer, Layer::list;
  driver::Page<driver::DocumentPtr> list(const driver::CollectionSchema& schema, const driver::QueryTree& query) {
    if (has_ended) throw Error(Errc::unauthorized, "the session has ended");
    return Layer::list(schema, query);
  }
  bool has_ended = false;
};

TEST_CASE("a session that ends stops the mirror and another one continues", "[mirror]") {
  const TemporaryFolder folder;
  Memory below, target;
  Expiring source(below);
  fill(below);
  CHECK(mirror(source, target, written_set(), with(folder / "journal")).clean());
  records<Video>(below).update(first, Patch<Video>{}.set<&Video::topic>("two"));
  source.has_ended = true;
  const Error error = error_from([&] { mirror(source, target, written_set(), with(folder / "journal")); });
  CHECK(error.code() == Errc::unauthorized);
  CHECK(error.reason().find("renew the session") != std::string::npos);
  source.has_ended = false;
  CHECK(mirror(source, target, written_set(), with(folder / "journal")).applied == 1);
  CHECK(are_equal(below, target));
}

}  // namespace mirror_tests

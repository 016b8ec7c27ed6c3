#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/any_store.hpp>
#include <reel/driver/layer.hpp>
#include <reel/migrate.hpp>

#include "moments.hpp"
#include "support/catch.hpp"
#include "support/filesystem/child.hpp"
#include "support/legacy/random_tree.hpp"
#include "support/migration_pairs.hpp"
#include "support/scale.hpp"

/// A migration in each direction is killed at the writes of its journal and at random moments, and started again.
namespace kills_tests {

using migration_pairs::Kind;
using migration_pairs::Site;
using reel::testing::Child;

/// The number of records and blobs that were read from the source, for a process and its parent.
struct Reads {
  std::array<std::atomic<int>, 3> records{};  ///< by the position of the collection in the set
  std::atomic<int> blobs{0};                  ///< the number of times that a blob was begun
};

/// An object that forked processes share with this one.
template <class T>
class Shared {
 public:
  Shared() : memory_(::mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)) {
    if (memory_ == MAP_FAILED) throw std::bad_alloc();
    new (memory_) T();
  }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;
  ~Shared() { ::munmap(memory_, sizeof(T)); }

  T& operator*() const { return *static_cast<T*>(memory_); }
  T* operator->() const { return static_cast<T*>(memory_); }

 private:
  void* memory_;
};

/// A source that counts what is read from it.
class Witness : public reel::driver::Layer<reel::AnyStore> {
 public:
  using Layer::list;
  Witness(reel::AnyStore& store, Reads& reads) : Layer(store), reads_(reads) {}

  reel::driver::Page<reel::driver::DocumentPtr> list(const reel::driver::CollectionSchema& schema,
                                                     const reel::driver::QueryTree& query) const {
    auto page = below().list(schema, query);
    const auto collections = migration_pairs::set().collections;
    const auto at = std::find(collections.begin(), collections.end(), &schema) - collections.begin();
    reads_.records.at(static_cast<std::size_t>(at)) += static_cast<int>(page.items.size());
    return page;
  }
  std::optional<reel::BlobInfo> read(const reel::Bucket& bucket, std::string_view id, reel::ByteRange range,
                                     reel::BlobSink& sink) const {
    if (range.offset == 0) ++reads_.blobs;
    return below().read(bucket, id, range, sink);
  }

 private:
  Reads& reads_;
};
static_assert(reel::driver::check_layer<Witness>());

/// A target whose operations are moments, before and after each.
class Mortal : public reel::driver::Layer<reel::AnyStore> {
 public:
  using Layer::ensure, Layer::put;
  explicit Mortal(reel::AnyStore& store) : Layer(store) {}

  void ensure(const reel::driver::CollectionSchema& schema) {
    moments::reach();
    below().ensure(schema);
  }
  std::vector<reel::driver::WriteResult> write(const reel::driver::CollectionSchema& schema,
                                               std::vector<reel::driver::Write> writes, reel::driver::Batch batch) {
    moments::reach();
    auto results = below().write(schema, std::move(writes), batch);
    moments::reach();
    return results;
  }
  reel::BlobInfo put(const reel::Bucket& bucket, reel::BlobInfo info, reel::driver::HashedSource& source,
                     bool overwrite) {
    moments::reach();
    reel::BlobInfo stored = below().put(bucket, std::move(info), source, overwrite);
    moments::reach();
    return stored;
  }
};
static_assert(reel::driver::check_layer<Mortal>());

/// A small tree, and its content in the other stores.
class World {
 public:
  World() {
    const std::string tree = sites_.new_folder();
    legacy_tree::random_tree(tree, {.seed = 3, .topics = 2, .scenes = 2, .hazards = 0, .neighbours = false});
    sources_[Kind::legacy] = std::make_unique<migration_pairs::LegacySite>(tree, false);
    for (const Kind kind : migration_pairs::kinds) {
      if (kind == Kind::legacy) continue;
      sources_[kind] = sites_.make(kind);
      reel::AnyStore from = source(Kind::legacy).open(), to = sources_[kind]->open();
      CHECK(reel::migrate(from, to, set, {.verify = reel::Verify::none}).clean());
    }
  }

  const reel::MigrationSet set = migration_pairs::set();
  [[nodiscard]] const Site& source(Kind kind) const { return *sources_.at(kind); }
  [[nodiscard]] std::unique_ptr<Site> target(Kind kind) { return sites_.make(kind); }
  [[nodiscard]] std::string new_journal() { return sites_.new_folder(); }

 private:
  migration_pairs::Sites sites_;
  std::map<Kind, std::unique_ptr<Site>> sources_;
};

/// One direction.
class Direction {
 public:
  Direction(World& world, Kind from, Kind to) : world_(world), source_(world.source(from)), from_(from), to_(to) {
    const auto target = world_.target(to_);
    const std::string journal = world_.new_journal();
    run(*target, journal, 0, 1);
    moments_ = std::min<int>(tally_->reached, moments::Tally::most - 1);
    expected_ = contents(*target, true);
    sorted_ = contents(*target, false);
  }

  /// The numbers of moments at which to kill: `journal` writes of the journal and `others` random moments.
  [[nodiscard]] std::set<int> choose(int journal, int others, std::mt19937& chance) const {
    std::vector<int> writes;
    for (int moment = 1; moment <= moments_; ++moment) {
      if (tally_->is_journal.at(static_cast<std::size_t>(moment))) writes.push_back(moment);
    }
    std::shuffle(writes.begin(), writes.end(), chance);
    writes.resize(std::min(writes.size(), static_cast<std::size_t>(journal)));
    std::set<int> chosen(writes.begin(), writes.end());
    for (int i = 0; i < others; ++i) chosen.insert(1 + static_cast<int>(chance() % static_cast<unsigned>(moments_)));
    return chosen;
  }

  /// Kills a run at this moment and checks that the following ones complete it.
  void check(int moment, int parallelism) {
    INFO(name_of(from_) << " to " << name_of(to_) << ", killed at moment " << moment << " of " << moments_ << " with "
                        << parallelism << " threads");
    const auto target = world_.target(to_);
    const std::string journal = world_.new_journal();
    const Shared<Reads> reads;
    if (run(*target, journal, moment, parallelism, *reads)) {
      check_second(*target, journal, parallelism, *reads);
    } else {
      CHECK(parallelism > 1);  // a run of several threads has another number of moments each time
    }
    {
      reel::AnyStore from = source_.open(), to = target->open();
      const reel::MigrationCounts third = reel::migrate(from, to, world_.set, options(journal, parallelism)).total();
      CHECK(third.created + third.overwritten + third.skipped + third.failed == 0);
    }
    const bool is_same = parallelism == 1 ? contents(*target, true) == expected_ : contents(*target, false) == sorted_;
    CHECK(is_same);
    std::filesystem::remove(journal);
  }

 private:
  static reel::MigrationOptions options(const std::string& journal, int parallelism) {
    return {.parallelism = parallelism, .journal = journal};
  }

  /// Runs a migration that ends at `moment`, 0: never. Returns whether it was killed.
  bool run(const Site& target, const std::string& journal, int moment, int parallelism) {
    const Shared<Reads> unused;
    return run(target, journal, moment, parallelism, *unused);
  }
  bool run(const Site& target, const std::string& journal, int moment, int parallelism, Reads& reads) {
    tally_->reached = 0;
    const moments::Plan plan{.tally = &*tally_, .journal = journal, .last = moment, .throws = to_ == Kind::memory};
    const auto body = [&] {
      reel::AnyStore from = source_.open(), to = target.open();
      Witness source(from, reads);
      Mortal mortal(to);
      moments::begin(plan);
      if (plan.throws) {
        reel::migrate(source, mortal, world_.set, options(journal, parallelism));
      } else {
        reel::migrate(source, to, world_.set, options(journal, parallelism));
      }
      moments::end();
    };
    if (!plan.throws) return Child([&](const auto&) { body(); }).was_killed();
    try {
      body();
    } catch (const moments::Killed&) {
      moments::end();
      return true;
    }
    return false;
  }

  /// The run after the killed one.
  void check_second(const Site& target, const std::string& journal, int parallelism, Reads& reads) {
    reel::AnyStore from = source_.open(), to = target.open();
    Witness source(from, reads);
    const reel::MigrationReport report = reel::migrate(source, to, world_.set, options(journal, parallelism));
    for (const reel::MigrationProblem& one : report.failures)
      UNSCOPED_INFO(one.kind.str() << ' ' << one.id << ' ' << one.operation << ": " << one.reason);
    for (const reel::MigrationProblem& one : report.differences)
      UNSCOPED_INFO(one.kind.str() << ' ' << one.id << ": " << one.reason);
    CHECK(report.clean());
    int blobs = 0, collections = 0, repeated = 0;
    for (const reel::MigrationCounts& kind : report.kinds) {
      CHECK(kind.created + kind.unchanged == kind.found);
      if (kind.kind.bucket) {
        blobs += static_cast<int>(kind.found);
      } else if (reads.records.at(static_cast<std::size_t>(collections++)) > kind.found) {
        ++repeated;  // a collection is one page
      }
    }
    CHECK(repeated <= 1);
    CHECK(reads.blobs <= blobs + parallelism);
    CHECK(reads.blobs >= blobs);
  }

  [[nodiscard]] std::vector<std::string> contents(const Site& site, bool is_ordered) const {
    return migration_pairs::contents(site.open(), world_.set, {.blob_times = false, .order = is_ordered});
  }

  World& world_;
  const Site& source_;
  Kind from_, to_;
  Shared<moments::Tally> tally_;
  int moments_ = 0;
  std::vector<std::string> expected_, sorted_;
};

/// The number of random moments for each direction: REEL_KILLS, with every write of the journal, or a few of both.
struct Extent {
  int journal = 4, random = 4;
  Extent() {
    if (const char* const wanted = std::getenv("REEL_KILLS")) {
      journal = moments::Tally::most;
      random = std::stoi(wanted);
    }
  }
};

TEST_CASE("a migration in any direction that is killed at any moment ends as an undisturbed one", "[migration]") {
  World world;
  const Extent extent;
  std::mt19937 chance(20261129);
  for (const Kind from : migration_pairs::kinds) {
    for (const Kind to : migration_pairs::kinds) {
      if (from == to) continue;
      Direction direction(world, from, to);
      for (const int moment : direction.choose(extent.journal, extent.random, chance))
        direction.check(moment, 1 + static_cast<int>(chance() % 2));
    }
  }
}

}  // namespace kills_tests

#include <reel/local/plan.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/backends/memory.hpp>
#include <reel/driver/typed_document.hpp>
#include <reel/local/document_table.hpp>
#include <reel/local/query_run.hpp>
#include <reel/repository.hpp>

#include "support/catch.hpp"

namespace plan_tests {

enum class State { queued, running, done };

struct Job {
  std::string name;
  State state = State::queued;
  std::int64_t priority = 0;
  std::optional<std::int64_t> attempt;
  double cost = 0;
  std::string log;
  bool urgent = false;
};

}  // namespace plan_tests

template <>
struct reel::EnumNames<plan_tests::State> {
  using State = plan_tests::State;
  static constexpr auto names = reel::enum_names(std::pair{State::queued, "queued"},
                                                 std::pair{State::running, "running"}, std::pair{State::done, "done"});
};
template <>
struct reel::Schema<plan_tests::Job> {
  using Job = plan_tests::Job;
  static constexpr auto collection = reel::collection(
      "jobs", "Jobs", reel::attribute("name", &Job::name, reel::max_length(100)), reel::attribute("state", &Job::state),
      reel::attribute("priority", &Job::priority), reel::attribute("attempt", &Job::attempt),
      reel::attribute("cost", &Job::cost), reel::attribute("log", &Job::log, reel::max_length(1000)),
      reel::attribute("urgent", &Job::urgent),
      reel::index("by_state_priority", &Job::state, reel::descending(&Job::priority)),
      reel::index("by_attempt", &Job::attempt), reel::unique("by_name", &Job::name),
      reel::full_text("search_log", &Job::log));
};

namespace plan_tests {

using reel::field;
using Access = reel::Explanation::Access;
using Query = reel::Query<Job>;

/// 90 jobs that cycle through the states, the priorities 0 to 9 and the attempts 0 to 3 or none.
class Jobs {
 public:
  Jobs() {
    jobs.setup();
    for (int i = 0; i < 90; ++i) {
      jobs.create({.name = "job " + std::to_string(100 + i),
                   .state = static_cast<State>(i % 3),
                   .priority = i % 10,
                   .attempt = i % 5 == 4 ? std::nullopt : std::optional<std::int64_t>(i % 5),
                   .cost = i * 0.5,
                   .log = i % 9 == 0 ? "went wrong somewhere" : "went well",
                   .urgent = i % 2 == 0},
                  {.id = reel::Id<Job>{"j" + std::to_string(i)}});
    }
  }
  [[nodiscard]] std::string plan(const Query& query) const { return jobs.explain(query).str(); }

 private:
  reel::Memory store_;

 public:
  reel::Repository<Job, reel::Memory> jobs{store_};
};

TEST_CASE("an equality on the first part of an index uses the index", "[plan]") {
  const Jobs world;
  CHECK(world.plan(Query{}.where(field<&Job::state> == State::done)) ==
        "index by_state_priority, about 30 rows, sorted");
  CHECK(world.plan(Query{}.where(field<&Job::name> == "job 123")) == "index by_name, about 1 row");
  CHECK(world.plan(Query{}.where(field<&Job::name> == "JOB 123 ")) == "index by_name, about 1 row");
  CHECK(world.plan(Query{}.where(field<&Job::name> == "no such")) == "index by_name, about 0 rows");
  CHECK(world.plan(Query{}.where(field<&Job::attempt>.is_null())) == "index by_attempt, about 18 rows");
  const auto attempted = Query{}.where(field<&Job::attempt>.is_not_null());
  CHECK(world.plan(attempted.order_by<&Job::attempt>()) == "index by_attempt, about 72 rows");
  CHECK(world.plan(attempted) == "scan, about 90 rows, filtered");  // cheaper than sorting most of them
}

TEST_CASE("equalities and a range on the parts of an index use one range of it", "[plan]") {
  const Jobs world;
  const auto done = field<&Job::state> == State::done;
  CHECK(world.plan(Query{}.where(done && field<&Job::priority> == 5)) == "index by_state_priority, about 3 rows");
  CHECK(world.plan(Query{}.where(done && field<&Job::priority> >= 7)) ==
        "index by_state_priority, about 9 rows, sorted");
  CHECK(world.plan(Query{}.where(done && field<&Job::priority>.between(2, 4))) ==
        "index by_state_priority, about 9 rows, sorted");
  CHECK(world.plan(Query{}.where(done).where(field<&Job::priority> > 2 && field<&Job::priority> < 4)) ==
        "index by_state_priority, about 3 rows, sorted");
  CHECK(world.plan(Query{}.where(done && field<&Job::priority> > 4 && field<&Job::priority> < 2)) ==
        "index by_state_priority, about 0 rows, sorted");
  CHECK(world.plan(Query{}.where(field<&Job::attempt> < 1)) == "index by_attempt, about 18 rows, sorted");
  CHECK(world.plan(Query{}.where(field<&Job::state> >= State::queued && field<&Job::state> < State::running)) ==
        "index by_state_priority, about 30 rows, sorted");
}

TEST_CASE("a prefix of a string uses a range of an index", "[plan]") {
  const Jobs world;
  CHECK(world.plan(Query{}.where(field<&Job::name>.starts_with("job 12"))) ==
        "index by_name, about 10 rows, filtered, sorted");
  CHECK(world.plan(Query{}.where(field<&Job::name>.starts_with("JOB 12")).order_by<&Job::name>()) ==
        "index by_name, about 10 rows, filtered");
  CHECK(world.plan(Query{}.where(field<&Job::name>.ends_with("2"))) == "scan, about 90 rows, filtered");
  CHECK(world.plan(Query{}.where(field<&Job::name>.contains("2"))) == "scan, about 90 rows, filtered");
}

TEST_CASE("an index in the requested or the opposite order avoids sorting", "[plan]") {
  const Jobs world;
  const auto queued = Query{}.where(field<&Job::state> == State::queued);
  CHECK(world.plan(queued.order_by<&Job::priority>(reel::descending)) == "index by_state_priority, about 30 rows");
  CHECK(world.plan(queued.order_by<&Job::priority>()) == "index by_state_priority, about 30 rows");
  CHECK(world.plan(queued.order_by<&Job::state>().order_by<&Job::priority>()) ==
        "index by_state_priority, about 30 rows");
  CHECK(world.plan(Query{}.order_by<&Job::state>().order_by<&Job::priority>(reel::descending)) ==
        "index by_state_priority, about 90 rows");
  CHECK(world.plan(Query{}.order_by<&Job::state>(reel::descending).order_by<&Job::priority>()) ==
        "index by_state_priority, about 90 rows");
  CHECK(world.plan(Query{}.order_by<&Job::state>().order_by<&Job::priority>()) == "scan, about 90 rows, sorted");
  CHECK(world.plan(Query{}.order_by<&Job::priority>(reel::descending)) == "scan, about 90 rows, sorted");
  CHECK(world.plan(queued.order_by<&Job::cost>()) == "index by_state_priority, about 30 rows, sorted");
  CHECK(world.plan(Query{}.order_by<&Job::attempt>()) == "index by_attempt, about 90 rows");
  CHECK(world.plan(Query{}.order_by<&Job::attempt>(reel::descending)) == "index by_attempt, about 90 rows");
}

TEST_CASE("several values use several ranges of an index, each counted once", "[plan]") {
  const Jobs world;
  CHECK(world.plan(Query{}.where(field<&Job::state>.one_of({State::done, State::queued}))) ==
        "index by_state_priority, about 60 rows, sorted");
  CHECK(world.plan(Query{}.where(field<&Job::name>.one_of({"job 100", "JOB 100", "job 101", "none"}))) ==
        "index by_name, about 2 rows, sorted");
  CHECK(world.plan(Query{}.where(field<&Job::attempt>.one_of(std::vector<int>{}))) ==
        "index by_attempt, about 0 rows, sorted");
  CHECK(world.plan(Query{}.where(field<&Job::state> == State::done && field<&Job::priority>.one_of({1, 2}))) ==
        "index by_state_priority, about 6 rows, sorted");
}

TEST_CASE("ids use the id index", "[plan]") {
  const Jobs world;
  CHECK(world.plan(Query{}.where(reel::id<Job> == reel::Id<Job>{"J7"})) == "id, about 1 row");
  CHECK(world.plan(Query{}.where(reel::id<Job> == reel::Id<Job>{"none"})) == "id, about 0 rows");
  CHECK(world.plan(Query{}.where(reel::id<Job>.one_of(
            {reel::Id<Job>{"j1"}, reel::Id<Job>{"J1"}, reel::Id<Job>{"j2"}}))) == "id, about 2 rows");
  CHECK(world.plan(Query{}.where(reel::id<Job> == reel::Id<Job>{"j7"} && field<&Job::state> == State::done)) ==
        "id, about 1 row, filtered");
  CHECK(world.plan(Query{}.where(reel::id<Job> != reel::Id<Job>{"j7"})) == "scan, about 90 rows, filtered");
}

TEST_CASE("words use the full-text index", "[plan]") {
  const Jobs world;
  CHECK(world.plan(Query{}.where(field<&Job::log>.search("wrong"))) == "full text search_log, about 10 rows");
  CHECK(world.plan(Query{}.where(field<&Job::log>.search("somewhere wrong"))) == "full text search_log, about 10 rows");
  CHECK(world.plan(Query{}.where(field<&Job::log>.search("\"went wrong\""))) ==
        "full text search_log, about 10 rows, filtered");
  CHECK(world.plan(Query{}.where(field<&Job::log>.search("wrong")).order_by<&Job::cost>()) ==
        "full text search_log, about 10 rows, sorted");
  CHECK(world.plan(Query{}.where(!field<&Job::log>.search("wrong"))) == "scan, about 90 rows, filtered");
}

TEST_CASE("of several plans the one with the fewest rows is chosen", "[plan]") {
  const Jobs world;
  const auto done = field<&Job::state> == State::done;
  CHECK(world.plan(Query{}.where(done && field<&Job::log>.search("wrong"))) ==
        "full text search_log, about 10 rows, filtered");
  CHECK(world.plan(Query{}.where(done && field<&Job::name> == "job 105")) == "index by_name, about 1 row, filtered");
  CHECK(world.plan(Query{}.where(done && field<&Job::attempt> == 2)) == "index by_attempt, about 18 rows, filtered");
  CHECK(world.plan(Query{}.order_by<&Job::name>().limit(5)) == "index by_name, about 90 rows");
}

TEST_CASE("without a suitable index all records are scanned", "[plan]") {
  const Jobs world;
  CHECK(world.plan(Query{}) == "scan, about 90 rows");
  CHECK(world.plan(Query{}.where(field<&Job::cost> == 3)) == "scan, about 90 rows, filtered");
  CHECK(world.plan(Query{}.where(field<&Job::priority> == 3)) == "scan, about 90 rows, filtered");
  CHECK(world.plan(Query{}.where(field<&Job::urgent> == true).order_by<&Job::cost>()) ==
        "scan, about 90 rows, filtered, sorted");
  CHECK(world.plan(Query{}.where(field<&Job::state> == State::done || field<&Job::name> == "job 100")) ==
        "scan, about 90 rows, filtered");
  CHECK(world.plan(Query{}.where(field<&Job::state> != State::done)) == "scan, about 90 rows, filtered");
}

TEST_CASE("an explanation describes how a query runs", "[plan]") {
  const Jobs world;
  const auto plan = world.jobs.explain(Query{}.where(field<&Job::state> == State::done && field<&Job::cost> > 3));
  CHECK(plan.access == Access::index);
  CHECK(plan.index == "by_state_priority");
  CHECK(plan.sorted);
  CHECK(plan.filtered);
  CHECK(plan.rows == 30);
  CHECK(world.jobs.explain(Query{}).access == Access::scan);
  CHECK(world.jobs.explain(Query{}.where(field<&Job::log>.search("wrong"))).access == Access::full_text);
  CHECK(world.jobs.explain(Query{}.where(reel::id<Job> == reel::Id<Job>{"j1"})).access == Access::by_id);
}

TEST_CASE("a count uses the index that settles all conditions, however many rows match", "[plan]") {
  reel::local::DocumentTable table(reel::schema_of<Job>(), reel::TextRules::folded);
  for (int i = 0; i < 10; ++i) {
    const Job job{.name = std::to_string(i), .state = i == 0 ? State::done : State::queued};
    auto document = std::make_shared<const reel::driver::Document>(reel::driver::Document{
        .id = "j" + std::to_string(i), .sequence = i + 1, .values = reel::driver::encode_values(job)});
    table.apply({nullptr, document}, document);
  }
  const Query query = Query{}.where(field<&Job::state> == State::queued);
  const auto plan_for = [&](reel::local::PlanFor purpose) {
    return reel::local::Planner(table, query.tree(), purpose).plan();
  };
  CHECK(plan_for(reel::local::PlanFor::list).access == Access::scan);
  const reel::local::Plan counting = plan_for(reel::local::PlanFor::count);
  CHECK(counting.access == Access::index);
  CHECK(counting.residual.empty());
  CHECK(counting.estimate == 9);
  CHECK(reel::local::QueryRun(table, query.tree()).count() == 9);
}

}  // namespace plan_tests

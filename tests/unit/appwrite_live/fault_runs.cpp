#include "support/catch.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <thread>

#include <reel/backends/appwrite/client.hpp>
#include <reel/backends/appwrite/clock.hpp>
#include <reel/backends/appwrite/transport.hpp>
#include <reel/repository.hpp>
#include <reel/testing/samples.hpp>

#include "support/appwrite_local.hpp"

// Many writes over a connection that loses requests and responses, to a server that is sometimes too busy.

namespace fault_runs_tests {

using namespace reel;
using namespace std::chrono_literals;
using appwrite::Fault;
using appwrite::TransportError;
using appwrite_local::HttpRequest;
using appwrite_local::HttpResponse;
using appwrite_local::Method;
using testing::Seat;

/// Long waits end at once, except the millisecond between two writes of a record.
struct Clock final : appwrite::Clock {
  std::chrono::steady_clock::time_point now() override { return appwrite::Clock::now() + skipped; }
  void wait(std::chrono::milliseconds time, const std::stop_token& stop) override {
    if (time <= 1ms) return appwrite::Clock::wait(time, stop);
    last_wait = time;
    skipped += time;
  }
  double random() override { return std::uniform_real_distribution<double>(0, 1)(chance); }

  std::mt19937 chance{7};
  std::chrono::milliseconds skipped{0};
  std::optional<std::chrono::milliseconds> last_wait{};
};

/// The fault of one exchange in four.
class Line {
 public:
  Line(appwrite_local::Server& server, std::shared_ptr<Clock> clock, unsigned seed)
      : clock_(std::move(clock)), chance_(seed) {
    server.transport().before = [this](const HttpRequest& request) { return before(request); };
    server.transport().after = [this](const HttpRequest&, HttpResponse& response) { after(response); };
  }

  /// Marks the next request as the first of another call.
  void begin() { hint_.reset(); }

  int faults = 0;
  int early = 0;  ///< requests that were sent before the wait that the server requested

 private:
  std::optional<HttpResponse> before(const HttpRequest&) {
    if (hint_ && (!clock_->last_wait || *clock_->last_wait < *hint_)) ++early;
    hint_.reset();
    clock_->last_wait.reset();
    switch (draw()) {
      case 0:
        throw TransportError(Fault::unreachable, false, "refused");
      case 1:
        throw TransportError(Fault::broken, true, "lost on the way there");
      case 2:
        return refusal(503, "<html>busy</html>");
      case 3:
        return refusal(500, R"({"message":"Server Error","code":500,"type":"general_unknown","version":"1.8.1"})");
      case 4: {
        HttpResponse slow =
            refusal(429, R"({"message":"Slow","code":429,"type":"general_rate_limit_exceeded","version":"1.8.1"})");
        hint_ = 1'000ms;
        slow.headers.add("Retry-After", "1");
        return slow;
      }
      default:
        return std::nullopt;
    }
  }
  void after(HttpResponse& response) {
    switch (draw()) {
      case 0:
        throw TransportError(Fault::broken, true, "lost on the way back");
      case 1:
        throw TransportError(Fault::timed_out, true, "too slow");
      case 2:
        response = refusal(502, "<html>bad gateway</html>");
        return;
      default:
        return;
    }
  }
  int draw() {
    const int drawn = std::uniform_int_distribution<int>(0, 39)(chance_);
    faults += drawn < 5 ? 1 : 0;
    return drawn;
  }
  static HttpResponse refusal(int status, std::string body) { return {status, {}, std::move(body)}; }

  std::shared_ptr<Clock> clock_;
  std::mt19937 chance_;
  std::optional<std::chrono::milliseconds> hint_{};
};

using Rows = std::map<std::string, std::int64_t>;

/// One write of a record, applied to the store and to the expected rows.
struct Operation {
  std::string id{};
  std::optional<std::int64_t> outcome{};  ///< the expected row afterwards, or nothing if it is absent
  std::function<void(Repository<Seat, Appwrite>&)> run{};
};

Operation draw(const Rows& rows, std::mt19937& chance) {
  const auto up_to = [&](int n) { return std::uniform_int_distribution<int>(0, n)(chance); };
  const std::string id = "seat" + std::to_string(up_to(60));
  const auto row = rows.find(id);
  const std::int64_t number = up_to(1'000'000);
  const Id<Seat> key{id};
  if (row == rows.end()) return {id, number, [=](auto& seats) { seats.create({.row = number}, {.id = key}); }};
  switch (up_to(5)) {
    case 0:
      return {id, std::nullopt, [=](auto& seats) { seats.remove(key); }};
    case 1:
      return {id, number, [=](auto& seats) { seats.upsert(key, {.row = number}); }};
    case 2:
      return {id, row->second + 3, [=](auto& seats) { seats.modify(key, [](Seat& seat) { seat.row += 3; }); }};
    case 3:
      return {id, row->second + 1, [=](auto& seats) { seats.template increment<&Seat::row>(key, 1); }};
    default:
      return {id, number, [=](auto& seats) { seats.update(key, Patch<Seat>{}.set<&Seat::row>(number)); }};
  }
}

Rows rows_of(Repository<Seat, Appwrite>& seats) {
  Rows rows;
  for (const auto& seat : seats.all()) rows[seat.id.str()] = seat.value.row;
  return rows;
}

TEST_CASE("10,000 writes through faults lose none that was acknowledged and apply none twice", "[appwrite]") {
  appwrite_local::Server server;
  Appwrite quiet = server.store();
  Repository<Seat, Appwrite> checked{quiet};
  checked.setup();

  const auto clock = std::make_shared<Clock>();
  std::optional<Line> line(std::in_place, server, clock, 42U);
  AppwriteConfig config = server.config();
  config.retry.max_attempts = 4;
  Appwrite store{appwrite::Client(config, appwrite::AnyTransport(server.shared_transport()), clock)};
  Repository<Seat, Appwrite> seats{store};

  const auto directly = [&](const std::string& id) -> std::optional<std::int64_t> {
    const nlohmann::json row = server.ask(Method::get, "/databases/video_metadata/collections/seats/documents/" + id);
    return row.contains("row") ? std::optional(row["row"].get<std::int64_t>()) : std::nullopt;
  };
  std::mt19937 chance(1);
  Rows rows;
  int failures = 0, wrong = 0;
  for (int i = 0; i < 10'000; ++i) {
    const Operation operation = draw(rows, chance);
    const auto before = rows.find(operation.id);
    const auto old = before == rows.end() ? std::nullopt : std::optional(before->second);
    bool acknowledged = true;
    line->begin();
    try {
      operation.run(seats);
    } catch (const Error&) {  // either done completely or not at all
      acknowledged = false;
      ++failures;
    }
    const std::optional<std::int64_t> now = directly(operation.id);
    wrong += now == operation.outcome || (!acknowledged && now == old) ? 0 : 1;
    rows.erase(operation.id);
    if (now) rows[operation.id] = *now;
  }
  CHECK(wrong == 0);
  CHECK(line->faults > 1'000);
  CHECK(line->early == 0);
  CHECK(failures < 500);
  server.transport().before = nullptr;
  server.transport().after = nullptr;
  CHECK(rows_of(checked) == rows);
}

}  // namespace fault_runs_tests

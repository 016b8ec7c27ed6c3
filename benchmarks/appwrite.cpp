// Compares Appwrite with a bare libcurl loop that sends the same bytes, and with node-appwrite, all with one local
// server. node-appwrite must be on the module path of Node, such as NODE_PATH; otherwise its rows are omitted.
#include <reel/backends/appwrite.hpp>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "bare_curl.hpp"
#include "folder.hpp"
#include "side_by_side.hpp"
#include "support/emulator_process.hpp"
#include "video.hpp"

namespace {

using namespace bench;
using Videos = reel::Repository<Video, reel::Appwrite>;

/// Records the requests, except for that of the version, and sends nothing.
struct Recorder {
  std::shared_ptr<std::vector<reel::appwrite::HttpRequest>> requests;
  reel::appwrite::HttpResponse send(const reel::appwrite::HttpRequest& request, const reel::appwrite::SendOptions&) {
    if (request.path == "/health/version") return {200, {}, R"({"version":"1.8.1"})"};
    requests->push_back(request);
    throw reel::appwrite::TransportError(reel::appwrite::Fault::cancelled, false, "kept");
  }
};

reel::Query<Video> newest_completed() {
  return reel::Query<Video>{}
      .where(reel::field<&Video::status> == Status::completed)
      .order_by<&Video::created_at>(reel::descending)
      .limit(25);
}

/// A server with records, and the requests to it.
class Bench {
 public:
  explicit Bench(std::size_t operations) : operations_(operations), items_(make_items(operations)) {
    config_.endpoint = server_.url();
    config_.project = project;
    config_.key = reel::ApiKey(key);
    Videos(store_for("create")).setup();
    Videos videos(store_for("get"));
    videos.setup();
    for (std::size_t i = 0; i < stored; ++i) videos.create(items_[i % items_.size()].video, {.id = stored_id(i)});
  }

  [[nodiscard]] std::size_t operations() const { return operations_; }

  Seconds ours(const std::string& work, std::size_t ways) {
    const std::vector<Item> items = fresh_items(work);
    reel::Appwrite& store = store_for(work);
    return wall_time([&] {
      in_parallel(ways, [&](std::size_t way) {
        Videos videos(store);
        for (std::size_t i = way; i < items.size(); i += ways) run(videos, work, items[i]);
      });
    });
  }

  Seconds bare(const std::string& work, std::size_t ways) {
    std::vector<bare::Request> requests;
    for (reel::appwrite::HttpRequest& request : recorded(work))
      requests.emplace_back(config_.endpoint, std::move(request));
    if (requests.size() != operations_) throw std::logic_error("one request an operation was expected");
    connections_.resize(std::max(connections_.size(), ways));
    return wall_time([&] {
      in_parallel(ways, [&](std::size_t way) {
        if (!connections_[way]) connections_[way] = std::make_unique<bare::Connection>();
        for (std::size_t i = way; i < requests.size(); i += ways) use(connections_[way]->send(requests[i]));
      });
    });
  }

  Seconds node(const std::string& work, std::size_t ways) {
    const Folder folder("node");
    const std::string file = folder / "records.json";
    nlohmann::json records = nlohmann::json::array();
    for (const reel::appwrite::HttpRequest& request : recorded(work)) {
      const auto body = nlohmann::json::parse(request.body, nullptr, false);
      if (work == "create")
        records.push_back({{"id", body.at("documentId")}, {"data", body.at("data")}});
      else
        records.push_back({{"id", request.path.substr(request.path.rfind('/') + 1)}});
    }
    std::ofstream(file) << records;
    const std::string command = "node '" REEL_SOURCE_DIR "/benchmarks/appwrite.cjs' " + config_.endpoint + " " +
                                config_.project + " " + key + " " + config_for(work).database + " videos '" + file +
                                "' " + work + " " + std::to_string(ways);
    std::FILE* const out = ::popen(command.c_str(), "r");
    double seconds = 0;
    const bool read = out != nullptr && std::fscanf(out, "%lf", &seconds) == 1;
    if (out == nullptr || ::pclose(out) != 0 || !read) throw std::runtime_error("failed: " + command);
    return Seconds(seconds);
  }

 private:
  static constexpr std::size_t stored = 500;
  static constexpr const char* project = "films";
  static constexpr const char* key = "standard_bench";

  /// Creates use a separate database, so that lists always contain the same records.
  [[nodiscard]] reel::AppwriteConfig config_for(const std::string& work) const {
    reel::AppwriteConfig config = config_;
    config.database = work == "create" ? "written" : "read";
    return config;
  }
  reel::Appwrite& store_for(const std::string& work) {
    const reel::AppwriteConfig config = config_for(work);
    return stores_.try_emplace(config.database, config).first->second;
  }

  static reel::Id<Video> stored_id(std::size_t number) { return reel::Id<Video>{"stored" + std::to_string(number)}; }

  /// Returns the requests that Appwrite sends.
  std::vector<reel::appwrite::HttpRequest> recorded(const std::string& work) {
    const auto kept = std::make_shared<std::vector<reel::appwrite::HttpRequest>>();
    reel::Appwrite recording(config_for(work), reel::appwrite::AnyTransport(Recorder{kept}));
    Videos videos(recording);
    for (const Item& item : fresh_items(work)) {
      try {
        run(videos, work, item);
      } catch (const reel::Error& error) {
        if (error.code() != reel::Errc::cancelled) throw;
      }
    }
    return std::move(*kept);
  }

  static void run(Videos& videos, const std::string& work, const Item& item) {
    if (work == "create")
      use(videos.create(item.video, {.id = reel::Id<Video>{item.id}}));
    else if (work == "get")
      use(videos.get(reel::Id<Video>{item.id}));
    else
      use(videos.list(newest_completed()));
  }

  /// Uses new ids for `create`, otherwise ids of stored records.
  std::vector<Item> fresh_items(const std::string& work) {
    std::vector<Item> items = items_;
    for (Item& item : items) {
      const std::size_t number = next_++;
      item.id = work == "create" ? "new" + std::to_string(number) : stored_id(number * 7919 % stored).str();
    }
    return items;
  }

  std::size_t operations_;
  std::size_t next_ = 0;
  std::vector<Item> items_;
  /// In a separate process, since client and server would otherwise share one heap.
  reel::testing::EmulatorProcess server_{
      {.project = "none", .worker_delay = std::chrono::milliseconds(1)}, project, key};
  reel::AppwriteConfig config_;
  std::map<std::string, reel::Appwrite> stores_;  ///< by database
  std::vector<std::unique_ptr<bare::Connection>> connections_;
};

void define(std::size_t records) {
  static Bench bench(records >= 1'000'000 ? 1000 : 100);
  const bool with_node = std::system("node -e 'require(\"node-appwrite\")' > /dev/null 2>&1") == 0;
  if (!with_node)
    std::puts("node-appwrite was not found, so it is not compared with: npm install node-appwrite, NODE_PATH");
  for (const std::string work : {"create", "get", "list"})
    for (const std::size_t ways : {1U, 16U}) {
      const std::string name = "Appwrite: " + work + (work == "list" ? " 25" : "") + ", " +
                               (ways == 1 ? "one after another" : std::to_string(ways) + " at once");
      const auto ours = [work, ways] { return bench.ours(work, ways); };
      add({.work = name,
           .peer = "libcurl, the same bytes",
           .target = 1 / 0.9,
           .operations = bench.operations(),
           .rounds = 7,
           .ours = ours,
           .theirs = [work, ways] { return bench.bare(work, ways); }});
      if (with_node)
        add({.work = name,
             .peer = "node-appwrite",
             .target = 1.0 / 3,
             .operations = bench.operations(),
             .rounds = 3,
             .ours = ours,
             .theirs = [work, ways] { return bench.node(work, ways); }});
    }
}

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, define); }

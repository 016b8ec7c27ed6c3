#include <unistd.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <reel/backends/appwrite.hpp>
#include <reel/repository.hpp>

#include "support/catch.hpp"
#include "support/emulator_process.hpp"
#include "support/filesystem/child.hpp"
#include "support/standard_descriptors.hpp"

namespace forking_tests {

struct Track {
  std::string title{};
  std::int64_t plays = 0;
};

}  // namespace forking_tests

template <>
struct reel::Schema<forking_tests::Track> {
  using Track = forking_tests::Track;
  static constexpr auto collection =
      reel::collection("tracks", "Tracks", reel::attribute("title", &Track::title, reel::max_length(64)),
                       reel::attribute("plays", &Track::plays));
};

namespace forking_tests {

using reel::Id;
using reel::testing::Child;
using Tracks = reel::Repository<Track, reel::Appwrite>;

constexpr int records = 20, calls = 150;
constexpr unsigned patience = 90;  // seconds

reel::testing::EmulatorProcess server_process() {
  reel::emulator::Config config;
  return {std::move(config), "project", "secret"};
}

reel::AppwriteConfig config_for(const std::string& url) {
  reel::AppwriteConfig config;
  config.endpoint = url;
  config.project = "project";
  config.key = reel::ApiKey("secret");
  config.database = "music";
  return config;
}

Id<Track> track(int number) { return Id<Track>{"track" + std::to_string(number)}; }

void fill(reel::Appwrite& store) {
  Tracks tracks{store};
  tracks.setup();
  for (int i = 0; i < records; ++i)
    tracks.create({.title = "title " + std::to_string(i), .plays = i}, {.id = track(i)});
}

/// Makes `calls` reads and returns how many fail or return a different record.
int wrong_answers(reel::Appwrite& store, int seed) {
  Tracks tracks{store};
  int wrong = 0;
  for (int i = 0; i < calls; ++i) {
    const int number = (seed + 7 * i) % records;
    try {
      const auto found = tracks.get(track(number));
      wrong += found.id == track(number) && found.value.plays == number ? 0 : 1;
    } catch (const reel::Error&) {
      ++wrong;
    }
  }
  return wrong;
}

Child reading_child(reel::Appwrite& store, int seed) {
  return Child([&store, seed](const Child::Pipe& pipe) {
    ::alarm(patience);
    pipe.write(std::to_string(wrong_answers(store, seed)));
  });
}

TEST_CASE("parent and child processes receive their own responses on one handle") {
  const reel::testing::EmulatorProcess server = server_process();
  auto store = std::make_unique<reel::Appwrite>(config_for(server.url()));
  fill(*store);
  Child first = reading_child(*store, 1), second = reading_child(*store, 2);
  CHECK(wrong_answers(*store, 3) == 0);
  for (Child* const child : {&first, &second}) {
    CHECK(child->read() == "0");
    CHECK(child->wait());
  }
}

TEST_CASE("a child that exits with an inherited handle keeps the parent's connections open") {
  const reel::testing::EmulatorProcess server = server_process();
  auto store = std::make_unique<reel::Appwrite>(config_for(server.url()));
  fill(*store);
  for (int i = 0; i < 5; ++i) {
    Child child([&](const Child::Pipe&) { store.reset(); });
    CHECK(child.wait());
    CHECK(wrong_answers(*store, i) == 0);
  }
}

TEST_CASE("a fork during calls of other threads leaves no lock held in the child") {
  const reel::testing::EmulatorProcess server = server_process();
  reel::Appwrite store(config_for(server.url()));
  fill(store);
  std::atomic<bool> running = true;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&, i] {
      while (running) wrong += wrong_answers(store, i);
    });
  }
  for (int i = 0; i < 8; ++i) {
    Child child = reading_child(store, i);
    CHECK(child.read() == "0");
    CHECK(child.wait());
  }
  running = false;
  for (std::thread& reader : readers) reader.join();
  CHECK(wrong == 0);
}

TEST_CASE("no connection uses a standard descriptor") {
  const reel::testing::EmulatorProcess server = server_process();
  Child child([&](const Child::Pipe& pipe) {
    ::alarm(patience);
    try {
      reel::testing::close_standard_descriptors();
      reel::Appwrite store(config_for(server.url()));
      fill(store);
      reel::testing::log_without_descriptors("filled");
      for (int i = 0; i < 5; ++i) {
        if (wrong_answers(store, i) != 0) throw std::runtime_error("another record");
        reel::testing::log_without_descriptors("read");
      }
    } catch (const std::exception& error) {
      pipe.write(error.what());
      ::_exit(1);
    }
  });
  const std::string complaint = child.read();
  INFO(complaint);
  CHECK(child.wait());
}

}  // namespace forking_tests

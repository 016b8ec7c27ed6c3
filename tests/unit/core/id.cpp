#include <reel/id.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "support/catch.hpp"
#include "support/filesystem/child.hpp"

namespace id_tests {

using reel::is_valid_id;

struct Album {};
using AlbumId = reel::Id<Album>;

TEST_CASE("an id has 1 to 36 of the allowed characters and begins with a letter or digit", "[id]") {
  const std::string ends = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool alphanumeric = ends.find(c) != std::string::npos;
    INFO(byte);
    CHECK(is_valid_id(std::string(1, c)) == alphanumeric);
    CHECK(is_valid_id(std::string("a") + c) == (alphanumeric || c == '.' || c == '-' || c == '_'));
  }
  CHECK_FALSE(is_valid_id(""));
  CHECK(is_valid_id(std::string(36, 'x')));
  CHECK_FALSE(is_valid_id(std::string(37, 'x')));
}

TEST_CASE("ids that differ only in case are equal", "[id]") {
  CHECK(AlbumId{"Red.1"} == AlbumId{"rED.1"});
  CHECK(AlbumId{"red"} != AlbumId{"red1"});
  CHECK(AlbumId{"a_b"} != AlbumId{"a-b"});
  CHECK(AlbumId{"["} != AlbumId{"{"});  // only letters have a case
  CHECK(reel::id_hash("Red") == reel::id_hash("rED"));
  CHECK(std::hash<AlbumId>{}(AlbumId{"Red"}) == std::hash<AlbumId>{}(AlbumId{"RED"}));
  CHECK(std::unordered_set<AlbumId>{AlbumId{"a"}, AlbumId{"A"}, AlbumId{"b"}}.size() == 2);
}

TEST_CASE("ids are ordered without case", "[id]") {
  CHECK(AlbumId{"a"} < AlbumId{"B"});
  CHECK(AlbumId{"A"} < AlbumId{"b"});
  CHECK(AlbumId{"a"} < AlbumId{"A1"});
  CHECK((AlbumId{"x"} <=> AlbumId{"X"}) == std::weak_ordering::equivalent);
  CHECK(std::map<AlbumId, int>{{AlbumId{"x"}, 1}, {AlbumId{"X"}, 2}}.size() == 1);
}

TEST_CASE("an id stores any string unchanged", "[id]") {
  CHECK(AlbumId{"Not Valid!"}.str() == "Not Valid!");
  CHECK(AlbumId{}.empty());
  CHECK_FALSE(AlbumId{"a"}.empty());
}

TEST_CASE("generated ids are valid, sort by age and never repeat", "[id]") {
  std::vector<std::string> made(5000);
  for (std::string& id : made) id = reel::make_id();
  CHECK(std::is_sorted(made.begin(), made.end()));
  CHECK(std::set<std::string>(made.begin(), made.end()).size() == made.size());
  for (const std::string& id : made) {
    REQUIRE(id.size() == 20);
    REQUIRE(id.find_first_not_of("0123456789abcdef") == std::string::npos);
  }
  CHECK(is_valid_id(AlbumId::make().str()));
}

TEST_CASE("ids that are generated on several threads differ", "[id]") {
  std::vector<std::vector<std::string>> made(4, std::vector<std::string>(1000));
  std::vector<std::thread> threads;
  for (auto& ids : made) threads.emplace_back([&ids] { std::generate(ids.begin(), ids.end(), reel::make_id); });
  for (std::thread& thread : threads) thread.join();
  std::set<std::string> all;
  for (const auto& ids : made) all.insert(ids.begin(), ids.end());
  CHECK(all.size() >= 3999);  // a collision has a probability of one in billions
}

TEST_CASE("ids that are generated in a process and its children differ", "[id]") {
  static_cast<void>(reel::make_id());  // initialises the state that children inherit
  constexpr std::size_t each = 2000, size = 20;
  const auto make = [](const reel::testing::Child::Pipe& pipe) {
    for (std::size_t i = 0; i < each; ++i) pipe.write(reel::make_id());
  };
  std::vector<reel::testing::Child> children;
  for (int i = 0; i < 3; ++i) children.emplace_back(make);
  std::set<std::string> all;
  for (std::size_t i = 0; i < each; ++i) all.insert(reel::make_id());
  for (reel::testing::Child& child : children) {
    const std::string made = child.read();
    REQUIRE(made.size() == each * size);
    for (std::size_t i = 0; i < each; ++i) all.insert(made.substr(i * size, size));
    CHECK(child.wait());
  }
  CHECK(all.size() == 4 * each);
}

}  // namespace id_tests

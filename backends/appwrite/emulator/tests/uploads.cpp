
#include <filesystem>

#include <emulator/server/server_error.hpp>
#include <emulator/storage/uploads.hpp>

#include "support/catch.hpp"

namespace uploads_tests {

using namespace reel::emulator;

constexpr Version old_server{1, 8, 1};
constexpr Version new_server{1, 9, 5};

int store(Bucket& bucket, int number, int total, std::string_view bytes, bool keep_first = false) {
  return store_chunk(bucket, "f.txt", {number, total}, bytes, keep_first, std::filesystem::temp_directory_path());
}

std::string text(const Bucket& bucket) {
  const auto found = bucket.contents.find("f.txt");
  return found == bucket.contents.end() ? "none" : found->second.read(0, found->second.size());
}

TEST_CASE("the number of a chunk follows from its Content-Range") {
  const auto chunk = [](std::int64_t start, std::int64_t end, std::int64_t total, Version version) {
    const ChunkPosition found = chunk_position({start, end, total}, version);
    return std::to_string(found.number) + " of " + std::to_string(found.total);
  };
  CHECK(chunk(0, 9, 25, old_server) == "1 of 3");
  CHECK(chunk(10, 19, 25, old_server) == "2 of 3");
  CHECK(chunk(20, 24, 25, old_server) == "-1 of -1");
  CHECK(chunk(0, 9, 10, old_server) == "-1 of -1");
  CHECK(chunk(0, 9, 10, new_server) == "1 of 1");
  CHECK(chunk(5242880, 10485759, 12582912, new_server) == "2 of 3");
  CHECK(chunk(10485760, 12582911, 12582912, new_server) == "3 of 3");
}

TEST_CASE("chunks in any order become the file when all have arrived") {
  Bucket bucket;
  CHECK(store(bucket, 2, 3, "bb") == 1);
  CHECK(store(bucket, 3, 3, "c") == 2);
  CHECK(store(bucket, 2, 3, "BB") == 2);
  CHECK(text(bucket) == "none");
  CHECK(store(bucket, 1, 3, "aa") == 3);
  CHECK(text(bucket) == "aaBBc");
  CHECK(bucket.parts.empty());
}

TEST_CASE("from 1.9.5 on the first chunk of a number is kept") {
  Bucket bucket;
  store(bucket, 1, 2, "aa", true);
  store(bucket, 1, 2, "xx", true);
  store(bucket, 2, 2, "b", true);
  CHECK(text(bucket) == "aab");
}

TEST_CASE("the announced number of chunks fails if one of them is missing") {
  Bucket bucket;
  store(bucket, -1, -1, "last");
  CHECK_THROWS_AS(store(bucket, 1, 2, "first"), ServerError);
  CHECK(text(bucket) == "none");
}

TEST_CASE("chunks joined before a missing one must be sent, and are counted, again") {
  Bucket bucket;
  CHECK(store(bucket, 1, 3, "a") == 1);
  CHECK(store(bucket, 5, 3, "e") == 2);
  CHECK_THROWS_AS(store(bucket, 3, 3, "c"), ServerError);
  CHECK_THROWS_AS(store(bucket, 3, 3, "c"), ServerError);
  CHECK(store(bucket, 1, 3, "a") == 4);
  CHECK(text(bucket) == "none");
}

TEST_CASE("a chunk of the single byte 0 counts as empty") {
  Bucket bucket;
  store(bucket, 1, 2, "0");
  CHECK_THROWS_AS(store(bucket, 2, 2, "b"), ServerError);
  CHECK(store(bucket, 1, 2, "00") == 2);
  CHECK(text(bucket) == "00b");
}

TEST_CASE("contents of several chunks are read across their borders") {
  Bucket bucket;
  const std::string big(700'000, 'x');
  store(bucket, 1, 3, big);
  store(bucket, 2, 3, std::string(700'000, 'y'));
  store(bucket, 3, 3, "end");
  const Content& content = bucket.contents.at("f.txt");
  CHECK(content.size() == 1'400'003);
  CHECK(content.read(699'999, 2) == "xy");
  CHECK(content.read(1'399'999, 100) == "yend");
  CHECK(content.read(2'000'000, 5).empty());
  CHECK(signature_of(content).size() == 32);
}

}  // namespace uploads_tests

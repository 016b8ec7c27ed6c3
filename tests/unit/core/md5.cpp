#include <reel/md5.hpp>

#include <unistd.h>
#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "support/catch.hpp"

namespace md5_tests {

std::string random_bytes(std::mt19937_64& engine, std::size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(engine() & 0xffU);
  return bytes;
}

class TemporaryFile {
 public:
  TemporaryFile()
      : path_(std::filesystem::temp_directory_path() / ("reel_md5_" + std::to_string(::getpid()) + ".bin")) {}
  ~TemporaryFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  void write(std::string_view bytes) const {
    std::ofstream file(path_, std::ios::binary | std::ios::trunc);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    REQUIRE(file.flush().good());
  }

  std::string md5sum() const {
    struct Close {
      void operator()(std::FILE* pipe) const { ::pclose(pipe); }
    };
    const std::string command = "md5sum < '" + path_.string() + "'";
    const std::unique_ptr<std::FILE, Close> pipe(::popen(command.c_str(), "r"));
    REQUIRE(pipe != nullptr);
    std::array<char, 33> digits{};
    REQUIRE(std::fread(digits.data(), 1, 32, pipe.get()) == 32);
    return digits.data();
  }

 private:
  std::filesystem::path path_;
};

TEST_CASE("md5 returns the digests of the RFC 1321 test suite", "[md5]") {
  const std::pair<std::string_view, std::string_view> suite[] = {
      {"", "d41d8cd98f00b204e9800998ecf8427e"},
      {"a", "0cc175b9c0f1b6a831c399e269772661"},
      {"abc", "900150983cd24fb0d6963f7d28e17f72"},
      {"message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
      {"abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"},
      {"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "d174ab98d277d9f5a5611c2c9f419d9f"},
      {"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
       "57edf4a22be3c955ac49da2e2107b67a"}};
  for (const auto& [text, digest] : suite) {
    CAPTURE(text);
    CHECK(reel::md5_hex(text) == digest);
  }
}

TEST_CASE("md5 agrees with md5sum for every fill of the last block and for random sizes", "[md5]") {
  std::mt19937_64 engine(1321);
  const TemporaryFile file;
  const auto agree = [&](std::size_t size) {
    const std::string bytes = random_bytes(engine, size);
    file.write(bytes);
    CAPTURE(size);
    CHECK(reel::md5_hex(bytes) == file.md5sum());
  };
  for (const std::size_t size : {1U, 54U, 55U, 56U, 57U, 63U, 64U, 65U, 119U, 120U, 127U, 128U, 129U}) agree(size);
  for (int round = 0; round < 20; ++round) agree(std::uniform_int_distribution<std::size_t>(0, 200'000)(engine));
}

TEST_CASE("md5 does not depend on the sizes of its input pieces", "[md5]") {
  std::mt19937_64 engine(4711);
  const std::string bytes = random_bytes(engine, 5000);
  const std::string whole = reel::md5_hex(bytes);
  for (int round = 0; round < 200; ++round) {
    reel::Md5 md5;
    std::string_view rest = bytes;
    while (!rest.empty()) {
      const std::size_t size = std::uniform_int_distribution<std::size_t>(0, 200)(engine);
      md5.update(rest.substr(0, size));
      rest.remove_prefix(std::min(size, rest.size()));
    }
    REQUIRE(md5.finish() == whole);
  }
}

TEST_CASE("md5 does not depend on the alignment of the bytes", "[md5]") {
  std::mt19937_64 engine(8);
  const std::string bytes = random_bytes(engine, 1000);
  const std::string expected = reel::md5_hex(bytes);
  std::string room(bytes.size() + 16, '\0');
  for (std::size_t offset = 0; offset < 16; ++offset) {
    room.replace(offset, bytes.size(), bytes);
    CHECK(reel::md5_hex(std::string_view(room).substr(offset, bytes.size())) == expected);
  }
}

TEST_CASE("a copy of an md5 keeps the state reached so far", "[md5]") {
  reel::Md5 common;
  common.update("message ");
  reel::Md5 copy = common;
  copy.update("digest");
  common.update("in a bottle");
  CHECK(copy.finish() == "f96b697d7cb7938d525a2f31aaf161d0");
  CHECK(common.finish() == reel::md5_hex("message in a bottle"));
}

TEST_CASE("an md5 continues from a saved state", "[md5]") {
  const std::string message(200, 'm');
  for (std::size_t cut = 0; cut <= message.size(); ++cut) {
    reel::Md5 begun;
    begun.update(std::string_view(message).substr(0, cut));
    std::optional<reel::Md5> restored = reel::Md5::restore(begun.save());
    REQUIRE(restored);
    restored->update(std::string_view(message).substr(cut));
    CHECK(restored->finish() == reel::md5_hex(message));
  }
  reel::Md5 md5;
  md5.update("abc");
  const std::string state = md5.save();
  for (const std::string& text :
       {std::string(), state.substr(1), state + "0", state.substr(0, state.size() - 2), std::string(state.size(), 'x')})
    CHECK_FALSE(reel::Md5::restore(text));
}

TEST_CASE("a finished md5 starts again", "[md5]") {
  reel::Md5 md5;
  md5.update("anything");
  CHECK(md5.finish() == reel::md5_hex("anything"));
  CHECK(md5.finish() == "d41d8cd98f00b204e9800998ecf8427e");
  md5.update("abc");
  CHECK(md5.finish() == "900150983cd24fb0d6963f7d28e17f72");
}

TEST_CASE("md5 accepts bytes and strings", "[md5]") {
  const std::array<std::byte, 3> abc{std::byte{'a'}, std::byte{'b'}, std::byte{'c'}};
  reel::Md5 md5;
  md5.update(abc);
  CHECK(md5.finish() == "900150983cd24fb0d6963f7d28e17f72");
}

}  // namespace md5_tests

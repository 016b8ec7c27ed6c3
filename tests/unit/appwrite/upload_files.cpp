#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <reel/backends/appwrite/upload_content.hpp>
#include <reel/backends/appwrite/upload_ledger.hpp>

#include "support/catch.hpp"
#include "support/error_from.hpp"
#include "support/filesystem/failing_calls.hpp"
#include "support/filesystem/temporary_folder.hpp"

// The files that an upload writes on this machine, on a full disk.

namespace upload_files_tests {

using namespace reel::appwrite;
using namespace reel::testing;
using reel::Errc;

/// A stream of unknown size.
class Stream : public reel::driver::HashedSource {
 public:
  explicit Stream(std::size_t size) : left_(size) {}
  std::size_t read(std::span<std::byte> buffer) override {
    const std::size_t n = std::min(buffer.size(), left_);
    std::memset(buffer.data(), 's', n);
    left_ -= n;
    read_ += static_cast<std::int64_t>(n);
    return n;
  }
  [[nodiscard]] std::optional<std::int64_t> size() const override { return std::nullopt; }
  [[nodiscard]] std::int64_t bytes_read() const override { return read_; }
  [[nodiscard]] std::string md5() const override { return {}; }

 private:
  std::size_t left_;
  std::int64_t read_ = 0;
};

TEST_CASE("a ledger that cannot be replaced keeps its content", "[appwrite]") {
  const TemporaryFolder folder;
  const std::string path = folder / "ledger";
  UploadLedger ledger{.id = "old"};
  ledger.write(path);
  ledger.id = "new";
  FailingCalls calls;
  for (int call = 1; call <= 3; ++call) {  // the write, the sync and the rename
    calls.fail(call, FailingCalls::Fault::error, ENOSPC);
    CHECK(error_from([&] { ledger.write(path, calls); }).code() == Errc::unavailable);
    CHECK(calls.fired());
    CHECK(UploadLedger::read(path).value().id == "old");
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
  }
  ledger.write(path, calls);
  CHECK(UploadLedger::read(path).value().id == "new");
  UploadLedger::remove(path, calls);
  UploadLedger::remove(path, calls);
  CHECK_FALSE(UploadLedger::read(path));
}

TEST_CASE("a stream that does not fit on the disk is refused", "[appwrite]") {
  Stream stream(1'000'000);
  FailingCalls calls;
  const auto part_length = [](std::int64_t) { return std::int64_t{100'000}; };
  calls.fail(3, FailingCalls::Fault::error, ENOSPC);  // after the removal of the name and the first write
  CHECK(error_from([&] { UploadContent(stream, part_length, false, calls); }).code() == Errc::unavailable);
  CHECK(calls.fired());
}

TEST_CASE("a stream of unknown size is divided into parts of a temporary file", "[appwrite]") {
  Stream stream(250'000);
  UploadContent content(
      stream, [](std::int64_t) { return std::int64_t{100'000}; }, false);
  CHECK(content.size() == 250'000);
  std::vector<std::int64_t> sizes;
  while (const auto part = content.take()) sizes.push_back(part->size);
  CHECK(sizes == std::vector<std::int64_t>{100'000, 100'000, 50'000});
}

}  // namespace upload_files_tests

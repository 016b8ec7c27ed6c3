#include <string>

#include <reel/backends/appwrite/upload_ledger.hpp>

#include "support/catch.hpp"
#include "support/filesystem/temporary_folder.hpp"

namespace kept_tests {

using reel::appwrite::UploadLedger;
using reel::testing::TemporaryFolder;

std::string kept(const std::string& name) { return REEL_SOURCE_DIR "/tests/data/kept/" + name; }

void check_content(const UploadLedger& ledger, bool begun) {
  CHECK(ledger.endpoint == "http://localhost:9501/v1");
  CHECK(ledger.project == "project");
  CHECK(ledger.bucket == "final_videos");
  CHECK(ledger.id == "film");
  CHECK(ledger.name == "a \"film\" ü.mp4");
  CHECK(ledger.chunk == 5'242'880);
  CHECK(ledger.source.path == "/videos/a \\ film.mp4");
  CHECK(ledger.source.size == 15'728'641);
  CHECK(ledger.source.modified == 1'764'000'000'123'456'789);
  CHECK(ledger.source.changed == -5);
  CHECK(ledger.created_at == (begun ? "" : "2025-11-24T16:00:00.123+00:00"));
  CHECK(ledger.parts == (begun ? std::vector<std::uint32_t>{} : std::vector<std::uint32_t>{0, 4294967295, 123}));
  CHECK(ledger.hash_state == (begun ? "" : "state \x01 of it"));
}

TEST_CASE("a ledger of an earlier version is read and written back unchanged", "[kept]") {
  const bool begun = GENERATE(false, true);
  const TemporaryFolder folder;
  const auto ledger = UploadLedger::read(kept(begun ? "upload_begun.ledger" : "upload.ledger"));
  REQUIRE(ledger);
  check_content(*ledger, begun);
  ledger->write(folder / "ledger");
  const auto again = UploadLedger::read(folder / "ledger");
  REQUIRE(again);
  check_content(*again, begun);
}

}  // namespace kept_tests

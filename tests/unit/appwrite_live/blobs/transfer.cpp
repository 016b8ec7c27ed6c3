#include <sstream>

#include <reel/md5.hpp>

#include "support/appwrite_blobs.hpp"
#include "support/catch.hpp"
#include "support/filesystem/temporary_folder.hpp"

namespace blobs_transfer_tests {

using namespace appwrite_blobs;
using reel::BlobId;
using reel::BlobInfo;
using reel::Errc;
using reel::from_bytes;

TEST_CASE("blobs of every length around part boundaries are read back unchanged", "[appwrite][blobs]") {
  const reel::testing::TemporaryFolder folder;
  for (const char* version : {"1.6.2", "1.8.1", "1.9.0", "1.9.5"}) {
    Shelf shelf(version);
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{1}, chunk - 1, chunk, chunk + 1, 2 * chunk, 2 * chunk + 1, 3 * chunk - 1}) {
      CAPTURE(version, size);
      const std::string content = noise(size);
      const std::string id = "s" + std::to_string(size);
      const BlobInfo info = shelf.blobs.put(BlobId{id}, from_bytes(content), {.name = "a.bin"});
      CHECK(info == shelf.blobs.stat(BlobId{id}));
      CHECK(info.md5 == reel::md5_hex(content));
      CHECK(content_of(shelf.blobs, id) == content);
      std::istringstream stream(content);
      CHECK(shelf.blobs.put(BlobId{"t" + std::to_string(size)}, reel::from_stream(stream)).md5 == info.md5);
      reel::testing::write_file(folder / "film", content);
      CHECK(shelf.blobs.put(BlobId{"f" + std::to_string(size)}, reel::from_file(folder / "film")).md5 == info.md5);
    }
  }
}

}  // namespace blobs_transfer_tests

#include <reel/backends/appwrite/file_list.hpp>

#include <string>

#include "support/catch.hpp"
#include "unit/appwrite/scripted.hpp"

namespace file_list_tests {

using namespace reel::appwrite;
using reel::Errc;
using scripted::error_from;

/// The response with `count` files, all of one millisecond.
std::string files(int count) {
  Json page{{"total", 5'000}, {"files", Json::array()}};
  for (int i = 0; i < count; ++i)
    page["files"].push_back({{"$id", "f" + std::to_string(i)},
                             {"$createdAt", "2026-01-01T00:00:01.000+00:00"},
                             {"$updatedAt", "2026-01-01T00:00:01.000+00:00"},
                             {"$permissions", Json::array()},
                             {"name", "film"},
                             {"sizeOriginal", 1},
                             {"signature", "0cc175b9c0f1b6a831c399e269772661"},
                             {"mimeType", "video/mp4"},
                             {"chunksTotal", 1},
                             {"chunksUploaded", 1}});
  return page.dump();
}

TEST_CASE("a walk over files ends when the server returns the same files again", "[appwrite]") {
  scripted::Line line;
  line.transport->answers(200, R"({"version":"1.8.1"})").answers(200, files(1));
  line.transport->answers(200, files(500)).answers(200, files(500));
  const Client client = line.client();
  const std::string bucket = "films";
  CHECK(error_from([&] { return FileList(client, bucket, {}).page({}, true); }).code() == Errc::internal);
  CHECK(line.transport->requests.size() == 4);
}

}  // namespace file_list_tests

#include <array>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <utility>

#include <reel/backends/appwrite.hpp>
#include <reel/backends/filesystem.hpp>
#include <reel/backends/legacy.hpp>
#include <reel/backends/memory.hpp>
#include <reel/driver/ability_set.hpp>

#include "support/catch.hpp"

namespace documented_abilities_tests {

using reel::driver::AbilitySet;
using reel::driver::type_abilities;

constexpr std::array concepts{
    std::pair{&AbilitySet::records, "RecordBackend"},
    std::pair{&AbilitySet::blobs, "BlobBackend"},
    std::pair{&AbilitySet::bulk, "BulkBackend"},
    std::pair{&AbilitySet::increment, "IncrementBackend"},
    std::pair{&AbilitySet::explain, "ExplainBackend"},
    std::pair{&AbilitySet::referrers, "ReferrerBackend"},
    std::pair{&AbilitySet::preview, "PreviewBackend"},
    std::pair{&AbilitySet::blob_preview, "BlobPreviewBackend"},
    std::pair{&AbilitySet::foreign_columns, "ForeignColumnBackend"},
    std::pair{&AbilitySet::changes, "ChangesBackend"},
    std::pair{&AbilitySet::blob_changes, "BlobChangesBackend"},
    std::pair{&AbilitySet::blob_update, "BlobUpdateBackend"},
    std::pair{&AbilitySet::resumable_put, "ResumableBackend"},
    std::pair{&AbilitySet::url, "UrlBackend"},
    std::pair{&AbilitySet::access, "AccessBackend"},
    std::pair{&AbilitySet::blob_access, "BlobAccessBackend"},
    std::pair{&AbilitySet::identity, "IdentityBackend"},
    std::pair{&AbilitySet::sync, "SyncBackend"},
    std::pair{&AbilitySet::settle, "SettlingBackend"},
    std::pair{&AbilitySet::limits, "LimitsBackend"},
    std::pair{&AbilitySet::digests, "DigestBackend"},
    std::pair{&AbilitySet::blob_digests, "BlobDigestBackend"},
};
// With `atomic_batches`, which is a property of the object, every member is listed.
static_assert(concepts.size() + 1 == sizeof(AbilitySet) / sizeof(bool));

std::set<std::string> names_of(const AbilitySet& abilities) {
  std::set<std::string> names;
  for (const auto& [ability, name] : concepts) {
    if (abilities.*ability) names.insert(name);
  }
  return names;
}

/// The concepts in the row of a type in docs/writing-a-backend.md.
std::set<std::string> documented(const std::string& type) {
  std::ifstream page(REEL_SOURCE_DIR "/docs/writing-a-backend.md", std::ios::binary);
  const std::regex name("`(\\w+Backend)`");
  for (std::string line; std::getline(page, line);) {
    if (!line.starts_with("| `" + type + "` |")) continue;
    std::set<std::string> names;
    for (auto at = std::sregex_iterator(line.begin(), line.end(), name); at != std::sregex_iterator(); ++at)
      names.insert((*at)[1]);
    return names;
  }
  return {};
}

TEST_CASE("the page on backends lists the abilities of each", "[abilities]") {
  CHECK(documented("reel::Memory") == names_of(type_abilities<reel::Memory>));
  CHECK(documented("reel::Filesystem") == names_of(type_abilities<reel::Filesystem>));
  CHECK(documented("reel::Legacy") == names_of(type_abilities<reel::Legacy>));
  CHECK(documented("reel::Appwrite") == names_of(type_abilities<reel::Appwrite>));
}

}  // namespace documented_abilities_tests

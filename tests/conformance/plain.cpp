// Runs the rules on a store with the required operations only, which tests the portable fallbacks of the core.

#include <memory>
#include <string_view>
#include <vector>

#include <reel/testing/run.hpp>

#include "conformance/rules.hpp"
#include "support/plain_store.hpp"

namespace {

/// `on_remove` has no portable fallback.
struct Referred : PlainStore {
  using PlainStore::PlainStore;
  std::vector<std::shared_ptr<const reel::driver::CollectionSchema>> referrers(std::string_view collection) const {
    return store_.referrers(collection);
  }
};

constexpr const char* capabilities = R"(
records             yes
blobs               yes
folded_text         yes
exact_text          yes
unique              yes
full_text           yes
on_remove           yes
bulk_writes         no   one write at a time
atomic_batches      no   one write at a time
one_step_increment  no   the core reads, adds and writes
explain             no   the operation is left out
blob_update         no   the operation is left out
atomic_overwrite    yes
url                 no   the operation is left out
exact_doubles       yes
keeps_times         yes
permissions         yes
access              no   the permissions of collections are not stored
restart             no   the data end with the store object
change_history      no   watches compare the records at intervals
ordered_changes     no   watches compare the records at intervals
several_handles     no   the data belong to one store object
)";

}  // namespace

int main(int argc, char** argv) {
  using namespace reel::testing;
  const auto location = [](reel::TextRules text) {
    return single_location([text] { return reel::AnyStore::make<Referred>(text); });
  };
  return run(argc, argv, every_rule(),
             {.name = "plain", .manifest = Manifest::parse(capabilities), .location = location});
}

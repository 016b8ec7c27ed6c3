// Runs the conformance suite on the backend of tiny_backend.hpp.

#include <reel/testing/conformance.hpp>

#include "tiny_backend.hpp"

constexpr const char* capabilities = R"(
records             yes
blobs               no   it stores records only
folded_text         yes
exact_text          yes
unique              yes
full_text           yes
on_remove           yes
bulk_writes         yes
atomic_batches      yes
one_step_increment  yes
explain             yes
blob_update         no   it stores records only
atomic_overwrite    no   it stores records only
url                 no   it stores records only
exact_doubles       yes
keeps_times         yes
permissions         yes
access              no   the permissions of collections are not stored
restart             no   the data end with the store object
change_history      yes
ordered_changes     yes
several_handles     no   the data belong to one store object
)";

int main(int argc, char** argv) {
  using namespace reel::testing;
  const auto location = [](reel::TextRules text) {
    return single_location([text] { return reel::AnyStore::make<TinyBackend>(text); });
  };
  return run(argc, argv, {.name = "tiny", .manifest = Manifest::parse(capabilities), .location = location});
}

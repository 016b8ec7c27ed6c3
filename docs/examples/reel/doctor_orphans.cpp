#include "doctor_orphans.hpp"

#include <iostream>
#include <utility>

#include "text.hpp"

namespace tool {

OrphanSearch find_orphans(Store& store) {
  try {
    return {.found = reel::video::orphans(store.below())};
  } catch (const reel::Error& error) {
    return {.problem = error.what()};
  }
}

Json json_of(const OrphanSearch& search) {
  Json found = Json::array();
  for (const reel::video::Orphan& orphan : search.found)
    found.push_back({{"container", orphan.container}, {"id", orphan.id}, {"reason", orphan.reason}});
  return {{"found", std::move(found)}, {"problem", search.problem}};
}

void print(const OrphanSearch& search) {
  if (!search.problem.empty()) std::cout << "\norphans cannot be determined: " << printable(search.problem) << '\n';
  if (!search.found.empty()) std::cout << "\norphans, left by an interrupted program\n";
  for (const reel::video::Orphan& orphan : search.found)
    std::cout << "  " << printable(orphan.container + " " + orphan.id + ": " + orphan.reason) << '\n';
}

}  // namespace tool

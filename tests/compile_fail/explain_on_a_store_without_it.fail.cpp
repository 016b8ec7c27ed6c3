// expect: ExplainBackend
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <reel/repository.hpp>

#include "track.hpp"

class Store {
 public:
  void ensure(const reel::driver::CollectionSchema&);
  reel::driver::DocumentPtr create(const reel::driver::CollectionSchema&, reel::driver::Document);
  reel::driver::DocumentPtr find(const reel::driver::CollectionSchema&, std::string_view);
  reel::driver::DocumentPtr update(const reel::driver::CollectionSchema&, std::string_view, reel::driver::Change);
  bool remove(const reel::driver::CollectionSchema&, std::string_view, std::optional<reel::Timestamp>);
  reel::driver::Page<reel::driver::DocumentPtr> list(const reel::driver::CollectionSchema&,
                                                     const reel::driver::QueryTree&);
  std::int64_t count(const reel::driver::CollectionSchema&, const reel::driver::QueryTree&);
  reel::Explanation other(const reel::driver::CollectionSchema&, const reel::driver::QueryTree&);
};

std::string use(const reel::Repository<Track, Store>& tracks) { return tracks.explain({}).str(); }

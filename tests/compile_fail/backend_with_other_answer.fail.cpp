// expect: a record backend needs: driver::Page<DocumentPtr> list(const CollectionSchema&, const QueryTree&)
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <reel/driver/backend.hpp>

class Store {
 public:
  void ensure(const reel::driver::CollectionSchema&);
  reel::driver::DocumentPtr create(const reel::driver::CollectionSchema&, reel::driver::Document);
  reel::driver::DocumentPtr find(const reel::driver::CollectionSchema&, std::string_view);
  reel::driver::DocumentPtr update(const reel::driver::CollectionSchema&, std::string_view, reel::driver::Change);
  bool remove(const reel::driver::CollectionSchema&, std::string_view, std::optional<reel::Timestamp>);
  std::vector<reel::driver::Document> list(const reel::driver::CollectionSchema&, const reel::driver::QueryTree&);
  std::int64_t count(const reel::driver::CollectionSchema&, const reel::driver::QueryTree&);
};
static_assert(reel::check_backend<Store>());

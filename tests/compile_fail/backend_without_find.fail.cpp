// expect: a record backend needs: DocumentPtr find(const CollectionSchema&, std::string_view id)
#include <cstdint>
#include <optional>
#include <string_view>

#include <reel/driver/backend.hpp>

class Store {
 public:
  void ensure(const reel::CollectionSchema&);
  reel::DocumentPtr create(const reel::CollectionSchema&, reel::Document);
  reel::DocumentPtr update(const reel::CollectionSchema&, std::string_view, reel::Change);
  bool remove(const reel::CollectionSchema&, std::string_view, std::optional<reel::Timestamp>);
  reel::driver::Page<reel::DocumentPtr> list(const reel::CollectionSchema&, const reel::QueryTree&);
  std::int64_t count(const reel::CollectionSchema&, const reel::QueryTree&);
};
static_assert(reel::check_backend<Store>());

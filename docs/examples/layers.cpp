// A layer that changes one operation of another store, opened by URL.

#include <array>
#include <atomic>
#include <iostream>
#include <memory>
#include <string_view>
#include <utility>

#include <reel/any_store.hpp>
#include <reel/backends/memory.hpp>
#include <reel/driver/layer.hpp>

#include "music.hpp"

using music::Album;

/// A store in memory that counts how often a record is looked up by its id.
class Counting : public reel::driver::Layer<reel::Memory> {
 public:
  explicit Counting(reel::MemoryOptions options) : Layer(std::make_shared<reel::Memory>(std::move(options))) {}

  static constexpr std::string_view url_scheme = "counting";
  static constexpr std::array<std::string_view, 1> url_options{"text"};
  static Counting open(const reel::StoreUrl& url) {
    url.check_no_location();
    return Counting(reel::MemoryOptions::from(url));
  }

  using Layer::find;  // the overload for blobs
  reel::driver::DocumentPtr find(const reel::driver::CollectionSchema& schema, std::string_view id) {
    ++lookups_;
    return below().find(schema, id);
  }
  [[nodiscard]] int lookups() const { return lookups_; }

 private:
  std::atomic<int> lookups_ = 0;
};
static_assert(reel::check_backend<Counting>() && reel::driver::check_layer<Counting>());

int main() {
  reel::AnyStore store = reel::open<Counting>("counting:?text=exact");
  const auto albums = reel::records<Album>(store);
  albums.setup();
  const auto kind = albums.create({.name = "Kind"}).id;
  static_cast<void>(albums.get(kind));
  std::cout << albums.get(kind).value.name << ", " << store.target<Counting>()->lookups() << " lookups\n";
}

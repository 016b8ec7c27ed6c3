#include <optional>
#include <string_view>

#include <reel/driver/backend.hpp>
#include <reel/driver/hashed_source.hpp>

class Store {
 public:
  void ensure(const reel::Bucket&);
  reel::BlobInfo put(const reel::Bucket&, reel::BlobInfo, reel::driver::HashedSource&, bool);
  std::optional<reel::BlobInfo> find(const reel::Bucket&, std::string_view);
  std::optional<reel::BlobInfo> read(const reel::Bucket&, std::string_view, reel::ByteRange, reel::BlobSink&);
  bool remove(const reel::Bucket&, std::string_view);
  reel::driver::Page<reel::BlobInfo> list(const reel::Bucket&, const reel::BlobQuery&);
};
static_assert(reel::check_backend<Store>());

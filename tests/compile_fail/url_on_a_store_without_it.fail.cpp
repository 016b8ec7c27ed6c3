// expect: UrlBackend
#include <optional>
#include <string>
#include <string_view>

#include <reel/blob_store.hpp>
#include <reel/driver/hashed_source.hpp>

class Store {
 public:
  void ensure(const reel::Bucket&);
  reel::BlobInfo put(const reel::Bucket&, reel::BlobInfo, reel::driver::HashedSource&, bool);
  std::optional<reel::BlobInfo> find(const reel::Bucket&, std::string_view);
  std::optional<reel::BlobInfo> read(const reel::Bucket&, std::string_view, reel::ByteRange, reel::BlobSink&);
  bool remove(const reel::Bucket&, std::string_view);
  reel::driver::Page<reel::BlobInfo> list(const reel::Bucket&, const reel::BlobQuery&);
  std::string other(const reel::Bucket&, std::string_view);
};

std::string use(const reel::BlobStore<Store>& blobs) { return blobs.url(reel::BlobId{"a"}); }

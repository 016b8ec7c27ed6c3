#include "support/appwrite_server/uploads.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "reel/md5.hpp"
#include "support/appwrite_server/server_error.hpp"

namespace appwrite_server {
namespace {

Content join(const Parts& parts, int total) {
  std::vector<Slice> slices;
  for (int number = 1; number <= total; ++number) {
    const auto found = parts.slices.find(number);
    if (found == parts.slices.end() || found->second.size == 0) unknown_error();
    slices.push_back(found->second);
  }
  return Content{parts.spool, std::move(slices)};
}

Slice keep(Spool& spool, std::string_view bytes) {
  return {spool.append(bytes), static_cast<std::int64_t>(bytes.size())};
}

}  // namespace

ChunkPlace place_of(const ContentRange& range, Version version) {
  const auto ceiling = [](std::int64_t a, std::int64_t b) { return static_cast<int>((a + b - 1) / b); };
  if (version >= Version{1, 9, 5}) {
    constexpr std::int64_t length = 5 * 1024 * 1024;
    return {static_cast<int>(range.start / length) + 1, ceiling(range.total, length)};
  }
  if (range.end == range.total - 1 || range.end == range.total) return {-1, -1};
  const std::int64_t length = range.end - range.start + 1;
  return {static_cast<int>(range.start / length) + 1, ceiling(range.total, length)};
}

int store_chunk(Bucket& bucket, const std::string& path, ChunkPlace place, std::string_view bytes, bool keep_first,
                const std::filesystem::path& folder) {
  if (place.total == 1) {
    const auto spool = std::make_shared<Spool>(folder);
    const Slice slice = keep(*spool, bytes);
    bucket.contents[path] = Content{spool, {slice}};
    return 1;
  }
  Parts& parts = bucket.parts[path];
  if (parts.spool == nullptr) parts.spool = std::make_shared<Spool>(folder);
  if (!keep_first || !parts.slices.contains(place.number)) {
    parts.slices[place.number] = keep(*parts.spool, bytes);
  }
  const int stored = static_cast<int>(parts.slices.size());
  if (stored != place.total) return stored;
  bucket.contents[path] = join(parts, place.total);
  bucket.parts.erase(path);
  return stored;
}

std::string signature_of(const Content& content) {
  constexpr std::int64_t step = 1024 * 1024;
  reel::Md5 md5;
  for (std::int64_t offset = 0; offset < content.size(); offset += step) md5.update(content.read(offset, step));
  return md5.finish();
}

}  // namespace appwrite_server

#include <emulator/storage/uploads.hpp>

#include <algorithm>
#include <memory>
#include <random>
#include <utility>

#include <emulator/server/server_error.hpp>

#include <reel/md5.hpp>

namespace reel::emulator {
namespace {

/// Whether PHP considers the chunk false: it is empty or "0".
bool is_false(const Parts& parts, const Slice& slice) {
  return slice.size == 0 || (slice.size == 1 && Content{parts.spool, {slice}}.read(0, 1) == "0");
}

/// Moves the chunks out of `parts`, one after the other. If one is missing, those before it have already been moved, as
/// on the real server.
Content join(Parts& parts, int total) {
  for (int number = 1; number <= total; ++number) {
    const auto found = parts.slices.find(number);
    if (found == parts.slices.end() || is_false(parts, found->second)) unknown_error();
    parts.joined.push_back(found->second);
    parts.slices.erase(found);
  }
  return Content{parts.spool, std::move(parts.joined)};
}

Slice keep(Spool& spool, std::string_view bytes) {
  return {spool.append(bytes), static_cast<std::int64_t>(bytes.size())};
}

}  // namespace

ChunkPosition chunk_position(const ContentRange& range, Version version) {
  const auto ceiling = [](std::int64_t a, std::int64_t b) { return static_cast<int>((a + b - 1) / b); };
  if (version >= Version{1, 9, 5}) {
    constexpr std::int64_t length = 5 * 1024 * 1024;
    return {static_cast<int>(range.start / length) + 1, ceiling(range.total, length)};
  }
  if (range.end == range.total - 1 || range.end == range.total) return {-1, -1};
  const std::int64_t length = range.end - range.start + 1;
  return {static_cast<int>(range.start / length) + 1, ceiling(range.total, length)};
}

int store_chunk(Bucket& bucket, const std::string& path, ChunkPosition position, std::string_view bytes,
                bool keep_first, const std::filesystem::path& folder) {
  if (position.total == 1) {
    bucket.contents[path] = content_of_bytes(bytes, folder);
    return 1;
  }
  Parts& parts = bucket.parts[path];
  if (parts.spool == nullptr) parts.spool = std::make_shared<Spool>(folder);
  const bool repeated = parts.slices.contains(position.number);
  if (!repeated || !keep_first) parts.slices[position.number] = keep(*parts.spool, bytes);
  if (!repeated) ++parts.counted;
  const int counted = parts.counted;
  if (counted != position.total) return counted;
  bucket.contents[path] = join(parts, position.total);
  bucket.parts.erase(path);
  return counted;
}

Content content_of_bytes(std::string_view bytes, const std::filesystem::path& folder) {
  const auto spool = std::make_shared<Spool>(folder);
  const Slice slice = keep(*spool, bytes);
  return Content{spool, {slice}};
}

std::string ciphertext(std::size_t size, std::uint64_t seed) {
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::mt19937_64 random{seed};
  std::string text;
  while (text.size() < (size * 4 + 2) / 3) text += digits[random() % digits.size()];
  // The unused bits of the last digit are 0.
  if (size % 3 == 1) text.back() = digits[random() % 4 * 16];
  if (size % 3 == 2) text.back() = digits[random() % 16 * 4];
  text.resize((size + 2) / 3 * 4, '=');
  return text;
}

std::string signature_of(const Content& content) {
  constexpr std::int64_t step = 1024 * 1024;
  reel::Md5 md5;
  for (std::int64_t offset = 0; offset < content.size(); offset += step) md5.update(content.read(offset, step));
  return md5.finish();
}

}  // namespace reel::emulator

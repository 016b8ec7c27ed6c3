#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <reel/blob.hpp>
#include <reel/driver/collection_schema.hpp>
#include <reel/driver/document.hpp>
#include <reel/driver/range_digest.hpp>
#include <reel/driver/value.hpp>
#include <reel/md5.hpp>
#include <reel/permission.hpp>
#include <reel/text/ascii.hpp>
#include <reel/timestamp.hpp>

/// The digests of single records and blobs, which are added up for ranges. They are the same in every store.
namespace reel::driver {

/// The MD5 of `bytes` as the numbers that the first and the last 16 of its hexadecimal digits write.
[[nodiscard]] inline std::array<std::uint64_t, 2> md5_halves(const std::string& bytes) {
  const std::string digits = md5_hex(bytes);
  std::array<std::uint64_t, 2> halves{};
  for (std::size_t i = 0; i < 2; ++i)
    std::from_chars(digits.data() + 16 * i, digits.data() + 16 * (i + 1), halves[i], 16);
  return halves;
}

namespace detail {

/// Encodes values so that different sequences of values have different encodings: each begins with its type, and its
/// size if that varies.
class DigestEncoder {
 public:
  void add(std::string_view text) {
    add('s', text.size());
    bytes_ += text;
  }
  void add(std::int64_t number) { add('i', static_cast<std::uint64_t>(number)); }
  void add(Timestamp time) { add('t', static_cast<std::uint64_t>(time.time_since_epoch().count())); }
  void add(const Value& value) {
    if (value.is_null()) {
      bytes_ += 'n';
    } else if (const auto* text = value.as<std::string>()) {
      add(std::string_view(*text));
    } else if (const auto* integer = value.as<std::int64_t>()) {
      add(*integer);
    } else if (const auto* real = value.as<double>()) {
      add('d', std::bit_cast<std::uint64_t>(*real + 0.0));  // both zeros are equal
    } else if (const auto* flag = value.as<bool>()) {
      bytes_ += *flag ? 'T' : 'F';
    } else if (const auto* time = value.as<Timestamp>()) {
      add(*time);
    } else {
      const List& list = *value.as<List>();
      add('l', list.size());
      for (const Value& one : list) add(one);
    }
  }
  /// Permissions compare as sets.
  void add(const std::vector<Permission>& permissions) {
    std::vector<std::string> names;
    for (const Permission& one : permissions) names.push_back(one.str());
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    add('p', names.size());
    for (const std::string& name : names) add(std::string_view(name));
  }

  /// The digest of everything added, as one item.
  [[nodiscard]] RangeDigest finish() const {
    const auto [low, high] = md5_halves(bytes_);
    return {.count = 1, .low = low, .high = high};
  }

 private:
  /// The bytes of a number in a fixed order.
  void add(char type, std::uint64_t number) {
    bytes_ += type;
    for (int shift = 0; shift < 64; shift += 8) bytes_ += static_cast<char>(number >> shift & 0xFF);
  }

  std::string bytes_;
};

}  // namespace detail

/// The digest of one record: of its id, values, times and permissions. The sequence, which every store assigns itself,
/// is not part of it.
[[nodiscard]] inline RangeDigest digest_of_record(const CollectionSchema& schema, const Document& document) {
  detail::DigestEncoder encoder;
  encoder.add(std::string_view(text::lower_ascii(document.id)));
  for (std::size_t i = 0; i < schema.attributes.size() && i < document.values.size(); ++i) {
    encoder.add(std::string_view(schema.attributes[i].name));
    encoder.add(document.values[i]);
  }
  encoder.add(document.created_at);
  encoder.add(document.updated_at);
  encoder.add(document.permissions);
  return encoder.finish();
}

/// The digest of one blob: of its id, size, MD5, name and permissions. Its times and content type, which stores
/// determine, are not part of it.
[[nodiscard]] inline RangeDigest digest_of_blob(const BlobInfo& blob) {
  detail::DigestEncoder encoder;
  encoder.add(std::string_view(text::lower_ascii(blob.id.str())));
  encoder.add(blob.size);
  encoder.add(std::string_view(blob.md5));
  encoder.add(std::string_view(blob.name));
  encoder.add(blob.permissions);
  return encoder.finish();
}

}  // namespace reel::driver

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace reel::local {

/// An immutable byte string in 16 bytes: up to 12 bytes inside the object, longer strings in a heap block that equal
/// keys share.
///
///     size <= 12   | size | bytes ........ |
///     size > 12    | size | pointer | free |  -->  | holders | bytes … |
///
/// The type is trivially copyable so that leaves can move keys with memmove. A plain copy is therefore not an owner:
/// every key returned by the constructor or by `share` must be released exactly once with `release`. The count of
/// holders is not atomic; keys of one index are used under the index's lock.
class PackedKey {
 public:
  /// The empty string.
  PackedKey() = default;
  /// Copies the bytes. One allocation for more than 12 bytes.
  explicit PackedKey(std::string_view bytes) : size_(static_cast<std::uint32_t>(bytes.size())) {
    if (is_inline()) {
      std::memcpy(bytes_, bytes.data(), bytes.size());
      return;
    }
    char* block = new char[sizeof(Holders) + bytes.size()];
    std::memcpy(block + sizeof(Holders), bytes.data(), bytes.size());
    std::memcpy(bytes_, &block, sizeof block);
    count(1);
  }

  /// The bytes; valid until the key is released, and for a short key as long as this object.
  [[nodiscard]] std::string_view view() const { return {is_inline() ? bytes_ : block() + sizeof(Holders), size_}; }

  /// Another owner of the same bytes.
  [[nodiscard]] PackedKey share() const {
    if (!is_inline()) count(holders() + 1);
    return *this;
  }

  /// Gives up ownership; the last owner frees the block.
  void release() const {
    if (is_inline()) return;
    if (holders() == 1) {
      delete[] block();
    } else {
      count(holders() - 1);
    }
  }

 private:
  using Holders = std::uint32_t;

  [[nodiscard]] bool is_inline() const { return size_ <= sizeof bytes_; }
  [[nodiscard]] char* block() const {
    char* address = nullptr;
    std::memcpy(&address, bytes_, sizeof address);
    return address;
  }
  [[nodiscard]] Holders holders() const {
    Holders number = 0;
    std::memcpy(&number, block(), sizeof number);
    return number;
  }
  void count(Holders number) const { std::memcpy(block(), &number, sizeof number); }

  std::uint32_t size_ = 0;
  char bytes_[12]{};
};

}  // namespace reel::local

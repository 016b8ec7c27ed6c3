#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace reel::local {

/// An immutable byte string in 16 bytes: up to 12 in place, longer ones in a block that equal keys may share. Plain
/// bits, to be moved with memcpy: who holds one gives it back with `release`. Not synchronised.
class PackedKey {
 public:
  PackedKey() = default;
  explicit PackedKey(std::string_view bytes) : size_(static_cast<std::uint32_t>(bytes.size())) {
    if (in_place()) {
      std::memcpy(bytes_, bytes.data(), bytes.size());
      return;
    }
    char* block = new char[sizeof(Holders) + bytes.size()];
    std::memcpy(block + sizeof(Holders), bytes.data(), bytes.size());
    std::memcpy(bytes_, &block, sizeof block);
    count(1);
  }

  [[nodiscard]] std::string_view view() const { return {in_place() ? bytes_ : block() + sizeof(Holders), size_}; }

  /// The same key once more.
  [[nodiscard]] PackedKey share() const {
    if (!in_place()) count(holders() + 1);
    return *this;
  }

  void release() const {
    if (in_place()) return;
    if (holders() == 1) {
      delete[] block();
    } else {
      count(holders() - 1);
    }
  }

 private:
  using Holders = std::uint32_t;

  [[nodiscard]] bool in_place() const { return size_ <= sizeof bytes_; }
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

#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <reel/timestamp.hpp>

namespace reel {

class Value;
using List = std::vector<Value>;
struct Null {
  friend constexpr bool operator==(Null, Null) = default;
};

/// What an attribute holds when its type is not known at compile time. Text is UTF-8. Lists hold scalars only.
class Value {
 public:
  using Storage = std::variant<Null, bool, std::int64_t, double, std::string, Timestamp, List>;

  Value() = default;
  Value(Null) {}
  Value(bool value) : storage_(value) {}
  Value(std::int64_t value) : storage_(value) {}
  Value(double value) : storage_(value) {}
  Value(std::string value) : storage_(std::move(value)) {}
  Value(Timestamp value) : storage_(value) {}
  Value(List value) : storage_(std::move(value)) {}
  /// A literal would otherwise become a bool.
  Value(const char* text) : storage_(std::string(text)) {}
  template <class Other>
  Value(Other) = delete;

  [[nodiscard]] bool is_null() const noexcept { return storage_.index() == 0; }
  /// The value as `Alternative`, or null if it is something else.
  template <class Alternative>
  [[nodiscard]] const Alternative* as() const noexcept {
    return std::get_if<Alternative>(&storage_);
  }
  template <class Alternative>
  [[nodiscard]] Alternative* as() noexcept {
    return std::get_if<Alternative>(&storage_);
  }
  [[nodiscard]] const Storage& storage() const noexcept { return storage_; }
  [[nodiscard]] Storage& storage() noexcept { return storage_; }

  /// Exact equality of type and content: text byte by byte, -0.0 equal to 0.0. Not the comparison of queries.
  friend bool operator==(const Value&, const Value&) = default;

 private:
  Storage storage_;
};

}  // namespace reel

#pragma once

#include <concepts>
#include <cstdint>
#include <iosfwd>
#include <new>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <reel/timestamp.hpp>

namespace reel::driver {

class Value;
/// The value of a list attribute.
using List = std::vector<Value>;
/// The absence of a value.
struct Null {
  /// All nulls are equal.
  friend constexpr bool operator==(Null, Null) = default;
};

/// The value of an attribute whose type is not known at compile time: null, `bool`, `std::int64_t`, `double`,
/// `std::string` (UTF-8), `Timestamp` or `List`. Lists contain scalars only.
///
/// A value type: copies are independent. Not a std::variant, which would cost every program that includes the library a
/// quarter of its compile time.
class Value {
 public:
  /// Null.
  Value() noexcept : type_(Type::null) {}
  /// Null.
  Value(Null) noexcept : type_(Type::null) {}
  /// A `bool`.
  Value(bool value) noexcept : boolean_(value), type_(Type::boolean) {}
  /// An integer.
  Value(std::int64_t value) noexcept : integer_(value), type_(Type::integer) {}
  /// A floating-point number.
  Value(double value) noexcept : floating_(value), type_(Type::floating) {}
  /// Text.
  Value(std::string value) noexcept : text_(std::move(value)), type_(Type::text) {}
  /// A time.
  Value(Timestamp value) noexcept : timestamp_(value), type_(Type::timestamp) {}
  /// A list.
  Value(List value) noexcept : list_(std::move(value)), type_(Type::list) {}
  /// Text. Without this constructor a string literal would become a `bool`.
  Value(const char* text) : text_(text), type_(Type::text) {}
  /// No other type converts, so that an `int` is not mistaken for another alternative.
  template <class Other>
  Value(Other) = delete;

  /// A copy.
  Value(const Value& other) : type_(Type::null) { copy(other); }
  /// Takes over the content; `other` keeps a valid, unspecified value.
  Value(Value&& other) noexcept : type_(Type::null) { take(other); }
  /// Copies; unchanged if copying throws.
  Value& operator=(const Value& other) {
    if (this != &other) *this = Value(other);
    return *this;
  }
  /// Takes over the content; `other` may be an element of this value's list.
  Value& operator=(Value&& other) noexcept {
    // `other` may be inside this value's list, which `destroy` frees.
    Value taken(std::move(other));  // which may lie within this one's list
    destroy();
    take(taken);
    return *this;
  }
  /// Frees the content.
  ~Value() { destroy(); }

  /// Whether the value is null.
  [[nodiscard]] bool is_null() const noexcept { return type_ == Type::null; }
  /// The value as `Alternative`, which is one of the types above, or null if it has another type.
  template <class Alternative>
  [[nodiscard]] const Alternative* as() const noexcept {
    return const_cast<Value*>(this)->as<Alternative>();
  }
  /// The same, to be changed.
  template <class Alternative>
  [[nodiscard]] Alternative* as() noexcept {
    return type_ == type_of<Alternative>() ? &member<Alternative>() : nullptr;
  }
  /// Becomes an empty `Alternative` (zero, false, an empty string, the epoch) and returns it for filling.
  template <class Alternative>
  Alternative& emplace() {
    destroy();
    Alternative& content = *::new (&member<Alternative>()) Alternative{};
    type_ = type_of<Alternative>();
    return content;
  }

  /// Exact equality of type and content: text byte by byte, -0.0 equal to 0.0, NaN not equal to itself. Conditions of
  /// queries compare differently, see `Operator`.
  friend bool operator==(const Value& a, const Value& b) {
    if (a.type_ != b.type_) return false;
    switch (a.type_) {
      case Type::boolean:
        return a.boolean_ == b.boolean_;
      case Type::integer:
        return a.integer_ == b.integer_;
      case Type::floating:
        return a.floating_ == b.floating_;
      case Type::text:
        return a.text_ == b.text_;
      case Type::timestamp:
        return a.timestamp_ == b.timestamp_;
      case Type::list:
        return a.list_ == b.list_;
      default:
        return true;
    }
  }

  /// Writes the value for a failed comparison of a test: `null`, `true`, `42`, `0.5`, `"text"`, a time in the form of
  /// `format_timestamp`, or `[1, 2]`. Text is not escaped. A template, so that no other type converts to a `Value`.
  template <class Traits, std::same_as<Value> V>
  friend std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out, const V& printed) {
    const Value& value = printed;
    if (const auto* boolean = value.as<bool>()) return out << (*boolean ? "true" : "false");
    if (const auto* integer = value.as<std::int64_t>()) return out << *integer;
    if (const auto* number = value.as<double>()) {
      const auto precision = out.precision(17);  // distinguishes any two numbers
      out << *number;
      out.precision(precision);
      return out;
    }
    if (const auto* text = value.as<std::string>()) return out << '"' << *text << '"';
    if (const auto* moment = value.as<Timestamp>()) return out << format_timestamp(*moment);
    const auto* list = value.as<List>();
    if (list == nullptr) return out << "null";
    const char* separator = "[";
    for (const Value& item : *list) {
      out << separator << item;
      separator = ", ";
    }
    return out << (list->empty() ? "[]" : "]");
  }

 private:
  // The alternative that the union holds. It is set after the member is constructed and reset when it is destroyed.
  enum class Type : unsigned char { null, boolean, integer, floating, text, timestamp, list };

  template <class Alternative>
  static constexpr Type type_of() {
    if constexpr (std::is_same_v<Alternative, bool>) return Type::boolean;
    if constexpr (std::is_same_v<Alternative, std::int64_t>) return Type::integer;
    if constexpr (std::is_same_v<Alternative, double>) return Type::floating;
    if constexpr (std::is_same_v<Alternative, std::string>) return Type::text;
    if constexpr (std::is_same_v<Alternative, Timestamp>) return Type::timestamp;
    if constexpr (std::is_same_v<Alternative, List>) return Type::list;
  }
  template <class Alternative>
  Alternative& member() noexcept {
    constexpr Type type = type_of<Alternative>();
    if constexpr (type == Type::boolean) return boolean_;
    if constexpr (type == Type::integer) return integer_;
    if constexpr (type == Type::floating) return floating_;
    if constexpr (type == Type::text) return text_;
    if constexpr (type == Type::timestamp) return timestamp_;
    if constexpr (type == Type::list) return list_;
  }

  // `copy` and `take` need a null `*this`. The type is set last, so that a throwing copy leaves a null.
  void copy(const Value& other) {
    switch (other.type_) {
      case Type::text:
        ::new (&text_) std::string(other.text_);
        break;
      case Type::list:
        ::new (&list_) List(other.list_);
        break;
      default:
        copy_plain(other);
    }
    type_ = other.type_;
  }
  void take(Value& other) noexcept {
    switch (other.type_) {
      case Type::text:
        ::new (&text_) std::string(std::move(other.text_));
        break;
      case Type::list:
        ::new (&list_) List(std::move(other.list_));
        break;
      default:
        copy_plain(other);
    }
    type_ = other.type_;
  }
  void copy_plain(const Value& other) noexcept {
    switch (other.type_) {
      case Type::boolean:
        boolean_ = other.boolean_;
        break;
      case Type::integer:
        integer_ = other.integer_;
        break;
      case Type::floating:
        floating_ = other.floating_;
        break;
      case Type::timestamp:
        timestamp_ = other.timestamp_;
        break;
      default:
        break;
    }
  }
  void destroy() noexcept {
    if (type_ == Type::text) text_.~basic_string();
    if (type_ == Type::list) list_.~List();
    type_ = Type::null;
  }

  union {
    bool boolean_;
    std::int64_t integer_;
    double floating_;
    std::string text_;
    Timestamp timestamp_;
    List list_;
  };
  Type type_;
};

}  // namespace reel::driver

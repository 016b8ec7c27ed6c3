#pragma once

#include <cstddef>
#include <iterator>
#include <limits>
#include <random>

#include <nlohmann/json.hpp>

/// Damages one field of a response: removes it, or replaces it by null or a value of another type.
class Spoiler {
 public:
  explicit Spoiler(unsigned seed) : random_(seed) {}

  std::size_t below(std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_); }

  /// `value` must not be empty.
  void operator()(nlohmann::json& value) {
    using Json = nlohmann::json;
    auto chosen = value.begin();
    std::advance(chosen, static_cast<std::ptrdiff_t>(below(value.size())));
    if (chosen->is_structured() && !chosen->empty() && below(3) > 0) return (*this)(*chosen);
    const Json others[] = {nullptr,
                           true,
                           7,
                           -1.5,
                           "text",
                           "",
                           Json::array(),
                           Json::array({1, "a"}),
                           Json::object(),
                           std::numeric_limits<std::uint64_t>::max()};
    if (const std::size_t other = below(std::size(others) + 2); other < std::size(others)) {
      *chosen = others[other];
    } else {
      value.erase(chosen);
    }
  }

 private:
  std::mt19937 random_;
};

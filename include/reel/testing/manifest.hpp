#pragma once

#include <array>
#include <cstddef>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>

#include <reel/testing/capability.hpp>

namespace reel::testing {

/// The abilities that a backend declares, in a file of lines `capability yes` or `capability no reason`; `#` begins a
/// comment. Every capability is listed exactly once, and a missing one has a reason.
class Manifest {
 public:
  /// Throws `std::invalid_argument` with the number of the invalid line, or the name of a capability that is not
  /// listed.
  [[nodiscard]] static Manifest parse(std::string_view text) {
    Manifest manifest;
    Capabilities named;
    for (int line_number = 1; !text.empty(); ++line_number) {
      const std::string_view line = take_line(text);
      const std::string_view name = take_word(line, 0);
      if (name.empty()) continue;
      const auto refuse = [&](const std::string& why) {
        throw std::invalid_argument("line " + std::to_string(line_number) + " of the manifest: " + why);
      };
      const auto capability = capability_named(name);
      if (!capability) refuse("there is no capability '" + std::string(name) + "'");
      if (named.has(*capability)) refuse("'" + std::string(name) + "' is listed twice");
      named.add(*capability);
      const std::size_t answer_at = static_cast<std::size_t>(name.data() - line.data()) + name.size();
      const std::string_view answer = take_word(line, answer_at);
      if (answer == "yes") {
        manifest.offered_.add(*capability);
      } else if (answer == "no") {
        const std::string_view reason = rest_after(line, answer);
        if (reason.empty()) refuse("a missing capability needs a reason");
        manifest.reasons_[static_cast<std::size_t>(*capability)] = std::string(reason);
      } else {
        refuse("expected yes or no after the capability");
      }
    }
    for (std::size_t i = 0; i < capability_names.size(); ++i) {
      if (!named.has(static_cast<Capability>(i)))
        throw std::invalid_argument("the manifest does not list '" + std::string(capability_names[i]) + "'");
    }
    return manifest;
  }

  /// Parses a file. Throws the errors of `parse`, and `std::runtime_error` if the file cannot be read.
  [[nodiscard]] static Manifest read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error("cannot read the manifest " + path);
    return parse(std::string(std::istreambuf_iterator<char>(file), {}));
  }

  /// The capabilities that the backend has.
  [[nodiscard]] Capabilities offered() const { return offered_; }
  /// Whether the backend has a capability.
  [[nodiscard]] bool offers(Capability one) const { return offered_.has(one); }
  /// Returns the reason why a capability is missing, or an empty string if it is offered.
  [[nodiscard]] const std::string& reason(Capability one) const { return reasons_[static_cast<std::size_t>(one)]; }

 private:
  static constexpr std::string_view blanks = " \t\r";

  static std::string_view take_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return line.substr(0, line.find('#'));
  }
  static std::string_view take_word(std::string_view line, std::size_t from) {
    const std::size_t begin = line.find_first_not_of(blanks, from);
    if (begin == std::string_view::npos) return {};
    return line.substr(begin, line.find_first_of(blanks, begin) - begin);
  }
  static std::string_view rest_after(std::string_view line, std::string_view word) {
    line.remove_prefix(static_cast<std::size_t>(word.data() - line.data()) + word.size());
    const std::size_t begin = line.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return {};
    return line.substr(begin, line.find_last_not_of(blanks) - begin + 1);
  }

  Capabilities offered_;
  std::array<std::string, capability_names.size()> reasons_;
};

}  // namespace reel::testing

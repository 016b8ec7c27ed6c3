#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/error.hpp>
#include <reel/text/text_rules.hpp>

namespace reel {

/// The address of a store: `SCHEME:LOCATION?OPTION&OPTION=VALUE`, for example `file:videos?readonly&text=exact`. `open`
/// parses it; the backend with that scheme reads the location and the options.
///
/// The location is a name as the operating system accepts it, without percent-encoding. Options follow the last `?`, so
/// the URL of a folder with a `?` in its name ends in one: `file:what?.d?`.
///
/// | URL | backend | options |
/// |---|---|---|
/// | `memory:` | `Memory` | `text` |
/// | `file:DIR` | `Filesystem` | `readonly`, `existing`, `durability`, `text` |
/// | `legacy:DIR` | `Legacy` | `write`, `text` |
/// | `appwrite:`, `appwrite:FILE` | `Appwrite`, configured by environment, `.env` or file | `database`, `writers` |
class StoreUrl {
 public:
  /// Parses `url`. Throws `invalid` for a URL without a scheme, an option without a name, or an option that occurs
  /// twice.
  explicit StoreUrl(std::string url) : url_(std::move(url)) {
    const std::size_t colon = url_.find(':');
    if (colon == std::string::npos || colon == 0) throw refusal("it has no scheme");
    scheme_ = url_.substr(0, colon);
    location_ = url_.substr(colon + 1);
    const std::size_t mark = location_.rfind('?');
    if (mark == std::string::npos) return;
    read_options(std::string_view(location_).substr(mark + 1));
    location_.resize(mark);
  }

  /// The URL as passed to the constructor.
  [[nodiscard]] const std::string& str() const noexcept { return url_; }
  /// The part before the first `:`. Compared with case.
  [[nodiscard]] const std::string& scheme() const noexcept { return scheme_; }
  /// The part between the scheme and the options; may be empty.
  [[nodiscard]] const std::string& location() const noexcept { return location_; }
  /// The location of a store that is a folder. Throws `invalid` if it is empty.
  [[nodiscard]] const std::string& folder() const {
    if (location_.empty()) throw refusal("it names no folder; write " + scheme_ + ":DIR");
    return location_;
  }

  /// Whether the option occurs, with or without a value.
  [[nodiscard]] bool has(std::string_view name) const { return find(name) != nullptr; }
  /// Whether the option occurs. Throws `invalid` if it has a value.
  [[nodiscard]] bool flag(std::string_view name) const {
    const Option* const option = find(name);
    if (option && option->value) throw refusal("the option '" + std::string(name) + "' takes no value");
    return option != nullptr;
  }
  /// The value of the option; none if it does not occur. Throws `invalid` if it occurs without a value.
  [[nodiscard]] std::optional<std::string> value(std::string_view name) const {
    const Option* const option = find(name);
    if (!option) return std::nullopt;
    if (option->value.value_or("").empty())
      throw refusal("the option '" + std::string(name) + "' needs a value: " + std::string(name) + "=…");
    return option->value;
  }
  /// The choice that the value of the option names; none if the option does not occur. Throws `invalid` for another
  /// value; the message lists the names in `choices`.
  template <class V>
  [[nodiscard]] std::optional<V> choice(std::string_view name,
                                        std::initializer_list<std::pair<std::string_view, V>> choices) const {
    const Option* const option = find(name);
    if (!option) return std::nullopt;
    std::string known;
    for (const auto& [text, value] : choices) {
      if (option->value == text) return value;
      known += (known.empty() ? "" : ", ") + std::string(text);
    }
    throw refusal("the option '" + std::string(name) + "' is '" + option->value.value_or("") +
                  "', which is not one of " + known);
  }

  /// Throws `invalid` if an option occurs that is not in `known`; the message lists those.
  void check_options(std::span<const std::string_view> known) const {
    for (const Option& option : options_) {
      if (std::find(known.begin(), known.end(), option.name) != known.end()) continue;
      std::string names;
      for (const std::string_view name : known) names += (names.empty() ? "" : ", ") + std::string(name);
      throw refusal("unknown option '" + option.name + "'; " + scheme_ + ": takes " +
                    (names.empty() ? "no options" : names));
    }
  }
  /// The value of the option `text`, `folded` or `exact`; none if it does not occur. Throws `invalid` for another
  /// value.
  [[nodiscard]] std::optional<TextRules> text_rules() const {
    return choice<TextRules>("text", {{"folded", TextRules::folded}, {"exact", TextRules::exact}});
  }
  /// Throws `invalid` if the location is not empty.
  void check_no_location() const {
    if (!location_.empty()) throw refusal("such a store has no location; write " + scheme_ + ":");
  }

  /// The error of a store that cannot be opened because of its URL.
  [[nodiscard]] Error refusal(const std::string& reason, Errc code = Errc::invalid) const {
    return Error(code, "cannot open the store '" + url_ + "': " + reason);
  }

 private:
  /// A name, and a value if there is a `=`.
  struct Option {
    std::string name{};
    std::optional<std::string> value{};
  };

  /// The option, or null.
  [[nodiscard]] const Option* find(std::string_view name) const {
    const auto found =
        std::find_if(options_.begin(), options_.end(), [&](const Option& one) { return one.name == name; });
    return found == options_.end() ? nullptr : &*found;
  }

  /// Parses the part after the `?`.
  void read_options(std::string_view text) {
    if (text.empty()) return;
    for (std::size_t begin = 0; begin <= text.size();) {
      const std::size_t end = std::min(text.find('&', begin), text.size());
      const std::string_view given = text.substr(begin, end - begin);
      const std::size_t equals = given.find('=');
      Option option{.name = std::string(given.substr(0, equals))};
      if (equals != std::string_view::npos) option.value = given.substr(equals + 1);
      if (option.name.empty()) throw refusal("it has an option without a name");
      if (find(option.name)) throw refusal("the option '" + option.name + "' is given twice");
      options_.push_back(std::move(option));
      begin = end + 1;
    }
  }

  std::string url_;
  std::string scheme_;
  std::string location_;
  std::vector<Option> options_;
};

}  // namespace reel

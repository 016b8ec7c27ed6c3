#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include <reel/json/reader.hpp>
#include <reel/text/utf8.hpp>

namespace reel::appwrite {

/// A member of a JSON object that is read if it is a string.
struct StringMember {
  std::string_view name;
  std::string& value;
};

/// Reads these members of a JSON object. One that is missing or of another type keeps its value. Returns false, and
/// leaves the values unspecified, if `object` is not a JSON object in UTF-8: the response of another program.
[[nodiscard]] inline bool read_string_members(std::string_view object, std::initializer_list<StringMember> members) {
  json::Reader in(object);
  const auto take = [&](std::string_view name) {
    if (in.peek() != '"') return in.skip_value();
    for (const StringMember& member : members) {
      if (member.name == name) return in.string(member.value);
    }
    return in.skip_value();
  };
  return text::is_valid_utf8(object) && in.members(take) && in.ends();
}

}  // namespace reel::appwrite

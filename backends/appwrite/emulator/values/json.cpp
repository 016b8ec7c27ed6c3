#include <emulator/values/json.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>

namespace reel::emulator {
namespace {

/// Whether the JSON nests deeper than PHP parses.
bool is_too_deep(std::string_view text) {
  constexpr int deepest = 512;
  int depth = 0;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char letter = text[i];
    if (letter == '"') quoted = !quoted;
    if (quoted) {
      if (letter == '\\') ++i;
    } else if (letter == '[' || letter == '{') {
      if (++depth > deepest) return true;
    } else if (letter == ']' || letter == '}') {
      --depth;
    }
  }
  return false;
}

/// The parser rejects numbers beyond the range of doubles, which PHP parses as infinite. They are replaced by strings
/// of one noncharacter before parsing and converted by normalise().
constexpr std::string_view infinite = "\xEF\xB7\x90";
constexpr std::string_view infinite_below = "\xEF\xB7\x91";

/// Replaces those numbers.
std::string with_infinities(std::string_view text) {
  std::string out;
  bool quoted = false;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t end = quoted ? i : std::min(text.find_first_not_of("0123456789+-.eE", i), text.size());
    const std::string number{text.substr(i, end - i)};
    if (end != i && (number[0] == '-' || std::isdigit(static_cast<unsigned char>(number[0])) != 0)) {
      char* stop = nullptr;
      const double value = std::strtod(number.c_str(), &stop);
      const bool replaced = *stop == '\0' && std::isinf(value);
      out += replaced ? '"' + std::string{value > 0 ? infinite : infinite_below} + '"' : number;
      i = end;
      continue;
    }
    if (text[i] == '"') quoted = !quoted;
    if (quoted && text[i] == '\\' && i + 1 < text.size()) out += text[i++];
    out += text[i++];
  }
  return out;
}

/// Parses JSON; a discarded value if it is not valid.
Json parse_numbers(std::string_view text) {
  try {
    return Json::parse(text.begin(), text.end());
  } catch (const Json::out_of_range&) {
    const std::string finite = with_infinities(text);
    return Json::parse(finite.begin(), finite.end(), nullptr, false);
  } catch (const Json::parse_error&) {
    return Json(Json::value_t::discarded);
  }
}

/// Converts the result of the parser to the values PHP would have.
void normalise(Json& value) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    const double beyond = std::numeric_limits<double>::infinity();
    if (text == infinite || text == infinite_below) value = text == infinite ? beyond : -beyond;
  } else if (value.is_number_unsigned()) {
    const auto number = value.get<std::uint64_t>();
    if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      value = static_cast<double>(number);
    } else {
      value = static_cast<std::int64_t>(number);
    }
  } else if (value.is_array()) {
    for (Json& element : value) normalise(element);
  } else if (value.is_object()) {
    for (auto& [key, element] : value.items()) normalise(element);
    if (!is_list(value)) return;
    Json list = Json::array();
    for (auto& [key, element] : value.items()) list.push_back(std::move(element));
    value = std::move(list);
  }
}

/// The number in a string of only a number and white space; otherwise empty.
std::optional<Json> number_in(std::string_view text) {
  constexpr std::string_view space = " \t\n\r\v\f";
  const std::size_t first = std::min(text.find_first_not_of(space), text.size());
  const std::size_t last = text.find_last_not_of(space);
  text = last == std::string_view::npos ? std::string_view{} : text.substr(first, last - first + 1);
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  if (text.find_first_not_of("0123456789.eE+-") != std::string_view::npos) return std::nullopt;
  const char* const end = text.data() + text.size();
  std::int64_t whole = 0;
  if (const auto [stop, error] = std::from_chars(text.data(), end, whole); error == std::errc{} && stop == end)
    return Json(whole);
  double real = 0;
  if (const auto [stop, error] = std::from_chars(text.data(), end, real); error == std::errc{} && stop == end)
    return Json(real);
  return std::nullopt;
}

/// Whether the byte is written unchanged without looking at the next ones.
bool is_plain(char letter) {
  const auto byte = static_cast<unsigned char>(letter);
  return byte >= 0x20 && byte != '"' && byte != '\\' && byte != '/' && byte != 0xE2;
}

void write_text(std::string& out, std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += '"';
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t plain = i;
    while (i < text.size() && is_plain(text[i])) ++i;
    out += text.substr(plain, i - plain);
    if (i == text.size()) break;
    const char letter = text[i];
    switch (letter) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '/':
        out += "\\/";
        break;
      case '\b':
        out += "\\b";
        break;
      case '\f':
        out += "\\f";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(letter) < 0x20) {
          out += "\\u00";
          out += digits[static_cast<unsigned char>(letter) >> 4];
          out += digits[static_cast<unsigned char>(letter) & 0xF];
        } else if (text.substr(i, 3) == "\xE2\x80\xA8" || text.substr(i, 3) == "\xE2\x80\xA9") {
          out += text[i + 2] == '\xA8' ? "\\u2028" : "\\u2029";
          i += 2;
        } else {
          out += letter;
        }
    }
  }
  out += '"';
}

void write(std::string& out, const Json& value) {
  switch (value.type()) {
    case Json::value_t::string:
      return write_text(out, value.get_ref<const std::string&>());
    case Json::value_t::number_float:
      out += write_double(value.get<double>());
      return;
    case Json::value_t::array: {
      out += '[';
      bool first = true;
      for (const Json& element : value) {
        if (!first) out += ',';
        first = false;
        write(out, element);
      }
      out += ']';
      return;
    }
    case Json::value_t::object: {
      out += '{';
      bool first = true;
      for (const auto& [key, element] : value.items()) {
        if (!first) out += ',';
        first = false;
        write_text(out, key);
        out += ':';
        write(out, element);
      }
      out += '}';
      return;
    }
    default:
      out += value.dump();
  }
}

}  // namespace

std::optional<Json> parse_json(std::string_view text) {
  const bool unreadable = text.starts_with("\xEF\xBB\xBF") || text.find('\0') != std::string_view::npos;
  if (unreadable || is_too_deep(text)) return std::nullopt;
  Json value = parse_numbers(text);
  if (value.is_discarded()) return std::nullopt;
  normalise(value);
  return value;
}

std::string write_json(const Json& value) {
  std::string out;
  write(out, value);
  return out;
}

std::string write_double(double number) {
  if (!std::isfinite(number)) return "0";
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, std::fabs(number), std::chars_format::scientific).ptr;
  const std::string_view shortest{buffer, static_cast<std::size_t>(end - buffer)};
  const std::size_t e = shortest.find('e');
  int exponent = 0;
  const std::string_view power = shortest.substr(e + 1);
  const bool below = power[0] == '-';
  std::from_chars(power.data() + 1, power.data() + power.size(), exponent);
  if (below) exponent = -exponent;
  std::string digits;
  for (const char letter : shortest.substr(0, e)) {
    if (letter != '.') digits += letter;
  }
  std::string out = std::signbit(number) ? "-" : "";
  if (exponent < -4 || exponent >= 17) {
    out += digits.substr(0, 1) + '.' + (digits.size() > 1 ? digits.substr(1) : "0");
    out += exponent < 0 ? "e-" : "e+";
    return out + std::to_string(std::abs(exponent));
  }
  if (exponent < 0) return out + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  const auto whole = static_cast<std::size_t>(exponent) + 1;
  if (digits.size() <= whole) return out + digits + std::string(whole - digits.size(), '0');
  return out + digits.substr(0, whole) + '.' + digits.substr(whole);
}

bool php_bool(const Json& value) {
  switch (value.type()) {
    case Json::value_t::boolean:
      return value.get<bool>();
    case Json::value_t::string: {
      const auto& text = value.get_ref<const std::string&>();
      return !text.empty() && text != "0";
    }
    case Json::value_t::null:
      return false;
    case Json::value_t::array:
    case Json::value_t::object:
      return !value.empty();
    default:
      return value.get<double>() != 0;
  }
}

bool is_numeric(const Json& value) {
  return value.is_number() || (value.is_string() && number_in(value.get_ref<const std::string&>()));
}

Json numeric_value(const Json& value) {
  return value.is_string() ? *number_in(value.get_ref<const std::string&>()) : value;
}

bool is_list(const Json& object) {
  std::size_t index = 0;
  for (const auto& [key, value] : object.items()) {
    if (key != std::to_string(index++)) return false;
  }
  return true;
}

Json with_names(Json array) {
  if (!array.is_array()) return array;
  Json object = Json::object();
  for (std::size_t i = 0; i < array.size(); ++i) object[std::to_string(i)] = std::move(array[i]);
  return object;
}

std::string php_type(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null:
      return "NULL";
    case Json::value_t::boolean:
      return "boolean";
    case Json::value_t::string:
      return "string";
    case Json::value_t::number_float:
      return "double";
    case Json::value_t::array:
    case Json::value_t::object:
      return "array";
    default:
      return "integer";
  }
}

const Json* member(const Json& object, std::string_view name) {
  if (!object.is_object()) return nullptr;
  for (const auto& [key, value] : object.get_ref<const Json::object_t&>()) {
    if (key == name) return &value;
  }
  return nullptr;
}

}  // namespace reel::emulator

#include <emulator/values/validator.hpp>

#include <algorithm>
#include <utility>

namespace reel::emulator {
namespace {

bool is_word(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9');
}

bool is_integer(const Json& value, bool loose) {
  return value.is_number_integer() || (loose && is_numeric(value) && numeric_value(value).is_number_integer());
}

std::string lower(std::string text) {
  for (char& letter : text) letter = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
  return text;
}

std::string or_null(std::string sentence) {
  if (!sentence.empty()) sentence += " or null";
  return sentence;
}

}  // namespace

Validator rule(std::function<bool(const Json&)> accepts, std::string sentence) {
  return {[accepts = std::move(accepts), sentence = std::move(sentence)](const Json& value) {
    return accepts(value) ? std::string{} : sentence;
  }};
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }));
}

std::string text_sentence(std::size_t most, std::size_t least) {
  std::string sentence = "Value must be a valid string";
  if (least == most) return sentence + " and exactly " + std::to_string(most) + " chars";
  if (least != 0) sentence += " and at least " + std::to_string(least) + " chars";
  if (most != 0) sentence += " and no longer than " + std::to_string(most) + " chars";
  return sentence;
}

Validator text(std::size_t most, std::size_t least) {
  return rule(
      [most, least](const Json& value) {
        if (!value.is_string()) return false;
        const std::size_t size = characters(value.get_ref<const std::string&>());
        return size >= least && (most == 0 || size <= most);
      },
      text_sentence(most, least));
}

std::string key_sentence() {
  return "Parameter must contain at most 36 chars. Valid chars are a-z, A-Z, 0-9, period, hyphen, and underscore. "
         "Can't "
         "start with a special char";
}

bool is_key(std::string_view text) {
  if (text.empty() || text.size() > 36 || !is_word(text[0])) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char letter) { return is_word(letter) || letter == '_' || letter == '-' || letter == '.'; });
}

Validator key() {
  return rule([](const Json& value) { return value.is_string() && is_key(value.get_ref<const std::string&>()); },
              key_sentence());
}

Validator custom_id() {
  return rule(
      [](const Json& value) {
        return value.is_string() && (value == "unique()" || is_key(value.get_ref<const std::string&>()));
      },
      key_sentence());
}

Validator uid() {
  return rule([](const Json& value) { return value.is_string() && is_key(value.get_ref<const std::string&>()); },
              "UID must contain at most 36 chars. Valid chars are a-z, A-Z, 0-9, and underscore. Can't start with a "
              "leading underscore");
}

Validator boolean(bool loose) {
  return rule(
      [loose](const Json& value) {
        if (!loose) return value.is_boolean();
        return value.is_boolean() || value == "true" || value == "false" || value == "1" || value == "0" ||
               (value.is_number_integer() && (value == 0 || value == 1));
      },
      "Value must be a valid boolean");
}

Validator integer(bool loose) {
  return rule([loose](const Json& value) { return is_integer(value, loose); }, "Value must be a valid integer");
}

Validator floating() {
  return rule([](const Json& value) { return value.is_number(); }, "Value must be a valid float");
}

std::string with_commas(std::string digits) {
  const std::size_t first = digits.starts_with('-') ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3;) digits.insert(at -= 3, ",");
  return digits;
}

std::string range_sentence(std::int64_t least, std::int64_t most) {
  return "Value must be a valid range between " + with_commas(std::to_string(least)) + " and " +
         with_commas(std::to_string(most));
}

Validator integer_range(std::int64_t least, std::int64_t most) {
  return rule(
      [least, most](const Json& value) {
        return is_integer(value, true) && numeric_value(value) >= least && numeric_value(value) <= most;
      },
      range_sentence(least, most));
}

std::string one_of_sentence(const std::vector<std::string>& choices) {
  std::string sentence = "Value must be one of (";
  for (const std::string& choice : choices) sentence += (&choice == choices.data() ? "" : ", ") + choice;
  return sentence + ")";
}

Validator one_of(std::vector<std::string> choices, bool ignore_case) {
  std::string sentence = one_of_sentence(choices);
  return rule(
      [choices = std::move(choices), ignore_case](const Json& value) {
        if (!value.is_string()) return false;
        const auto& text = value.get_ref<const std::string&>();
        return std::find(choices.begin(), choices.end(), ignore_case ? lower(text) : text) != choices.end();
      },
      std::move(sentence));
}

Validator list_of(Validator element, std::string element_sentence, std::size_t most) {
  std::string sentence = "Value must a valid array";
  if (most != 0) sentence += " no longer than " + std::to_string(most) + " items";
  sentence += " and " + element_sentence;
  return rule(
      [element = std::move(element), most](const Json& value) {
        if (!value.is_array() || (most != 0 && value.size() > most)) return false;
        return std::all_of(value.begin(), value.end(), [&](const Json& one) { return element.problem(one).empty(); });
      },
      std::move(sentence));
}

Validator nullable(Validator validator) {
  return {[inner = std::move(validator)](const Json& value) {
    return value.is_null() ? std::string{} : or_null(inner.problem(value));
  }};
}

}  // namespace reel::emulator

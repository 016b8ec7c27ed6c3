#include <emulator/queries/like.hpp>

#include <reel/text/collation.hpp>
#include <reel/text/utf8.hpp>
#include <string>

namespace reel::emulator {

LikePattern::LikePattern(std::string_view value, bool open_begin, bool open_end) {
  std::string pattern = open_begin ? "%" : "";
  for (const char letter : value) {
    if (letter == '%' || letter == '_') pattern += '\\';
    pattern += letter;
  }
  if (open_end) pattern += '%';
  const char* position = pattern.data();
  const char* const end = position + pattern.size();
  while (position != end) {
    const char letter = *position;
    if (letter == '\\' && position + 1 != end) {
      ++position;
    } else if (letter == '%' || letter == '_') {
      tokens_.push_back(letter == '%' ? many : one);
      ++position;
      continue;
    }
    tokens_.push_back(reel::text::weight(reel::text::next_code_point(position, end)));
  }
}

bool LikePattern::matches(std::string_view text) const {
  std::vector<int> weights;
  weights.reserve(text.size());
  for (reel::text::WeightReader reader{text}; !reader.done();) weights.push_back(reader.next());
  std::size_t at = 0;
  std::size_t token = 0;
  std::size_t retry_token = tokens_.size() + 1;
  std::size_t retry_at = 0;
  while (at < weights.size()) {
    if (token < tokens_.size() && tokens_[token] == many) {
      retry_token = ++token;
      retry_at = at;
    } else if (token < tokens_.size() && (tokens_[token] == one || tokens_[token] == weights[at])) {
      ++token;
      ++at;
    } else if (retry_token <= tokens_.size()) {
      token = retry_token;
      at = ++retry_at;
    } else {
      return false;
    }
  }
  while (token < tokens_.size() && tokens_[token] == many) ++token;
  return token == tokens_.size();
}

}  // namespace reel::emulator

#include "request.hpp"

#include <algorithm>

#include <reel/text/percent.hpp>

namespace tool::web {
namespace {

/// The decoded string, or nothing for a malformed escape or an escaped control character.
std::optional<std::string> decoded(std::string_view text, bool is_form) {
  std::string escaped(text);
  if (is_form) std::replace(escaped.begin(), escaped.end(), '+', ' ');
  std::optional<std::string> bytes = reel::text::percent_decoded(escaped);
  const auto is_control = [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; };
  if (bytes && std::any_of(bytes->begin(), bytes->end(), is_control)) return std::nullopt;
  return bytes;
}

}  // namespace

std::string_view value_in(const Pairs& pairs, std::string_view name) {
  const auto found = std::find_if(pairs.begin(), pairs.end(), [&](const auto& pair) { return pair.first == name; });
  return found == pairs.end() ? std::string_view() : std::string_view(found->second);
}

bool Request::has_parameter(std::string_view name) const {
  return std::any_of(query.begin(), query.end(), [&](const auto& pair) { return pair.first == name; });
}

std::optional<Pairs> read_form(std::string_view text) {
  Pairs pairs;
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    auto name = decoded(pair.substr(0, equals), true);
    auto value = decoded(pair.substr(std::min(equals + 1, pair.size())), true);
    if (!name || !value) return std::nullopt;
    if (!name->empty()) pairs.emplace_back(*std::move(name), *std::move(value));
  }
  return pairs;
}

bool read_target(std::string_view target, Request& request) {
  target = target.substr(0, target.find('#'));
  const std::size_t question = std::min(target.find('?'), target.size());
  std::string_view path = target.substr(0, question);
  auto query = read_form(target.substr(std::min(question + 1, target.size())));
  if (!path.starts_with('/') || !query) return false;
  request.query = *std::move(query);
  request.path.clear();
  while (path.size() > 1) {
    path.remove_prefix(1);
    const std::size_t slash = std::min(path.find('/'), path.size());
    auto segment = decoded(path.substr(0, slash), false);
    if (!segment || segment->empty() || *segment == "." || *segment == "..") return false;
    request.path.push_back(*std::move(segment));
    path.remove_prefix(slash);
  }
  return true;
}

}  // namespace tool::web

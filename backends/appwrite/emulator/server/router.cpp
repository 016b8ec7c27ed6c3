#include <emulator/server/router.hpp>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include <emulator/http/url.hpp>

namespace reel::emulator {
namespace {

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> segments;
  std::size_t begin = 1;
  while (begin < path.size()) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    segments.emplace_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return segments;
}

/// The number of fixed segments, or an empty optional if the pattern does not match.
std::optional<int> match(const std::vector<std::string>& pattern, const std::vector<std::string>& segments) {
  if (pattern.size() != segments.size()) return std::nullopt;
  int fixed = 0;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i].starts_with(':')) continue;
    if (pattern[i] != segments[i]) return std::nullopt;
    ++fixed;
  }
  return fixed;
}

}  // namespace

void Router::add(std::string method, std::string pattern, RouteOptions options, Handler handler) {
  std::vector<std::string> segments = split(pattern);
  routes_.push_back(
      {std::move(method), std::move(pattern), std::move(segments), std::move(options), std::move(handler)});
}

Router::Match Router::find(std::string_view method, std::string_view path, Version version) const {
  // The real server drops segments that PHP considers empty ("" and "0") when it matches, but takes the values of the
  // `:name` segments from the path with them, so those values shift.
  const std::vector<std::string> sent = split(path);
  std::vector<std::string> segments;
  std::copy_if(sent.begin(), sent.end(), std::back_inserter(segments),
               [](const std::string& segment) { return !segment.empty() && segment != "0"; });
  Match best;
  int most = -1;
  for (const Route& route : routes_) {
    if (route.method != method || route.options.since > version) continue;
    const std::optional<int> fixed = match(route.segments, segments);
    if (!fixed || *fixed <= most) continue;
    most = *fixed;
    best.route = &route;
  }
  if (best.route == nullptr) return best;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const std::string& name = best.route->segments[i];
    if (name.starts_with(':')) best.path.emplace(name.substr(1), decode_percent(sent[i], false));
  }
  return best;
}

}  // namespace reel::emulator

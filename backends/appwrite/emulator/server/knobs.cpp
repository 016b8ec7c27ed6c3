#include <emulator/server/knobs.hpp>

#include <algorithm>

#include <emulator/server/call.hpp>

namespace reel::emulator {
namespace {

bool damages_sockets(FaultKind kind) {
  return kind == FaultKind::drop_event || kind == FaultKind::cut_socket || kind == FaultKind::mute_socket;
}

/// Whether the method and path of the rule match.
bool concerns_request(const FaultRule& rule, const Request& request) {
  return !damages_sockets(rule.fault.kind) && (rule.method.empty() || rule.method == request.method) &&
         (rule.path.empty() || request.path.find(rule.path) != std::string::npos);
}

bool concerns_channels(const FaultRule& rule, const std::vector<std::string>& channels) {
  return rule.path.empty() || std::any_of(channels.begin(), channels.end(), [&](const std::string& channel) {
           return channel.find(rule.path) != std::string::npos;
         });
}

/// The number of events after which the rule is tried; empty: before each event.
std::optional<std::int64_t> moment_of(const FaultRule& rule) {
  if (rule.fault.kind == FaultKind::drop_event) return std::nullopt;
  if (rule.after) return *rule.after;
  return rule.fault.kind == FaultKind::mute_socket ? std::optional<std::int64_t>{0} : std::nullopt;
}

bool happens_before(FaultKind kind) {
  return kind == FaultKind::refuse || kind == FaultKind::html || kind == FaultKind::redirect ||
         kind == FaultKind::drop_before;
}

void flip(char& byte, std::uint64_t bit) {
  byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1U << (bit % 8)));
}

/// Inverts one bit of the body. `where` is any number and selects the bit; a source is changed while it is read.
void flip_bit(Response& response, std::uint64_t where) {
  if (!response.source) {
    if (!response.body.empty()) flip(response.body[where / 8 % response.body.size()], where);
    return;
  }
  const auto position = static_cast<std::int64_t>(where / 8 % static_cast<std::uint64_t>(response.source->size));
  response.source->read = [read = response.source->read, position, where](std::int64_t offset, std::int64_t length) {
    std::string piece = read(offset, length);
    if (position >= offset && position < offset + length)
      flip(piece[static_cast<std::size_t>(position - offset)], where);
    return piece;
  };
}

std::string page(int status) {
  return "<html>\r\n<head><title>" + std::to_string(status) + "</title></head>\r\n<body><h1>" + std::to_string(status) +
         "</h1><p>The upstream server is not available.</p></body>\r\n</html>\r\n";
}

}  // namespace

void Knobs::add(FaultRule rule) {
  const std::lock_guard lock{mutex_};
  rules_.push_back({std::move(rule)});
}

void Knobs::clear() {
  const std::lock_guard lock{mutex_};
  rules_.clear();
  least_ = most_ = std::chrono::milliseconds{0};
}

void Knobs::latency(std::chrono::milliseconds least, std::chrono::milliseconds most) {
  const std::lock_guard lock{mutex_};
  least_ = least;
  most_ = std::max(least, most);
}

void Knobs::seed(std::uint64_t seed) {
  const std::lock_guard lock{mutex_};
  random_.seed(seed);
}

std::int64_t Knobs::hits() const {
  const std::lock_guard lock{mutex_};
  return hits_;
}

bool Knobs::strikes(Rule& active) {
  FaultRule& rule = active.rule;
  if (rule.chance < 1 && std::uniform_real_distribution<double>{}(random_) >= rule.chance) return false;
  if (rule.skip > 0) {
    --rule.skip;
    return false;
  }
  return ++active.matches % std::max(rule.every, 1) == 0;
}

template <class Concerns>
std::optional<Fault> Knobs::draw(const Concerns& concerns) {
  for (auto active = rules_.begin(); active != rules_.end(); ++active) {
    if (!concerns(active->rule) || !strikes(*active)) continue;
    Fault fault = active->rule.fault;
    if (active->rule.times != 0 && --active->rule.times == 0) rules_.erase(active);
    ++hits_;
    return fault;
  }
  return std::nullopt;
}

Response Knobs::refusal(const Fault& fault) const {
  if (fault.kind == FaultKind::drop_before) return {.delivery = Delivery::dropped};
  Response response;
  if (fault.kind == FaultKind::redirect) {
    response.status = 307;
    response.header("location", fault.location);
  } else if (fault.kind == FaultKind::html) {
    response = {.status = fault.status, .headers = {{"content-type", "text/html"}}, .body = page(fault.status)};
  } else {
    const bool limit = fault.status == 429;
    response = json_response(fault.status,
                             {{"message", limit ? "Rate limit for the current endpoint has been exceeded. Please try "
                                                  "again after some time."
                                                : "Server Error"},
                              {"code", fault.status},
                              {"type", limit ? "general_rate_limit_exceeded" : "general_unknown"},
                              {"version", version_}});
  }
  if (fault.retry_after) response.header("retry-after", std::to_string(fault.retry_after->count()));
  if (fault.reset_in) {
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    response.header("x-ratelimit-reset", std::to_string((now + *fault.reset_in).time_since_epoch().count()));
  }
  return response;
}

std::optional<Response> Knobs::before(const Request& request) {
  const std::lock_guard lock{mutex_};
  const std::optional<Fault> fault = draw([&](const FaultRule& rule) { return concerns_request(rule, request); });
  if (!fault) return std::nullopt;
  if (happens_before(fault->kind)) return refusal(*fault);
  pending_[&request] = *fault;
  return std::nullopt;
}

void Knobs::after(const Request& request, Response& response) {
  const std::lock_guard lock{mutex_};
  if (most_.count() > 0) {
    std::uniform_int_distribution<std::int64_t> delay{least_.count(), most_.count()};
    response.delay = std::chrono::milliseconds{delay(random_)};
  }
  const auto found = pending_.extract(&request);
  if (found.empty()) return;
  const Fault& fault = found.mapped();
  if (fault.kind == FaultKind::drop_after) response.delivery = Delivery::dropped;
  if (fault.kind == FaultKind::half) response.delivery = Delivery::half;
  if (fault.kind == FaultKind::delay) response.delay += fault.wait;
  if (fault.kind == FaultKind::flip_bit) flip_bit(response, random_());
}

std::optional<Fault> Knobs::before_event(const std::vector<std::string>& channels) {
  const std::lock_guard lock{mutex_};
  return draw([&](const FaultRule& rule) {
    return damages_sockets(rule.fault.kind) && !moment_of(rule) && concerns_channels(rule, channels);
  });
}

std::optional<Fault> Knobs::after_events(const std::vector<std::string>& channels, std::int64_t events) {
  const std::lock_guard lock{mutex_};
  return draw([&](const FaultRule& rule) {
    return damages_sockets(rule.fault.kind) && moment_of(rule) == events && concerns_channels(rule, channels);
  });
}

}  // namespace reel::emulator

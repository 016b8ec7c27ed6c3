#include <emulator/command_line.hpp>

#include <CLI/CLI.hpp>
#include <functional>
#include <iostream>
#include <map>
#include <stdexcept>
#include <utility>

namespace reel::emulator {
namespace {

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

FaultKind read_kind(const std::string& name) {
  static const std::map<std::string, FaultKind> kinds{
      {"refuse", FaultKind::refuse},           {"html", FaultKind::html},
      {"redirect", FaultKind::redirect},       {"drop-before", FaultKind::drop_before},
      {"drop-after", FaultKind::drop_after},   {"half", FaultKind::half},
      {"flip-bit", FaultKind::flip_bit},       {"delay", FaultKind::delay},
      {"drop-event", FaultKind::drop_event},   {"cut-socket", FaultKind::cut_socket},
      {"mute-socket", FaultKind::mute_socket},
  };
  const auto found = kinds.find(name);
  if (found == kinds.end())
    throw std::invalid_argument{"unknown kind of fault \"" + name + "\"; run with --help for the list"};
  return found->second;
}

/// Reads `yes` or `no`. Throws std::invalid_argument.
bool read_yes(const std::string& value) {
  if (value != "yes" && value != "no") throw std::invalid_argument{"neither yes nor no"};
  return value == "yes";
}

void set(FaultRule& rule, const std::string& name, const std::string& value) {
  using Setter = std::function<void(FaultRule&, const std::string&)>;
  static const std::map<std::string, Setter> setters{
      {"status", [](FaultRule& r, const std::string& v) { r.fault.status = std::stoi(v); }},
      {"retry-after",
       [](FaultRule& r, const std::string& v) { r.fault.retry_after = std::chrono::seconds{std::stoi(v)}; }},
      {"reset-in", [](FaultRule& r, const std::string& v) { r.fault.reset_in = std::chrono::seconds{std::stoi(v)}; }},
      {"location", [](FaultRule& r, const std::string& v) { r.fault.location = v; }},
      {"wait", [](FaultRule& r, const std::string& v) { r.fault.wait = std::chrono::milliseconds{std::stoi(v)}; }},
      {"method", [](FaultRule& r, const std::string& v) { r.method = v; }},
      {"path", [](FaultRule& r, const std::string& v) { r.path = v; }},
      {"skip", [](FaultRule& r, const std::string& v) { r.skip = std::stoi(v); }},
      {"times", [](FaultRule& r, const std::string& v) { r.times = std::stoi(v); }},
      {"chance", [](FaultRule& r, const std::string& v) { r.chance = std::stod(v); }},
      {"every", [](FaultRule& r, const std::string& v) { r.every = std::stoi(v); }},
      {"after", [](FaultRule& r, const std::string& v) { r.after = std::stoi(v); }},
      {"pings", [](FaultRule& r, const std::string& v) { r.fault.answers_pings = read_yes(v); }},
  };
  const auto found = setters.find(name);
  if (found == setters.end())
    throw std::invalid_argument{"unknown setting \"" + name + "\" of a fault; run with --help for the list"};
  try {
    found->second(rule, value);
  } catch (const std::logic_error&) {
    throw std::invalid_argument{"invalid value \"" + value + "\" of the fault setting \"" + name + "\""};
  }
}

}  // namespace

FaultRule read_fault(const std::string& text) {
  const std::vector<std::string> parts = split(text, ',');
  FaultRule rule{.fault = {.kind = read_kind(parts.front())}};
  for (auto part = parts.begin() + 1; part != parts.end(); ++part) {
    const std::size_t equals = part->find('=');
    set(rule, part->substr(0, equals), equals == std::string::npos ? std::string{} : part->substr(equals + 1));
  }
  return rule;
}

ApiKey read_limited_key(const std::string& text) {
  const std::size_t equals = text.find('=');
  const std::size_t colon = text.find(':', equals == std::string::npos ? 0 : equals);
  if (equals == std::string::npos || colon == std::string::npos || equals == 0 || colon == equals + 1) {
    throw std::invalid_argument{"invalid limited key: expected NAME=SECRET:scope,scope"};
  }
  ApiKey key{text.substr(0, equals), text.substr(equals + 1, colon - equals - 1), {}};
  if (colon + 1 < text.size()) key.scopes = split(text.substr(colon + 1), ',');
  return key;
}

std::optional<CommandLine> read_command_line(int argc, const char* const* argv) {
  CommandLine line;
  Config& config = line.config;
  std::string key;
  std::vector<std::string> limited_keys, faults;
  std::vector<int> latency;
  auto session_lifetime = config.session_lifetime.count();
  int worker_delay = static_cast<int>(config.worker_delay.count());
  CLI::App app{"A local HTTP server that imitates Appwrite", "reel-appwrite-emulator"};
  app.add_option("--port", config.port, "Port to listen on; 0: any free port");
  app.add_option("--address", config.address, "Address to listen on")->capture_default_str();
  app.add_option("--project", config.project, "Id of the project")->capture_default_str();
  app.add_option("--key", key, "Secret of the API key that has all scopes")->required();
  app.add_option("--limited-key", limited_keys,
                 "NAME=SECRET:scope,scope  An API key with these scopes; may be repeated");
  app.add_option("--storage-limit", config.storage_limit, "Largest maximumFileSize of a bucket, in bytes")
      ->capture_default_str();
  app.add_option("--version", config.version, "Version of Appwrite to imitate")->capture_default_str();
  app.add_option("--data", config.data,
                 "Folder that keeps all data, written when the server ends; without it nothing is kept");
  const CLI::Option* threads = app.add_option("--threads", config.threads,
                                              "Threads that serve requests; 6 with --races, so that requests overlap")
                                   ->check(CLI::Range(1, 256))
                                   ->capture_default_str();
  app.add_flag("--old-libmagic", config.old_libmagic,
               "Report subtitles as text/plain, as an old libmagic does, not application/x-subrip or text/vtt");
  app.add_flag("--rate-limits", config.rate_limits,
               "Refuse too many requests of users and guests with 429; API keys have no limit");
  app.add_flag("--realtime-bugs", config.realtime_bugs,
               "Lose events of /v1/realtime as servers before 1.9 do, not only because of --fault");
  app.add_option("--session-lifetime", session_lifetime, "Seconds after which a session expires")
      ->capture_default_str();
  app.add_option("--worker-delay", worker_delay, "Milliseconds for which attributes and indexes are 'processing'")
      ->capture_default_str();
  app.add_option("--latency", latency, "Delay of every response in milliseconds, or the least and the most")
      ->expected(1, 2);
  app.add_option("--fault", faults,
                 "KIND[,NAME=VALUE]...  refuse, html, redirect, drop-before, drop-after, half, flip-bit, delay, "
                 "drop-event, cut-socket or mute-socket with status, retry-after, reset-in, location, wait, method, "
                 "path, skip, times, every, chance, after, pings; may be repeated");
  app.add_option("--races", config.races,
                 "SEED  Imitate the races of a real server: stale reads by id, updates that write whole rows, two "
                 "removals of one document ...; repeatable for the same seed and requests");
  app.add_option("--seed", line.seed, "Seed of the chances of faults and of the latencies")->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    app.exit(help);
    return std::nullopt;
  } catch (const CLI::ParseError& error) {
    throw std::invalid_argument{error.what()};
  }
  constexpr unsigned racing_threads = 6;
  if (config.races && threads->empty()) config.threads = racing_threads;
  config.session_lifetime = std::chrono::seconds{session_lifetime};
  config.worker_delay = std::chrono::milliseconds{worker_delay};
  config.keys.push_back({"all", key, {"*"}});
  for (const std::string& text : limited_keys) config.keys.push_back(read_limited_key(text));
  for (const std::string& text : faults) line.faults.push_back(read_fault(text));
  if (!latency.empty()) line.least_latency = std::chrono::milliseconds{latency.front()};
  if (!latency.empty()) line.most_latency = std::chrono::milliseconds{latency.back()};
  return line;
}

}  // namespace reel::emulator

#include <emulator/realtime/subscription.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include <emulator/values/time.hpp>

namespace reel::emulator {
namespace {

bool contains(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

void add_once(std::vector<std::string>& list, std::string text) {
  if (!contains(list, text)) list.push_back(std::move(text));
}

bool is_action(std::string_view word) {
  constexpr std::array<std::string_view, 4> actions = {"create", "update", "upsert", "delete"};
  return std::find(actions.begin(), actions.end(), word) != actions.end();
}

/// The channel that a client means by `account` or `account.…`; empty: none.
std::string account_channel(const std::string& channel, std::string_view user_id, Version version) {
  const std::string_view rest = std::string_view{channel}.substr(std::string_view{"account."}.size());
  if (version < Version{1, 9, 5} || !is_action(rest)) return {};
  return user_id.empty() ? channel : "account." + std::string{user_id} + "." + std::string{rest};
}

std::string parameter_of(std::string channel) {
  std::replace(channel.begin(), channel.end(), '.', '_');
  return channel;
}

std::vector<std::string> texts_of(const Json& slot) {
  std::vector<std::string> texts;
  if (slot.is_string()) texts.push_back(slot.get<std::string>());
  if (!slot.is_structured()) return texts;
  for (const Json& text : slot) texts.push_back(text.is_string() ? text.get<std::string>() : text.dump());
  return texts;
}

/// The slots of a channel's parameter: an array has its own indexes, any other value is slot 0.
std::vector<std::pair<std::string, Json>> slots_of(const Json& value) {
  std::vector<std::pair<std::string, Json>> slots;
  if (!value.is_structured()) return {{"0", value}};
  for (const auto& item : value.items()) slots.emplace_back(item.key(), item.value());
  return slots;
}

}  // namespace

bool Subscription::matches(const Event& event) const {
  return std::any_of(event.channels.begin(), event.channels.end(),
                     [&](const std::string& channel) { return contains(channels, channel); }) &&
         queries.match(event.payload);
}

std::vector<std::string> convert_channels(const Json& list, std::string_view user_id, Version version) {
  std::vector<std::string> channels;
  std::vector<std::string> added;
  for (const Json& item : list) {
    if (!item.is_string()) continue;
    const auto& channel = item.get_ref<const std::string&>();
    if (channel.starts_with("account.")) {
      std::string converted = account_channel(channel, user_id, version);
      if (!converted.empty()) add_once(channels, std::move(converted));
      continue;
    }
    add_once(channels, channel);
    if (channel == "account" && !user_id.empty()) added.push_back("account." + std::string{user_id});
  }
  for (std::string& channel : added) add_once(channels, std::move(channel));
  return channels;
}

std::vector<Subscription> read_subscriptions(const std::vector<std::string>& channels, const Json& parameters,
                                             Version version) {
  if (version < Version{1, 9, 0}) return {Subscription{make_id(), channels}};
  std::vector<std::pair<std::string, Subscription>> found;
  const auto slot = [&](const std::string& index) -> Subscription& {
    for (auto& [name, subscription] : found) {
      if (name == index) return subscription;
    }
    return found.emplace_back(index, Subscription{make_id(), {}}).second;
  };
  for (const std::string& channel : channels) {
    const std::string name = parameter_of(channel);
    const Json* value = member(parameters, name);
    if (value == nullptr || (name == "project" && value->is_string())) {
      slot("0").channels.push_back(channel);
      continue;
    }
    for (const auto& [index, queries] : slots_of(*value)) {
      Subscription& subscription = slot(index);
      add_once(subscription.channels, channel);
      if (subscription.queries.texts().empty()) subscription.queries = RuntimeQueries{texts_of(queries), version};
    }
  }
  std::vector<Subscription> subscriptions;
  for (auto& [index, subscription] : found) subscriptions.push_back(std::move(subscription));
  return subscriptions;
}

}  // namespace reel::emulator

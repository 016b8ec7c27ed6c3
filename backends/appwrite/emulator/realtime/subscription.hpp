#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <emulator/realtime/event.hpp>
#include <emulator/realtime/runtime_query.hpp>
#include <emulator/server/version.hpp>
#include <emulator/values/json.hpp>

namespace reel::emulator {

/// The channels that a connection listens to under one id. It receives an event once, however many channels match.
struct Subscription {
  std::string id;  ///< Shown from 1.9 on.
  std::vector<std::string> channels;
  RuntimeQueries queries{};

  /// Whether the event is on one of the channels and its payload matches the queries.
  bool matches(const Event& event) const;
};

/// The channels of a connection, without duplicates, from the list in the parameter `channels`. Adds
/// `account.USER` after `account` for a user and drops all other `account.…`. From 1.9.5 on `account.ACTION` becomes
/// `account.USER.ACTION`; a guest keeps it.
std::vector<std::string> convert_channels(const Json& list, std::string_view user_id, Version version);

/// The subscriptions that the parameters of a request describe, with new ids. Before 1.9 there is one. From 1.9 on a
/// parameter that is named like a channel, with `_` for `.`, contains its queries: `documents[0][]` are those of the
/// first subscription, `documents[1][]` of the second. Throws as RuntimeQueries does.
std::vector<Subscription> read_subscriptions(const std::vector<std::string>& channels, const Json& parameters,
                                             Version version);

}  // namespace reel::emulator

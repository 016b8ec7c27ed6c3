#pragma once

#include <memory>

#include <reel/backends/appwrite/change_signal.hpp>
#include <reel/backends/appwrite/config.hpp>
#include <reel/backends/appwrite_realtime/socket_signal.hpp>

namespace reel {

/// For `AppwriteConfig::realtime`: watches are woken by the realtime socket of the server, within milliseconds of a
/// change, instead of by the next look at the records.
///
///     reel::AppwriteConfig config = reel::AppwriteConfig::from_environment();
///     config.session = reel::ApiKey(secret_of_a_session);  // or config.jwt
///     config.realtime = reel::appwrite_realtime();
///     reel::Appwrite store(config);
///
/// The server sends an event to the users who may read the record, and knows none by an API key: without a session or
/// JWT only what everyone may read is reported. The watch finds all other changes at its next look,
/// every 30 s while the socket is connected. `WatchStatus::state` is then `live`, otherwise `polling`.
///
/// Each watch has one socket, with the proxy and certificate settings of `Appwrite`. Needs Boost 1.81 (Beast, Asio).
[[nodiscard]] inline appwrite::ChangeSignalFactory appwrite_realtime() {
  return [](const AppwriteConfig& config, const appwrite::SignalScope& scope) {
    return std::make_unique<appwrite::SocketSignal>(config, scope);
  };
}

}  // namespace reel

#pragma once

namespace reel {
class StoreUrl;
struct AppwriteConfig;
}  // namespace reel

namespace tool {

/// Returns the configuration of an `appwrite:` URL. Reports ignored lines of the settings file on standard error.
/// Later, each wait for a server that does not respond is reported there too, at most once a second. With a session,
/// watches are woken by the realtime socket, if the command is built with it.
///
/// Throws what `AppwriteConfig::from` throws.
[[nodiscard]] reel::AppwriteConfig appwrite_config(const reel::StoreUrl& url);

}  // namespace tool

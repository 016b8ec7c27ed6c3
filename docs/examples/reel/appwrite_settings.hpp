#pragma once

namespace reel {
class StoreUrl;
struct AppwriteConfig;
}  // namespace reel

namespace tool {

/// The configuration of an `appwrite:` URL. Lines of the file that were ignored are reported on standard error, and so
/// is later each wait for a server that does not answer, at most one a second.
///
/// Throws what `AppwriteConfig::from` throws.
[[nodiscard]] reel::AppwriteConfig appwrite_config(const reel::StoreUrl& url);

}  // namespace tool

#pragma once

#include <string>

namespace reel {
struct AppwriteConfig;
}

namespace tool {

/// The configuration of the store `appwrite:FILE`: from that file, completed by the environment; of `appwrite:` from
/// the environment, completed by `.env`. Lines of the file that were ignored are reported on standard error, and so is
/// later each wait for a server that does not answer, at most one a second.
///
/// Throws what `AppwriteConfig::from_environment` and `from_file` throw.
[[nodiscard]] reel::AppwriteConfig appwrite_config(const std::string& url);

}  // namespace tool

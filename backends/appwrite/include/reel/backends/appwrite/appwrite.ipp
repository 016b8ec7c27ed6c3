#pragma once

#include <memory>
#include <utility>

#include <reel/backends/appwrite.hpp>
#include <reel/backends/appwrite/client.hpp>
#include <reel/backends/appwrite/curl_transport.hpp>
#include <reel/backends/appwrite/store.hpp>
#include <reel/backends/appwrite/transport.hpp>

namespace reel {

namespace appwrite {

/// Creates the default transport. Checks the configuration first, because `CurlTransport` expects a valid endpoint.
[[nodiscard]] inline AnyTransport over_curl(AppwriteConfig config) {
  config.check();
  return AnyTransport(std::make_shared<CurlTransport>(config));
}

}  // namespace appwrite

REEL_INLINE Appwrite::Appwrite(AppwriteConfig config, appwrite::SetupOptions setup)
    : Appwrite(config, appwrite::over_curl(config), std::move(setup)) {}
REEL_INLINE Appwrite::Appwrite(AppwriteConfig config, appwrite::AnyTransport transport, appwrite::SetupOptions setup)
    : Appwrite(appwrite::Client(std::move(config), std::move(transport)), std::move(setup)) {}
REEL_INLINE Appwrite::Appwrite(appwrite::Client client, appwrite::SetupOptions setup)
    : Appwrite(std::make_shared<appwrite::Store>(std::move(client), std::move(setup))) {}
REEL_INLINE Appwrite::Appwrite(std::shared_ptr<appwrite::Store> store) : HiddenStore(std::move(store)) {}

REEL_INLINE Appwrite Appwrite::with(appwrite::Limits limits) const {
  return Appwrite(std::make_shared<appwrite::Store>(hidden<appwrite::Store>().with(std::move(limits))));
}

REEL_INLINE const appwrite::Client& Appwrite::client() const noexcept { return hidden<appwrite::Store>().client(); }

}  // namespace reel

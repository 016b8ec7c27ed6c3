#pragma once

#include <memory>
#include <string>

#include <reel/backends/appwrite/client.hpp>
#include <reel/backends/appwrite/curl_transport.hpp>
#include <reel/backends/appwrite/transport.hpp>

namespace live {

inline reel::AppwriteConfig config(const std::string& endpoint) {
  reel::AppwriteConfig config;
  config.endpoint = endpoint;
  config.project = "films";
  config.key = reel::ApiKey("standard_5ec2e7");
  config.retry.max_attempts = 1;
  return config;
}

inline reel::appwrite::Client client(const reel::AppwriteConfig& config) {
  return {config, reel::appwrite::AnyTransport(std::make_shared<reel::appwrite::CurlTransport>(config))};
}

/// Returns the error that the transport throws.
template <class F>
reel::appwrite::TransportError fault_of(F&& body) {
  try {
    body();
  } catch (const reel::appwrite::TransportError& error) {
    return error;
  }
  throw std::logic_error("no error was thrown");
}

}  // namespace live

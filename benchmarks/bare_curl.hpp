#pragma once

#include <curl/curl.h>

#include <stdexcept>
#include <string>
#include <vector>

#include <reel/backends/appwrite/http.hpp>

/// The minimum of a libcurl client: sends prepared bytes and receives those of the response.
namespace bench::bare {

struct Request {
  std::string url;
  reel::appwrite::HttpRequest sent;
  curl_slist* headers = nullptr;

  Request(const std::string& endpoint, reel::appwrite::HttpRequest request)
      : url(endpoint + target_of(request)), sent(std::move(request)) {
    for (const auto& [name, value] : sent.headers) headers = curl_slist_append(headers, (name + ": " + value).c_str());
  }
  Request(Request&& other) noexcept
      : url(std::move(other.url)), sent(std::move(other.sent)), headers(std::exchange(other.headers, nullptr)) {}
  Request& operator=(Request&&) = delete;
  ~Request() { curl_slist_free_all(headers); }
};

/// A client with one connection.
class Connection {
 public:
  Connection() {
    curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy_, CURLOPT_ACCEPT_ENCODING, "gzip");
    curl_easy_setopt(easy_, CURLOPT_WRITEFUNCTION, &append);
    curl_easy_setopt(easy_, CURLOPT_WRITEDATA, &answer_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { curl_easy_cleanup(easy_); }

  const std::string& send(const Request& request) {
    answer_.clear();
    curl_easy_setopt(easy_, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(easy_, CURLOPT_HTTPHEADER, request.headers);
    if (request.sent.method == reel::appwrite::Method::post) {
      curl_easy_setopt(easy_, CURLOPT_POST, 1L);
      curl_easy_setopt(easy_, CURLOPT_POSTFIELDSIZE, static_cast<long>(request.sent.body.size()));
      curl_easy_setopt(easy_, CURLOPT_POSTFIELDS, request.sent.body.c_str());
    } else {
      curl_easy_setopt(easy_, CURLOPT_HTTPGET, 1L);
    }
    long status = 0;
    if (curl_easy_perform(easy_) != CURLE_OK || curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK ||
        status / 100 != 2)
      throw std::runtime_error("the bare request failed: " + std::to_string(status) + " " + answer_);
    return answer_;
  }

 private:
  static std::size_t append(char* bytes, std::size_t, std::size_t size, void* answer) {
    static_cast<std::string*>(answer)->append(bytes, size);
    return size;
  }

  CURL* easy_ = curl_easy_init();
  std::string answer_;
};

}  // namespace bench::bare

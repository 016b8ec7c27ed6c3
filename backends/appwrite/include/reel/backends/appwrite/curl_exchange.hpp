#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include <curl/curl.h>

#include <reel/backends/appwrite/config.hpp>
#include <reel/backends/appwrite/connection.hpp>
#include <reel/backends/appwrite/http.hpp>
#include <reel/backends/appwrite/transport.hpp>

namespace reel::appwrite {

/// Calls a C function as the deleter of a `std::unique_ptr`.
template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* handle) const {
    Free(handle);
  }
};
using CurlMulti = std::unique_ptr<CURLM, Freed<curl_multi_cleanup>>;
using CurlEasy = std::unique_ptr<CURL, Freed<curl_easy_cleanup>>;
using CurlList = std::unique_ptr<curl_slist, Freed<curl_slist_free_all>>;

/// A libcurl handle with its open connections, used by one thread at a time. The multi handle is used because another
/// thread can wake it up, which an easy handle does not offer.
struct CurlSlot {
  CurlMulti multi{curl_multi_init()};
  CurlEasy easy{curl_easy_init()};
};

/// Why libcurl ended a request.
[[nodiscard]] constexpr Fault fault_of(CURLcode result) {
  switch (result) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
      return Fault::unreachable;
    case CURLE_PEER_FAILED_VERIFICATION:
      return Fault::not_trusted;
    case CURLE_SSL_CONNECT_ERROR:
      return Fault::no_tls;
    case CURLE_OPERATION_TIMEDOUT:
      return Fault::timed_out;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
      return Fault::not_http;
    case CURLE_URL_MALFORMAT:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ENGINE_NOTFOUND:
      return Fault::misconfigured;
    default:
      return Fault::broken;
  }
}

/// Limit for a buffered response body in bytes, against a server that never stops sending. No page of documents comes
/// near it.
inline constexpr std::size_t largest_answer = 1024UL * 1024 * 1024;

/// One request and its response. Sets the request's options on the handle of the slot and, at its end, removes those
/// that point into this object. Used by one thread; only the stop token acts from another.
class CurlExchange {
 public:
  CurlExchange(CurlSlot& slot, const HttpRequest& request, const std::string& url, const SendOptions& options)
      : slot_(slot), request_(request), stop_(options.stop) {
    set(CURLOPT_URL, url.c_str());
    set_method();
    set_headers();
    const bool streams = request.stream || request.sink;
    set(CURLOPT_TIMEOUT_MS, milliseconds(options.timeout));
    set(CURLOPT_LOW_SPEED_LIMIT, streams ? 1L : 0L);
    set(CURLOPT_LOW_SPEED_TIME, streams ? std::max(milliseconds(options.stall_timeout) / 1000, 1L) : 0L);
    set(CURLOPT_ERRORBUFFER, error_);
    for (const CURLoption option :
         {CURLOPT_WRITEDATA, CURLOPT_HEADERDATA, CURLOPT_READDATA, CURLOPT_SEEKDATA, CURLOPT_PREREQDATA})
      set(option, this);
  }
  ~CurlExchange() {
    set(CURLOPT_ERRORBUFFER, static_cast<char*>(nullptr));
    set(CURLOPT_HTTPHEADER, static_cast<curl_slist*>(nullptr));
  }
  CurlExchange(const CurlExchange&) = delete;
  CurlExchange& operator=(const CurlExchange&) = delete;

  /// Sends the request and waits for the response. Throws `TransportError`, and what `stream` and `sink` of the request
  /// throw. Called once.
  HttpResponse run() {
    const CURLcode result = perform();
    if (failure_) std::rethrow_exception(failure_);
    if (result != CURLE_OK) throw failed(result);
    response_.status = static_cast<int>(status());
    return std::move(response_);
  }

  /// The URL that the response redirects to; empty without a redirect.
  [[nodiscard]] std::string redirect() const {
    const char* url = nullptr;
    curl_easy_getinfo(slot_.easy.get(), CURLINFO_REDIRECT_URL, &url);
    return url == nullptr ? "" : url;
  }

  /// Sets the options that are the same for all requests of a handle.
  static void prepare(CURL* easy, std::chrono::milliseconds connect_timeout, const Authorities& authorities) {
    const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(easy, option, value); };
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(connect_timeout));
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    set(CURLOPT_TCP_KEEPALIVE, 1L);
    // Shorter than the idle timeout of common servers, so that a server rarely closes a connection just as it is used
    // again.
    set(CURLOPT_MAXAGE_CONN, 30L);
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (!authorities.file.empty()) set(CURLOPT_CAINFO, authorities.file.c_str());
    if (!authorities.folder.empty()) set(CURLOPT_CAPATH, authorities.folder.c_str());
    set(CURLOPT_OPENSOCKETFUNCTION, &on_open);
    set(CURLOPT_CLOSESOCKETFUNCTION, &on_close);
    set(CURLOPT_WRITEFUNCTION, &on_body);
    set(CURLOPT_HEADERFUNCTION, &on_header);
    set(CURLOPT_READFUNCTION, &on_read);
    set(CURLOPT_SEEKFUNCTION, &on_seek);
    set(CURLOPT_PREREQFUNCTION, &on_request);
  }

 private:
  /// Converts a time to libcurl's range. At least 1, because 0 means no limit.
  static long milliseconds(std::chrono::milliseconds time) {
    return static_cast<long>(std::clamp<long long>(time.count(), 1, 1'000'000'000));
  }

  void set(CURLoption option, auto value) { curl_easy_setopt(slot_.easy.get(), option, value); }

  /// Every option of the method is set each time, because the handle keeps the options of the request before.
  void set_method() {
    const Method method = request_.method;
    const std::size_t size = request_.body.size();
    set(CURLOPT_NOBODY, 0L);
    if (request_.stream) {
      set(CURLOPT_POST, 1L);
      set(CURLOPT_POSTFIELDS, static_cast<const char*>(nullptr));
      set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.stream->size));
    } else if (size > 0 || method == Method::post || method == Method::put || method == Method::patch) {
      set(CURLOPT_POST, 1L);
      set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(size));
      set(CURLOPT_POSTFIELDS, request_.body.c_str());
    } else {
      set(CURLOPT_HTTPGET, 1L);
      if (method == Method::head) set(CURLOPT_NOBODY, 1L);
    }
    const bool usual = method == Method::get || method == Method::post || method == Method::head;
    set(CURLOPT_CUSTOMREQUEST, usual ? static_cast<const char*>(nullptr) : to_string(method).data());
  }

  void set_headers() {
    const auto add = [&](const std::string& line) {
      curl_slist* const longer = curl_slist_append(headers_.get(), line.c_str());
      if (longer == nullptr) throw std::bad_alloc();
      static_cast<void>(headers_.release());
      headers_.reset(longer);
    };
    for (const auto& [name, value] : request_.headers) add(name + (value.empty() ? ";" : ": " + value));
    if (request_.method != Method::get) add("Expect:");  // Appwrite does not answer `100-continue`
    set(CURLOPT_HTTPHEADER, headers_.get());
    const bool chosen = request_.headers.find("accept-encoding").has_value();
    set(CURLOPT_ACCEPT_ENCODING, chosen ? static_cast<const char*>(nullptr) : "gzip");
  }

  /// Runs the request until it ends or the stop token is triggered, which wakes up the wait for the connection.
  CURLcode perform() {
    CURLM* const multi = slot_.multi.get();
    const std::stop_callback wake(stop_, [multi] { curl_multi_wakeup(multi); });
    if (curl_multi_add_handle(multi, slot_.easy.get()) != CURLM_OK) throw std::bad_alloc();
    int running = 1;
    while (true) {
      if (curl_multi_perform(multi, &running) != CURLM_OK || running == 0 || stop_.stop_requested()) break;
      curl_multi_poll(multi, nullptr, 0, 1000, nullptr);
    }
    int left = 0;
    const CURLMsg* const message = curl_multi_info_read(multi, &left);
    const CURLcode result = message == nullptr ? CURLE_ABORTED_BY_CALLBACK : message->data.result;
    curl_multi_remove_handle(multi, slot_.easy.get());
    return result;
  }

  /// The error of a request that libcurl ended. `requests_` counts how often the request was sent: 0 means that the
  /// server has not seen it.
  [[nodiscard]] TransportError failed(CURLcode result) const {
    if (too_large_) return {Fault::too_large, true, "more than a gibibyte"};
    if (result == CURLE_ABORTED_BY_CALLBACK) {
      if (requests_ > 1) return {Fault::broken, true, "the connection was closed before an answer came"};
      if (stop_.stop_requested()) return {Fault::cancelled, requests_ > 0, "stopped on request"};
    }
    return {fault_of(result), requests_ > 0, error_[0] != '\0' ? error_ : curl_easy_strerror(result)};
  }

  /// The status of the response so far.
  [[nodiscard]] long status() const {
    long status = 0;
    curl_easy_getinfo(slot_.easy.get(), CURLINFO_RESPONSE_CODE, &status);
    return status;
  }

  /// Runs code that may throw inside a callback, and keeps the exception for `run`: it must not pass through libcurl's
  /// C frames.
  template <class Result, class F>
  Result guarded(Result otherwise, F&& body) {
    try {
      return body();
    } catch (...) {
      failure_ = std::current_exception();
      return otherwise;
    }
  }

  // Callbacks of libcurl, which receive this object as their last or first argument.
  static std::size_t on_body(char* bytes, std::size_t, std::size_t size, void* self) {
    CurlExchange& here = *static_cast<CurlExchange*>(self);
    return here.guarded<std::size_t>(0, [&] {
      const long status = here.request_.sink ? here.status() : 0;
      if (status >= 200 && status < 300) {
        here.request_.sink(std::as_bytes(std::span(bytes, size)));
        return size;
      }
      here.too_large_ = here.response_.body.size() + size > largest_answer;
      if (here.too_large_) return std::size_t{0};
      here.response_.body.append(bytes, size);
      return size;
    });
  }

  // A block of header lines starts with the status line. Lines of an interim response or of a proxy are dropped when
  // the next block starts.
  static std::size_t on_header(char* bytes, std::size_t, std::size_t size, void* self) {
    CurlExchange& here = *static_cast<CurlExchange*>(self);
    return here.guarded<std::size_t>(0, [&] {
      std::string_view line(bytes, size);
      while (!line.empty() && (line.back() == '\n' || line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
      const std::size_t colon = line.find(':');
      if (line.starts_with("HTTP/")) {
        here.response_.headers.clear();
      } else if (colon != std::string_view::npos) {
        std::size_t value = colon + 1;
        while (value < line.size() && line[value] == ' ') ++value;
        here.response_.headers.add(std::string(line.substr(0, colon)), std::string(line.substr(value)));
      }
      return size;
    });
  }

  static std::size_t on_read(char* buffer, std::size_t, std::size_t size, void* self) {
    CurlExchange& here = *static_cast<CurlExchange*>(self);
    return here.guarded<std::size_t>(CURL_READFUNC_ABORT, [&] {
      const BodyStream& stream = *here.request_.stream;
      const std::size_t count = stream.read(std::as_writable_bytes(std::span(buffer, size)));
      here.sent_ += count;
      if (count == 0 && here.sent_ < stream.size)
        throw TransportError(
            Fault::misconfigured, true,
            "the source ended after " + std::to_string(here.sent_) + " of " + std::to_string(stream.size) + " bytes");
      return count;
    });
  }

  static curl_socket_t on_open(void*, curlsocktype, curl_sockaddr* address) {
    return open_connection(address->family, address->socktype, address->protocol);
  }
  static int on_close(void*, curl_socket_t connection) { return close_connection(connection); }

  // libcurl seeks only to send the body again, which is the caller's decision.
  static int on_seek(void*, curl_off_t, int) { return CURL_SEEKFUNC_FAIL; }

  /// Aborts a second transmission: libcurl repeats a request on its own if a reused connection ends without a response.
  /// Only the caller knows whether it may be repeated, as the server may have carried it out.
  static int on_request(void* self, char*, char*, int, int) {
    return ++static_cast<CurlExchange*>(self)->requests_ == 1 ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
  }

  CurlSlot& slot_;
  const HttpRequest& request_;
  std::stop_token stop_;
  CurlList headers_{};
  HttpResponse response_{};
  std::exception_ptr failure_{};
  char error_[CURL_ERROR_SIZE] = "";
  int requests_ = 0;
  std::uint64_t sent_ = 0;  ///< bytes of the stream that were sent
  bool too_large_ = false;
};

}  // namespace reel::appwrite

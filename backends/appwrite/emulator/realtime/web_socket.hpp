#pragma once

#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include <emulator/http/request.hpp>

namespace reel::emulator {

class App;

/// Accepts the upgrade of an HTTP connection to a WebSocket and serves `/v1/realtime` on it until it ends. `message` is
/// the request as it arrived, `request` the same parsed. Returns at once; the handlers run on the executor of `stream`,
/// which must be a strand. `app` must outlive that executor.
void serve_realtime(App& app, boost::beast::tcp_stream stream,
                    boost::beast::http::request<boost::beast::http::string_body> message, Request request);

}  // namespace reel::emulator

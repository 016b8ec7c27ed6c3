#include <emulator/http/compression.hpp>

#include <zlib.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <string_view>

namespace reel::emulator {
namespace {

bool is_text(std::string_view type) {
  type = type.substr(0, type.find(';'));
  if (type.starts_with("text/") || type.ends_with("+json") || type.ends_with("+xml")) return true;
  return type == "application/json" || type == "application/javascript" || type == "application/xml" ||
         type == "application/x-javascript";
}

std::string deflate_text(std::string_view text, bool gzip) {
  constexpr int gzip_window = 15 + 16;
  constexpr int zlib_window = 15;
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip ? gzip_window : zlib_window, 8,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::runtime_error{"cannot initialize zlib"};
  }
  std::string out(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

/// `gzip` or, failing that, `deflate` if the header names it; otherwise empty. A quality of 0 counts as not named.
std::optional<std::string_view> accepted(std::string_view header) {
  for (const std::string_view coding : {"gzip", "deflate"}) {
    const std::size_t at = header.find(coding);
    if (at == std::string_view::npos) continue;
    const std::string_view rest = header.substr(at + coding.size(), header.find(',', at) - at - coding.size());
    if (rest != ";q=0" && rest != "; q=0") return coding;
  }
  return std::nullopt;
}

}  // namespace

void compress(const Request& request, Response& response) {
  constexpr std::size_t least = 1024;
  if (response.body.size() <= least || !is_text(find_pair(response.headers, "content-type").value_or(""))) return;
  const auto coding = accepted(request.header("accept-encoding").value_or(""));
  if (!coding) return;
  response.body = deflate_text(response.body, *coding == "gzip");
  std::erase_if(response.headers, [](const auto& pair) { return pair.first == "content-length"; });
  response.header("content-encoding", std::string{*coding});
  response.header("vary", "Accept-Encoding");
  response.header("x-utopia-compression", "true");
}

}  // namespace reel::emulator

#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

#include <reel/md5.hpp>
#include <reel/separate.hpp>
#include <reel/video/error_template.hpp>
#include <reel/video/error_template.ipp>
#include <reel/video/fingerprint.hpp>

namespace reel::video {
namespace detail {

/// MD5 of the fields, each after its length.
inline std::string digest_of(std::initializer_list<std::string_view> fields) {
  std::string joined;
  for (const std::string_view field : fields) {
    joined += std::to_string(field.size()) + ':';
    joined += field;
  }
  return md5_hex(joined);
}

/// The type of an exception without its module.
inline std::string_view short_type(std::string_view type) noexcept {
  return type.substr(type.rfind('.') + 1);  // npos + 1 is 0
}

inline std::string fingerprint(char layer, std::initializer_list<std::string_view> fields) {
  return std::string(fingerprint_version) + ':' + layer + ':' + digest_of(fields);
}

}  // namespace detail

REEL_INLINE Fingerprints fingerprints_of(const ErrorLog& log) {
  Fingerprints found;
  if (log.empty()) return found;
  const std::string_view type = detail::short_type(log.type);
  found.exact = detail::fingerprint('e', {type, stable_message(log.message), log.symbol});
  found.type_template = detail::fingerprint('t', {type, log.message_template});
  if (log.symbol.empty()) return found;
  found.template_symbol = detail::fingerprint('s', {type, log.message_template, log.symbol});
  found.type_symbol = detail::fingerprint('y', {type, log.symbol});
  return found;
}

}  // namespace reel::video

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <reel/separate.hpp>
#include <reel/video/error_log.hpp>

namespace reel::video {

/// The version of the algorithm, the beginning of each fingerprint.
inline constexpr std::string_view fingerprint_version = "v1";

/// The common properties of two errors with the same fingerprint, the strictest first.
enum class FingerprintLayer {
  exact,            ///< type, message without positions, and symbol: the same error elsewhere
  template_symbol,  ///< type, template and symbol: the same error about other names
  type_template,    ///< type and template
  type_symbol,      ///< type and symbol
};

/// The keys of an error. Each is `v1:`, a letter for the layer, `:` and 32 hexadecimal digits of MD5, which serves as a
/// checksum of 128 bits here, not against forgery. Equal fingerprints mean equal fields: unequal ones cannot run
/// together, because their lengths are hashed with them.
struct Fingerprints {
  /// Empty if the log contains no error.
  std::string exact{};
  /// Empty if the error has no symbol.
  std::string template_symbol{};
  /// Empty if the log contains no error.
  std::string type_template{};
  /// Empty if the error has no symbol.
  std::string type_symbol{};

  /// The fingerprint of a layer.
  [[nodiscard]] const std::string& of(FingerprintLayer layer) const noexcept {
    switch (layer) {
      case FingerprintLayer::exact:
        return exact;
      case FingerprintLayer::template_symbol:
        return template_symbol;
      case FingerprintLayer::type_template:
        return type_template;
      case FingerprintLayer::type_symbol:
        return type_symbol;
    }
    return exact;
  }

  /// Compares all members.
  friend bool operator==(const Fingerprints&, const Fingerprints&) = default;
};

/// The fingerprints of an error. The module of an exception does not count, because rich leaves it out. O(message).
[[nodiscard]] Fingerprints fingerprints_of(const ErrorLog& log);

}  // namespace reel::video

#ifndef REEL_SEPARATE_COMPILATION
#include <reel/video/fingerprint.ipp>
#endif

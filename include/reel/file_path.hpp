#pragma once

#include <concepts>
#include <string>
#include <utility>

namespace reel {

/// The path of a file, converted implicitly from a string or from any type with a member `string()`, such as
/// `std::filesystem::path`. So functions accept both, and the library need not include `<filesystem>`.
class FilePath {
 public:
  /// The path as the operating system accepts it.
  FilePath(std::string text) : text_(std::move(text)) {}
  /// As above.
  FilePath(const char* text) : text_(text) {}
  /// The result of `path.string()`.
  template <class Path>
  requires(!std::same_as<Path, FilePath> &&
           requires(const Path& path) {
             { path.string() } -> std::convertible_to<std::string>;
           }) FilePath(const Path& path)
      : text_(path.string()) {}

  /// The whole path, unchanged.
  [[nodiscard]] const std::string& str() const noexcept { return text_; }
  /// The part after the last `/`.
  [[nodiscard]] std::string name() const { return text_.substr(text_.rfind('/') + 1); }

 private:
  std::string text_;
};

}  // namespace reel

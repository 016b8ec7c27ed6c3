#pragma once

#include <concepts>
#include <string>
#include <utility>

namespace reel {

/// The name of a file on disk: from a text or from anything with `.string()`, such as a `std::filesystem::path`.
class FilePath {
 public:
  FilePath(std::string text) : text_(std::move(text)) {}
  FilePath(const char* text) : text_(text) {}
  template <class Path>
  requires(!std::same_as<Path, FilePath> &&
           requires(const Path& path) {
             { path.string() } -> std::convertible_to<std::string>;
           }) FilePath(const Path& path)
      : text_(path.string()) {}

  [[nodiscard]] const std::string& str() const noexcept { return text_; }
  /// What stands behind the last `/`.
  [[nodiscard]] std::string name() const { return text_.substr(text_.rfind('/') + 1); }

 private:
  std::string text_;
};

}  // namespace reel

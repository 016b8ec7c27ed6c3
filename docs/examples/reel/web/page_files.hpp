#pragma once

#include <string_view>

namespace tool::web {

/// A file of the page, embedded by cmake/EmbedFiles.cmake.
struct PageFile {
  std::string_view name{};  ///< such as `main.js`
  std::string_view bytes{};
};

/// The file with this name, or null.
[[nodiscard]] const PageFile* page_file(std::string_view name);

}  // namespace tool::web

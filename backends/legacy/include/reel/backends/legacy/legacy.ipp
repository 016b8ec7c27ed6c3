#pragma once

#include <memory>
#include <string>
#include <utility>

#include <reel/backends/legacy.hpp>
#include <reel/backends/legacy/model.hpp>
#include <reel/backends/legacy/store.hpp>
#include <reel/backends/legacy/tree_seams.hpp>

namespace reel {

/// The members of `Legacy`: included by legacy.hpp, or compiled once through src.hpp; see `<reel/separate.hpp>`.
REEL_INLINE Legacy::Legacy(FilePath root, LegacyOptions options)
    : Legacy(std::move(root), std::move(options), legacy::TreeSeams{}) {}
REEL_INLINE Legacy::Legacy(FilePath root, LegacyOptions options, const legacy::TreeSeams& seams)
    : HiddenStore(std::make_shared<legacy::Store>(root, std::move(options), *seams.calls)) {}

REEL_INLINE Legacy legacy::TreeSeams::open(FilePath root, LegacyOptions options) const {
  return {std::move(root), std::move(options), *this};
}

REEL_INLINE const legacy::Tree& Legacy::tree() const { return hidden<legacy::Store>().tree(); }
REEL_INLINE void Legacy::recall(std::size_t file, std::string md5) {
  hidden<legacy::Store>().recall(file, std::move(md5));
}
REEL_INLINE void Legacy::settle() { hidden<legacy::Store>().settle(); }

}  // namespace reel

#pragma once

#include <functional>
#include <optional>

#include <reel/backends/legacy/model.hpp>
#include <reel/backends/legacy/outline_edit.hpp>
#include <reel/store_url.hpp>
#include <reel/text_rules.hpp>
#include <reel/timestamp.hpp>

namespace reel {

struct LegacyOptions {
  legacy::ReadOptions read{};
  TextRules text = TextRules::folded;
  /// Opens the tree for writing, as the program of this layout writes it; none: it is only read.
  std::optional<legacy::Variant> write_as{};
  bool allow_ambiguous_folders = false;  ///< a new video may have the folder `_`, which many topics share
  bool durable = true;                   ///< what was acknowledged survives power loss
  std::function<Timestamp()> clock = now;

  /// Options of a URL: `write=v1` or `write=v2` opens the tree for writing, `text=folded` or `exact`. `invalid` for
  /// another value.
  [[nodiscard]] static LegacyOptions from(const StoreUrl& url) {
    LegacyOptions options;  // no initializer list: where a later member's throws, g++ 12 destroys an earlier one twice
    options.text = url.text_rules().value_or(options.text);
    options.write_as = url.choice<legacy::Variant>("write", {{"v1", legacy::Variant::v1}, {"v2", legacy::Variant::v2}});
    return options;
  }
};

}  // namespace reel

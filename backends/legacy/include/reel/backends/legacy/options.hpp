#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/store_url.hpp>
#include <reel/text_rules.hpp>
#include <reel/timestamp.hpp>

namespace reel::legacy {

/// Which program's layout is written.
enum class Variant {
  v1,  ///< TheoremExplainAgent
  v2,  ///< manimAnimationAgent
};

/// A topic as it was typed, out of a catalogue.
struct KnownTopic {
  std::string text = {};
  std::string description = {};

  KnownTopic(std::string topic, std::string what = {}) : text{std::move(topic)}, description{std::move(what)} {}
  KnownTopic(const char* topic) : text{topic} {}
};

struct ReadOptions {
  std::vector<KnownTopic> topics = {};  ///< one whose prefix matches names the video
  /// A scene failed if each version has an error log and the last version is one of these.
  std::vector<int> retry_limits{3, 5, 15};
  std::uint64_t max_text_bytes = 64U << 20U;  ///< longer files are not read as text
  bool inspect_texts = false;                 ///< read every text file once for encoding, line ends and frames
  int parallelism = 4;  ///< folders read, and later topics, at the same time: more than processors, as disks take time
};

}  // namespace reel::legacy

namespace reel {

struct LegacyOptions {
  legacy::ReadOptions read{};
  /// Of the tree. A bucket that is not the pipeline's follows the rules that `.reel-buckets` was made with, once it is
  /// a store.
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

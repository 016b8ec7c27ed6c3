#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/store_url.hpp>
#include <reel/text/text_rules.hpp>
#include <reel/timestamp.hpp>

namespace reel::legacy {

/// The program whose layout is written. Both layouts are read alike.
enum class Variant {
  v1,  ///< TheoremExplainAgent
  v2,  ///< manimAnimationAgent
};

/// An entry of a catalogue of topics, which names videos and describes them.
struct KnownTopic {
  std::string text = {};
  std::string description = {};

  /// Implicit, so that a list of topics may consist of strings.
  ///
  /// - `topic`: as the user typed it
  /// - `what`: the description of the video; empty if unknown
  KnownTopic(std::string topic, std::string what = {}) : text{std::move(topic)}, description{std::move(what)} {}
  KnownTopic(const char* topic) : text{topic} {}
};

/// How a tree is read.
struct ReadOptions {
  /// A topic whose `topic_prefix` is that of a folder names the video of the folder, unless several topics have the
  /// prefix.
  std::vector<KnownTopic> topics = {};
  /// The versions after which the pipeline stops retrying. A scene failed if each version of its code has an error log
  /// and the last version is one of these.
  std::vector<int> retry_limits{3, 5, 15};
  /// The size in bytes above which an outline or a sidecar is not read, nor any file by `inspect_texts`; reported as
  /// `too_large` or `damaged_sidecar`. Of a plan, source or log that is longer than this
  /// and 8 MiB, records have values from 8 MiB: the end of a log, otherwise the beginning.
  std::uint64_t max_text_bytes = 64U << 20U;
  bool inspect_texts = false;  ///< read every text file once and report encoding, line ends and terminal frames
  /// The number of folders, and then of topics, that are read at the same time. Useful above the number of processors,
  /// because the threads wait for the disk. Below 1, opening throws `invalid`.
  int parallelism = 4;
};

}  // namespace reel::legacy

namespace reel {

/// How a tree is opened.
struct LegacyOptions {
  /// How the tree is read when it is opened, and each time that a write makes it necessary to read it again.
  legacy::ReadOptions read{};
  /// The text rules of the tree. A bucket that the pipeline does not have follows the rules with which `.reel-buckets`
  /// was created, once that is a store.
  TextRules text = TextRules::folded;
  /// Opens the tree for writing in the layout of this program. Empty: the tree is read-only.
  std::optional<legacy::Variant> write_as{};
  bool allow_ambiguous_folders = false;  ///< a new video may have the folder `_`, which many topics share
  bool durable = true;                   ///< acknowledged writes survive a loss of power: files and folders are synced
  /// The source of the times of records; called by writing operations under a lock of the store, from any thread.
  std::function<Timestamp()> clock = now;

  /// The options of a URL: `write=v1` or `write=v2` opens the tree for writing, `text=folded` or `exact`. Throws
  /// `invalid` for another value.
  [[nodiscard]] static LegacyOptions from(const StoreUrl& url) {
    LegacyOptions options;  // no initializer list: where a later member's throws, g++ 12 destroys an earlier one twice
    options.text = url.text_rules().value_or(options.text);
    options.write_as = url.choice<legacy::Variant>("write", {{"v1", legacy::Variant::v1}, {"v2", legacy::Variant::v2}});
    return options;
  }
};

}  // namespace reel

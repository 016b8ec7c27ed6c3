#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/detail/migration/sealed_lines.hpp>
#include <reel/driver/file/replace_file.hpp>
#include <reel/error.hpp>
#include <reel/json/reader.hpp>
#include <reel/json/sealed_line.hpp>
#include <reel/json/writer.hpp>

namespace reel::detail {

/// The part of a mirror's journal on one collection or bucket.
struct MirroredKind {
  std::string token{};              ///< the target has the changes before it; empty: none was taken yet
  bool compares = false;            ///< the kind is to be compared as a whole
  std::set<std::string> changed{};  ///< ids that were written or removed since the copy
  std::set<std::string> waiting{};  ///< ids that could not be applied
};

/// A file in which a mirror records how far the target is. One JSON object a line, each with a checksum
/// (reel/json/sealed_line.hpp):
///
///     {"reel":"mirror","version":1,"source":"…","target":"…"}
///     {"kind":"collection videos","token":"reel1.…","compares":false,"changed":[],"waiting":[]}    before the copy
///     {"copied":true}
///     {"kind":"collection videos","token":"reel1.…","compares":false,"changed":["a"],"waiting":["b"]}     after rounds
///     {"turned":true,"tokens":{"collection videos":"reel1.…"}}
///
/// A line of a kind replaces its token, `compares` and `waiting`, and adds to `changed`. `turned` is the cut-over:
/// source and target have exchanged their roles, and the tokens are those of the new source. It is one line, so a
/// journal never has half of a cut-over. After compaction the header has the new roles, and `{"exchanged":true}`
/// remains.
///
/// See `SealedLines` for what is left of a damaged one. A long journal is replaced by a short one with the same
/// content. Not thread-safe.
class MirrorJournal {
 public:
  /// Opens or creates the journal and locks it. `source` and `target` identify the stores.
  ///
  /// Throws `invalid` for a file that is not a journal, `corrupt` for a damaged one, `conflict` for that of other
  /// stores or of the other direction, `unavailable` if another mirror uses it, and the error of opening it.
  MirrorJournal(const std::string& path, std::string source, std::string target)
      : source_(std::move(source)), target_(std::move(target)), lines_(open(path)) {
    if (!read()) start();
    if (lines_->size() > short_size) compact();
  }

  /// Whether the copy is complete.
  [[nodiscard]] bool is_copied() const { return is_copied_; }
  /// Whether the direction was changed by a cut-over.
  [[nodiscard]] bool is_turned() const { return is_turned_; }
  /// Whether it has a line of the collection or bucket with this name.
  [[nodiscard]] bool has(const std::string& kind) const { return kinds_.contains(kind); }
  /// The content on a collection or bucket.
  [[nodiscard]] const MirroredKind& of(const std::string& kind) { return kinds_[kind]; }

  /// Records a collection or bucket. `state.changed`: only what is new.
  void record(const std::string& kind, const MirroredKind& state) {
    lines_->append(line_of(kind, state));
    apply(kind, state);
    if (lines_->size() > longest_) compact();
  }
  /// Records that the copy is complete.
  void copied() {
    lines_->append(json::Object().add("copied", true).str());
    is_copied_ = true;
  }
  /// Records the cut-over with the tokens of the target, which becomes the source.
  void turn(const std::map<std::string, std::string>& tokens) {
    json::Object object;
    for (const auto& [kind, token] : tokens) object.add(kind, token);
    lines_->append(json::Object().add("turned", true).add("tokens", object).str());
    lines_->sync();
  }
  /// Puts it on the medium.
  void sync() { lines_->sync(); }

 private:
  /// A journal up to this size is not worth compacting.
  static constexpr std::int64_t short_size = 1 << 20;

  static std::unique_ptr<SealedLines> open(const std::string& path) {
    return std::make_unique<SealedLines>(path, "mirror", "stop that one, or wait for it to end");
  }

  static std::string line_of(const std::string& kind, const MirroredKind& state) {
    return json::Object()
        .add("kind", kind)
        .add("token", state.token)
        .add("compares", state.compares)
        .add("changed", state.changed)
        .add("waiting", state.waiting)
        .str();
  }
  [[nodiscard]] std::string header() const {
    return lines_->header().add("source", source_).add("target", target_).str();
  }

  void start() {
    lines_->cut(0);
    lines_->append(header());
  }

  /// Replaces the file by one without repetitions, locked before it has the name. The old one stays open, so that a
  /// process which has opened it meanwhile cannot lock it.
  void compact() {
    std::string content = json::sealed_line(header());
    for (const auto& [kind, state] : kinds_) content += json::sealed_line(line_of(kind, state));
    if (is_copied_) content += json::sealed_line(json::Object().add("copied", true).str());
    if (is_turned_) content += json::sealed_line(json::Object().add("exchanged", true).str());
    std::unique_ptr<SealedLines> next = open(driver::temporary_beside(lines_->path()));
    next->write(content);
    next->sync();
    next->rename(lines_->path());
    replaced_.push_back(std::exchange(lines_, std::move(next)));
    longest_ = std::max(short_size, 4 * lines_->size());
  }

  /// Reads the journal. False if it is new.
  bool read() {
    const std::string content = lines_->content();
    std::string source, target;
    SealedLines::for_each_line(content, [&](std::size_t begin, std::size_t end) {
      if (!replay(lines_->object_of(content, begin, end), source, target)) lines_->throw_damaged(begin);
    });
    if (content.empty()) return false;
    check_stores(source, target);
    lines_->cut(content.size());
    return true;
  }
  void check_stores(const std::string& source, const std::string& target) const {
    if (source == source_ && target == target_) return;
    const bool is_reverse = source == target_ && target == source_;
    throw Error(Errc::conflict,
                "the journal '" + lines_->path() + "' belongs to a mirror " +
                    (!is_reverse  ? "of other stores; name another journal"
                     : is_turned_ ? "that was cut over, so its target is the source now: exchange the two stores"
                                  : "in the other direction; cut that one over, or name another journal"));
  }

  /// Reads a line. False if it is malformed.
  bool replay(const std::string& object, std::string& source, std::string& target) {
    std::string kind;
    MirroredKind state;
    std::map<std::string, std::string> tokens;
    bool is_turn = false;
    json::Reader in(object);
    const bool is_read = in.members([&](std::string_view name) {
      if (name == "source") return in.string(source);
      if (name == "target") return in.string(target);
      if (name == "kind") return in.string(kind);
      if (name == "token") return in.string(state.token);
      if (name == "compares") return in.boolean(state.compares);
      if (name == "changed") return read_ids(in, state.changed);
      if (name == "waiting") return read_ids(in, state.waiting);
      if (name == "copied") return in.boolean(is_copied_);
      if (name == "exchanged") return in.boolean(is_turned_);
      if (name == "turned") return in.boolean(is_turn);
      if (name == "tokens")
        return in.members([&](std::string_view one) { return in.string(tokens[std::string(one)]); });
      return in.skip_value();
    });
    if (!kind.empty()) apply(kind, state);
    if (is_turn) {
      kinds_.clear();
      for (auto& [one, token] : tokens) kinds_[one].token = std::move(token);
      std::swap(source, target);
      is_turned_ = true;
    }
    return is_read;
  }
  static bool read_ids(json::Reader& in, std::set<std::string>& ids) {
    return in.elements([&] {
      std::string id;
      const bool is_read = in.string(id);
      ids.insert(std::move(id));
      return is_read;
    });
  }
  void apply(const std::string& kind, const MirroredKind& state) {
    MirroredKind& known = kinds_[kind];
    known.token = state.token;
    known.compares = state.compares;
    known.waiting = state.waiting;
    known.changed.insert(state.changed.begin(), state.changed.end());
  }

  std::string source_, target_;
  std::unique_ptr<SealedLines> lines_;
  std::vector<std::unique_ptr<SealedLines>> replaced_;
  std::int64_t longest_ = 4 * short_size;
  bool is_copied_ = false, is_turned_ = false;
  std::map<std::string, MirroredKind> kinds_;  ///< by `MigrationKind::str`
};

}  // namespace reel::detail

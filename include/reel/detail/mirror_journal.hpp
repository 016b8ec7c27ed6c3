#pragma once

#include <fcntl.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/driver/file.hpp>
#include <reel/driver/replace_file.hpp>
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
/// A process that is killed leaves every line before the last, or half a line, which is cut off. A long journal is
/// replaced by a short one with the same content. Not thread-safe.
class MirrorJournal {
 public:
  /// Opens or creates the journal and locks it. `source` and `target` identify the stores.
  ///
  /// Throws `invalid` for a file that is not a journal, `corrupt` for a damaged one, `conflict` for that of other
  /// stores or of the other direction, `unavailable` if another mirror uses it, and the error of opening it.
  MirrorJournal(const std::string& path, std::string source, std::string target)
      : path_(path), source_(std::move(source)), target_(std::move(target)), file_(open(path)) {
    if (!read()) start();
    if (end_ > short_size) compact();
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
    append(line_of(kind, state));
    apply(kind, state);
    if (end_ > longest_) compact();
  }
  /// Records that the copy is complete.
  void copied() {
    append(json::Object().add("copied", true).str());
    is_copied_ = true;
  }
  /// Records the cut-over with the tokens of the target, which becomes the source.
  void turn(const std::map<std::string, std::string>& tokens) {
    json::Object object;
    for (const auto& [kind, token] : tokens) object.add(kind, token);
    append(json::Object().add("turned", true).add("tokens", object).str());
    file_.sync();
  }
  /// Puts it on the medium.
  void sync() { file_.sync(); }

 private:
  static constexpr std::string_view magic = R"({"reel":"mirror","version":1,)";
  /// A journal up to this size is not worth compacting.
  static constexpr std::int64_t short_size = 1 << 20;

  static driver::File open(const std::string& path) {
    driver::File file = driver::File::lockable(driver::posix_calls(), path, O_RDWR | O_CREAT);
    if (!file.try_lock())
      throw Error(Errc::unavailable,
                  "another mirror uses the journal '" + path + "'; stop that one, or wait for it to end");
    return file;
  }

  static std::string sealed(std::string object) {
    object.pop_back();
    json::seal(object, 0);
    return object;
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
    return json::Object().add("reel", "mirror").add("version", 1).add("source", source_).add("target", target_).str();
  }

  void append(const std::string& object) {
    const std::string line = sealed(object);
    file_.write_at(line, end_);
    end_ += static_cast<std::int64_t>(line.size());
  }
  void start() {
    file_.truncate(0);
    end_ = 0;
    append(header());
  }

  /// Replaces the file by one without repetitions, locked before it has the name. The old one stays open, so that a
  /// process which has opened it meanwhile cannot lock it.
  void compact() {
    std::string content = sealed(header());
    for (const auto& [kind, state] : kinds_) content += sealed(line_of(kind, state));
    if (is_copied_) content += sealed(json::Object().add("copied", true).str());
    if (is_turned_) content += sealed(json::Object().add("exchanged", true).str());
    driver::FileCalls& calls = driver::posix_calls();
    const std::string temporary = driver::temporary_beside(path_);
    driver::File next = open(temporary);
    next.write_at(content, 0);
    next.sync();
    if (calls.rename(temporary, path_) != 0) throw driver::file_error("rename", temporary);
    driver::sync_folder(calls, driver::folder_of(path_));
    replaced_.push_back(std::exchange(file_, std::move(next)));
    end_ = static_cast<std::int64_t>(content.size());
    longest_ = std::max(short_size, 4 * end_);
  }

  /// Reads the journal. False if it is new.
  bool read() {
    std::string content(static_cast<std::size_t>(file_.status().size), '\0');
    content.resize(file_.read_at(content, 0));
    if (!magic.starts_with(std::string_view(content).substr(0, magic.size())))
      throw Error(Errc::invalid, "'" + path_ + "' is not the journal of a mirror; name another file");
    std::string source, target;
    std::size_t at = 0;
    for (std::size_t end; (end = content.find('\n', at)) != std::string::npos; at = end + 1) {
      const auto object = json::unseal(std::string_view(content).substr(at, end - at));
      if (!object || !replay(std::string(*object) + '}', source, target)) throw_damaged(at);
    }
    if (at == 0) return false;
    check_stores(source, target);
    file_.truncate(static_cast<std::int64_t>(at));
    end_ = static_cast<std::int64_t>(at);
    return true;
  }
  [[noreturn]] void throw_damaged(std::size_t offset) const {
    throw Error(Errc::corrupt, "the journal '" + path_ + "' is damaged at offset " + std::to_string(offset) +
                                   "; remove it to begin again");
  }
  void check_stores(const std::string& source, const std::string& target) const {
    if (source == source_ && target == target_) return;
    const bool is_reverse = source == target_ && target == source_;
    throw Error(Errc::conflict,
                "the journal '" + path_ + "' belongs to a mirror " +
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

  std::string path_, source_, target_;
  driver::File file_;
  std::vector<driver::File> replaced_;
  std::int64_t end_ = 0;
  std::int64_t longest_ = 4 * short_size;
  bool is_copied_ = false, is_turned_ = false;
  std::map<std::string, MirroredKind> kinds_;  ///< by `MigrationKind::str`
};

}  // namespace reel::detail

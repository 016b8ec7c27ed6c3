#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/detail/migration/sealed_lines.hpp>
#include <reel/error.hpp>
#include <reel/json/reader.hpp>
#include <reel/json/writer.hpp>

namespace reel::detail {

/// A file in which work records what it has done, so that another run continues after it. One JSON object a line, each
/// with a checksum (reel/json/sealed_line.hpp). The first names the work, the last marks it as complete:
///
///     {"reel":"verification","version":1,"source":"…",…}
///     …
///     {"finished":true}
///
/// See `SealedLines` for what is left of a damaged one. The file is locked while the object exists. `append` may be
/// called from any thread, the other members from one at a time.
class SealedJournal {
 public:
  /// A property of the work. A journal of other work is refused.
  struct Member {
    std::string_view name{};    ///< in the file
    std::string_view title{};   ///< for messages
    std::string value{};        ///< of this work
    bool begins_again = false;  ///< with another value the journal is not refused, but begun again
  };

  /// Opens or creates the file and locks it. `work`: what the journal is of, as `verification`. Throws `unavailable` if
  /// another run uses it, and the error of opening it.
  SealedJournal(const std::string& path, std::string work, std::vector<Member> members)
      : work_(work), members_(std::move(members)), lines_(path, std::move(work)) {}

  /// Calls `replay(object)` for each line of earlier runs, in order; it returns whether it could read the object. A
  /// journal that is new, finished or begun again has no such lines. Call it once, before `append`.
  ///
  /// Throws `invalid` for a file that is not such a journal, `conflict` for that of other work, and `corrupt` for a
  /// damaged one. The file is unchanged then.
  template <class Replay>
  void read(Replay&& replay) {
    const std::string content = lines_.content();
    std::vector<std::string> objects;
    SealedLines::for_each_line(
        content, [&](std::size_t begin, std::size_t end) { objects.push_back(lines_.object_of(content, begin, end)); });
    if (objects.empty() || !is_continued(objects.front()) || objects.back() == finished) return restart();
    for (std::size_t i = 1; i < objects.size(); ++i) {
      if (!replay(objects[i])) lines_.throw_damaged(0);
    }
    lines_.cut(content.size());
  }
  /// Appends a line, with one call of the system.
  void append(const std::string& object) { lines_.append(object); }
  /// Appends that the work is complete. The next run begins again.
  void finish() { append(std::string(finished)); }

 private:
  static constexpr std::string_view finished = R"({"finished":true})";

  void restart() {
    json::Object header = lines_.header();
    for (const Member& member : members_) header.add(member.name, member.value);
    lines_.cut(0);
    lines_.append(header.str());
  }

  /// Whether the first line names this work. Throws `conflict` if it names other work.
  [[nodiscard]] bool is_continued(const std::string& first) const {
    bool same_order = true;
    json::Reader in(first);
    const bool is_read = in.members([&](std::string_view name) {
      for (const Member& member : members_) {
        std::string value;
        if (member.name != name) continue;
        if (!in.string(value)) return false;
        if (value == member.value) return true;
        if (!member.begins_again) throw_other(member);
        same_order = false;
        return true;
      }
      return in.skip_value();
    });
    if (!is_read) lines_.throw_damaged(0);
    return same_order;
  }
  [[noreturn]] void throw_other(const Member& member) const {
    throw Error(Errc::conflict, "the journal '" + lines_.path() + "' belongs to a " + work_ + " with another " +
                                    std::string(member.title) + "; name another journal, or remove it to begin again");
  }

  std::string work_;
  std::vector<Member> members_;
  SealedLines lines_;
};

}  // namespace reel::detail

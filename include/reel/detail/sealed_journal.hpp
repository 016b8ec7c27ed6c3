#pragma once

#include <fcntl.h>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/driver/file.hpp>
#include <reel/error.hpp>
#include <reel/json/reader.hpp>
#include <reel/json/sealed_line.hpp>
#include <reel/json/writer.hpp>

namespace reel::detail {

/// A file in which work records what it has done, so that another run continues after it. One JSON object a line, each
/// with a checksum (reel/json/sealed_line.hpp). The first names the work, the last marks it as complete:
///
///     {"reel":"verification","version":1,"source":"…",…}
///     …
///     {"finished":true}
///
/// A process that is killed leaves complete lines and at most a part of one, which is cut off. The file is locked while
/// the object exists. `append` may be called from any thread, the other members from one at a time.
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
      : work_(std::move(work)),
        members_(std::move(members)),
        file_(driver::File::lockable(driver::posix_calls(), path, O_RDWR | O_CREAT)) {
    if (!file_.try_lock())
      throw Error(Errc::unavailable, "another " + work_ + " uses the journal '" + path + "'; wait for it to end");
  }

  /// Calls `replay(object)` for each line of earlier runs, in order; it returns whether it could read the object. A
  /// journal that is new, finished or begun again has no such lines. Call it once, before `append`.
  ///
  /// Throws `invalid` for a file that is not such a journal, `conflict` for that of other work, and `corrupt` for a
  /// damaged one. The file is unchanged then.
  template <class Replay>
  void read(Replay&& replay) {
    std::string content(static_cast<std::size_t>(file_.status().size), '\0');
    content.resize(file_.read_at(content, 0));
    const std::vector<std::string> objects = objects_of(content);
    if (objects.empty() || !is_continued(objects.front()) || objects.back() == finished) return restart();
    for (std::size_t i = 1; i < objects.size(); ++i) {
      if (!replay(objects[i])) throw_damaged(0);
    }
    file_.truncate(end_);
  }
  /// Appends a line, with one call of the system.
  void append(const std::string& object) {
    const std::string line = sealed(object);
    const std::lock_guard lock(mutex_);
    file_.write_at(line, end_);
    end_ += static_cast<std::int64_t>(line.size());
  }
  /// Appends that the work is complete. The next run begins again.
  void finish() { append(std::string(finished)); }

 private:
  static constexpr std::string_view finished = R"({"finished":true})";

  [[nodiscard]] static std::string sealed(std::string object) {
    object.pop_back();
    json::seal(object, 0);
    return object;
  }
  [[nodiscard]] std::string magic() const { return R"({"reel":")" + work_ + R"(","version":1)"; }
  [[nodiscard]] std::string header() const {
    json::Object object;
    object.add("reel", work_).add("version", 1);
    for (const Member& member : members_) object.add(member.name, member.value);
    return object.str();
  }
  void restart() {
    file_.truncate(0);
    end_ = 0;
    append(header());
  }

  /// The objects of all complete lines, whose end becomes `end_`.
  [[nodiscard]] std::vector<std::string> objects_of(std::string_view content) {
    const std::string start = magic();
    if (!start.starts_with(content.substr(0, start.size())))
      throw Error(Errc::invalid, "'" + file_.path() + "' is not the journal of a " + work_ + "; name another file");
    std::vector<std::string> objects;
    std::size_t at = 0;
    for (std::size_t end; (end = content.find('\n', at)) != std::string_view::npos; at = end + 1) {
      const auto object = json::unseal(content.substr(at, end - at));
      if (!object) throw_damaged(at);
      objects.push_back(std::string(*object) + '}');
    }
    end_ = static_cast<std::int64_t>(at);
    return objects;
  }
  [[noreturn]] void throw_damaged(std::size_t offset) const {
    throw Error(Errc::corrupt, "the journal '" + file_.path() + "' is damaged at offset " + std::to_string(offset) +
                                   "; remove it to begin again");
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
    if (!is_read) throw_damaged(0);
    return same_order;
  }
  [[noreturn]] void throw_other(const Member& member) const {
    throw Error(Errc::conflict, "the journal '" + file_.path() + "' belongs to a " + work_ + " with another " +
                                    std::string(member.title) + "; name another journal, or remove it to begin again");
  }

  std::string work_;
  std::vector<Member> members_;
  driver::File file_;
  std::mutex mutex_;
  std::int64_t end_ = 0;
};

}  // namespace reel::detail

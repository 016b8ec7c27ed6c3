#pragma once

#include <fcntl.h>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include <reel/driver/file/file.hpp>
#include <reel/driver/file/replace_file.hpp>
#include <reel/error.hpp>
#include <reel/json/sealed_line.hpp>
#include <reel/json/writer.hpp>

namespace reel::detail {

/// The file of a journal: one JSON object a line, each with a checksum (reel/json/sealed_line.hpp), the first with the
/// kind of work. It is locked while the object exists. `append` and `write` may be called from any thread, the other
/// members from one at a time.
///
/// One rule decides what a damaged journal is good for:
///
///     {"reel":…}\n  {…}\n  {…}\n  {"pa…       a line without its end, from a process that was killed
///     {"reel":…}\n  {…}\n  {…}\n  0000…       zero bytes, from a system that failed
///     {"reel":…}\n  {…}\n  {…}\n  {"pa…0000   both
///     ^ complete lines ----------^ cut off
///
/// The rest after the last complete line is cut off, and the work continues from there. A complete line whose checksum
/// does not match is `corrupt`, wherever it is, and the file stays as it is.
class SealedLines {
 public:
  /// Opens or creates the file and locks it. `work`: what the journal is of, such as `migration`; `remedy`: what to do
  /// about another run that uses it. Throws `unavailable` if one does, and the error of opening it.
  SealedLines(const std::string& path, std::string work, std::string_view remedy = "wait for it to end")
      : path_(path),
        work_(std::move(work)),
        file_(driver::File::lockable(driver::posix_calls(), path, O_RDWR | O_CREAT)) {
    if (!file_.try_lock())
      throw Error(Errc::unavailable, "another " + work_ + " uses the journal '" + path_ + "'; " + std::string(remedy));
  }

  /// The path of the file.
  [[nodiscard]] const std::string& path() const { return path_; }
  /// The bytes up to which the file is used.
  [[nodiscard]] std::int64_t size() const { return end_; }

  /// The beginning of the first object, to which its other members are added.
  [[nodiscard]] json::Object header() const { return json::Object().add("reel", work_).add("version", 1); }
  /// The complete lines as they were found; empty for a journal whose first line was not completed. Throws `invalid`
  /// for a file that is not a journal of this work; if it is large, only its beginning is read.
  [[nodiscard]] std::string content() const {
    const std::string start = R"({"reel":")" + work_ + R"(","version":1,)";
    const auto size = static_cast<std::size_t>(file_.status().size);
    std::string content = read(size < most_unlined ? size : most_unlined);
    if (content.starts_with(start)) {
      if (size > most_unlined) content = read(size);
      content.resize(content.rfind('\n') + 1);  // 0 without one
      return content;
    }
    content.resize(content.find_last_not_of('\0') + 1);
    if (size > most_unlined || !start.starts_with(content))
      throw Error(Errc::invalid, "'" + path_ + "' is not the journal of a " + work_ + "; name another file");
    return {};
  }
  /// Calls `visit(begin, end)` for each line of `content`, without its newline.
  template <class Visit>
  static void for_each_line(std::string_view content, Visit&& visit) {
    std::size_t at = 0;
    for (std::size_t end; (end = content.find('\n', at)) != std::string_view::npos; at = end + 1) visit(at, end);
  }
  /// The object of a line. Throws `corrupt` if the line is damaged.
  [[nodiscard]] std::string object_of(std::string_view content, std::size_t begin, std::size_t end) const {
    const auto object = json::unsealed_object(content.substr(begin, end - begin));
    if (!object) throw_damaged(begin);
    return *object;
  }
  /// Throws `corrupt`. `offset`: of the damage.
  [[noreturn]] void throw_damaged(std::size_t offset) const {
    throw Error(Errc::corrupt, "the journal '" + path_ + "' is damaged at offset " + std::to_string(offset) +
                                   "; remove it to begin again");
  }

  /// Uses the file up to `end`, and cuts off the rest.
  void cut(std::size_t end) {
    end_ = static_cast<std::int64_t>(end);
    file_.truncate(end_);
  }
  /// Appends an object.
  void append(const std::string& object) { write(json::sealed_line(object)); }
  /// Appends lines, with one call of the system.
  void write(const std::string& lines) {
    const std::lock_guard lock(mutex_);
    file_.write_at(lines, end_);
    end_ += static_cast<std::int64_t>(lines.size());
  }
  /// Puts it on the medium.
  void sync() { file_.sync(); }
  /// Gives the file another name, which is on the medium afterwards.
  void rename(const std::string& path) {
    driver::FileCalls& calls = driver::posix_calls();
    if (calls.rename(path_, path) != 0) throw driver::file_error("rename", path_);
    driver::sync_folder(calls, driver::folder_of(path));
    path_ = path;
  }

 private:
  /// The largest file that counts as a journal without the beginning of its first line: a larger one that has only zero
  /// bytes may be another program's.
  static constexpr std::size_t most_unlined = 64 * 1024;

  /// The first bytes of the file.
  [[nodiscard]] std::string read(std::size_t size) const {
    std::string content(size, '\0');
    content.resize(file_.read_at(content, 0));
    return content;
  }

  std::string path_, work_;
  driver::File file_;
  std::mutex mutex_;
  std::int64_t end_ = 0;
};

}  // namespace reel::detail

#pragma once

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <string>

#include <reel/driver/file/file_calls.hpp>

namespace reel::testing {

/// Makes the real system calls except for those set to fail. Thread-safe.
class FailingCalls : public driver::FileCalls {
 public:
  enum class Fault {
    error,        ///< the call fails and does nothing
    short_write,  ///< a write stores a part of its bytes, and the next one fails; other calls are not counted
    end,          ///< this call and all later ones fail, as if the process had ended
    split_write,  ///< a write stores a part of its bytes; other calls are interrupted or not counted
  };

  /// Makes the `call`th call from now fail once; `call` counts from 1.
  void fail(int call, Fault fault, int error) {
    fault_ = fault;
    error_ = error;
    left_ = call;
    is_torn_ = false;
    fired_ = false;
  }
  /// Makes all calls fail from now on.
  void fail_always(int error) {
    error_ = error;
    always_ = true;
  }
  void stop() {
    left_ = 0;
    always_ = false;
    is_torn_ = false;
  }
  /// Neither fails nor counts calls during its lifetime.
  void pause() { paused_ = true; }
  void resume() { paused_ = false; }
  /// Returns whether a call has failed since `fail`.
  [[nodiscard]] bool fired() const { return fired_; }
  [[nodiscard]] const std::string& what() const { return what_; }

  int open(const std::string& path, int flags) override {
    return fails(("open " + path).c_str()) ? -1 : FileCalls::open(path, flags);
  }
  ssize_t read_at(int file, void* bytes, std::size_t count, std::int64_t offset) override {
    return fails("read") ? -1 : FileCalls::read_at(file, bytes, count, offset);
  }
  ssize_t copy(int from, std::int64_t from_offset, int to, std::int64_t to_offset, std::size_t count) override {
    return fails("copy") ? -1 : FileCalls::copy(from, from_offset, to, to_offset, count);
  }
  ssize_t write_at(int file, const void* bytes, std::size_t count, std::int64_t offset) override {
    if (is_torn_.exchange(false)) {
      errno = error_;
      return -1;
    }
    if (!fails("write", true)) return FileCalls::write_at(file, bytes, count, offset);
    const bool partly = fault_ != Fault::error && count > 1 && !always_;
    if (!partly) return -1;
    is_torn_ = fault_ == Fault::short_write;
    return FileCalls::write_at(file, bytes, std::max<std::size_t>(1, count / 2), offset);
  }
  ssize_t write(int file, const void* bytes, std::size_t count) override {
    return fails("write", true) ? -1 : FileCalls::write(file, bytes, count);
  }
  int sync(int file) override { return fails("sync") ? -1 : FileCalls::sync(file); }
  int sync_folder(const std::string& path) override {
    return fails(("sync folder " + path).c_str()) ? -1 : FileCalls::sync_folder(path);
  }
  int set_time(int file, const timespec& time) override {
    return fails_hard("set time") ? -1 : FileCalls::set_time(file, time);
  }
  int truncate(int file, std::int64_t size) override {
    return fails("truncate") ? -1 : FileCalls::truncate(file, size);
  }
  int rename(const std::string& from, const std::string& to) override {
    return fails_hard(("rename " + from).c_str()) ? -1 : FileCalls::rename(from, to);
  }
  int link(const std::string& from, const std::string& to) override {
    return fails_hard(("link " + from).c_str()) ? -1 : FileCalls::link(from, to);
  }
  int unlink(const std::string& path) override {
    return fails_hard(("unlink " + path).c_str()) ? -1 : FileCalls::unlink(path);
  }
  int make_folder(const std::string& path) override {
    return fails_hard(("make folder " + path).c_str()) ? -1 : FileCalls::make_folder(path);
  }
  int status(int file, driver::FileStatus& result) override {
    return fails_hard("status") ? -1 : FileCalls::status(file, result);
  }
  int status(const std::string& path, driver::FileStatus& result) override {
    return fails_hard(("status of " + path).c_str()) ? -1 : FileCalls::status(path, result);
  }
  int list(const std::string& path, std::vector<std::string>& names) override {
    return fails_hard(("list " + path).c_str()) ? -1 : FileCalls::list(path, names);
  }
  int lock(int file, int operation) override {
    if (operation == LOCK_UN) return FileCalls::lock(file, operation);  // cannot fail for an open file
    return fails("lock") ? -1 : FileCalls::lock(file, operation);
  }

 private:
  bool fails(const char* what, bool is_write = false) {
    if (fault_ == Fault::short_write && !is_write && !always_) return false;
    if (paused_) return false;
    const bool now = always_ || (left_ > 0 && --left_ == 0);
    if (!now) return false;
    what_ = what;
    fired_ = true;
    if (fault_ == Fault::end) always_ = true;
    errno = fault_ == Fault::split_write && !always_ ? EINTR : error_.load();
    return true;
  }
  /// For a call that signals do not interrupt.
  bool fails_hard(const char* what) {
    if (fault_ == Fault::split_write && !always_) return false;
    return fails(what);
  }

  std::atomic<int> left_ = 0;
  std::atomic<int> error_ = EIO;
  std::atomic<bool> always_ = false, paused_ = false, is_torn_ = false, fired_ = false;
  std::atomic<Fault> fault_ = Fault::error;
  std::string what_;
};

}  // namespace reel::testing

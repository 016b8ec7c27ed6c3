#pragma once

#include <cerrno>
#include <functional>
#include <string>
#include <utility>

#include <reel/driver/file/file_calls.hpp>

namespace reel::testing {

/// Makes the real system calls, and calls `before_change` before each that changes the disk. If that returns false, the
/// system call fails with EIO and does nothing.
class HookedCalls : public driver::FileCalls {
 public:
  explicit HookedCalls(std::function<bool()> before_change) : before_change_(std::move(before_change)) {}

  int open(const std::string& path, int flags) override { return may(flags) ? FileCalls::open(path, flags) : -1; }
  int open_at(int folder, const std::string& name, int flags) override {
    return may(flags) ? FileCalls::open_at(folder, name, flags) : -1;
  }
  ssize_t write_at(int file, const void* bytes, std::size_t count, std::int64_t offset) override {
    return may() ? FileCalls::write_at(file, bytes, count, offset) : -1;
  }
  ssize_t copy(int from, std::int64_t from_offset, int to, std::int64_t to_offset, std::size_t count) override {
    return may() ? FileCalls::copy(from, from_offset, to, to_offset, count) : -1;
  }
  int sync(int file) override { return may() ? FileCalls::sync(file) : -1; }
  int rename(const std::string& from, const std::string& to) override {
    return may() ? FileCalls::rename(from, to) : -1;
  }
  int rename_at(int from_folder, const std::string& from, int to_folder, const std::string& to) override {
    return may() ? FileCalls::rename_at(from_folder, from, to_folder, to) : -1;
  }
  int link(const std::string& from, const std::string& to) override { return may() ? FileCalls::link(from, to) : -1; }
  int unlink(const std::string& path) override { return may() ? FileCalls::unlink(path) : -1; }
  int unlink_at(int folder, const std::string& name, int flags) override {
    return may() ? FileCalls::unlink_at(folder, name, flags) : -1;
  }
  int make_folder(const std::string& path) override { return may() ? FileCalls::make_folder(path) : -1; }
  int make_folder_at(int folder, const std::string& name) override {
    return may() ? FileCalls::make_folder_at(folder, name) : -1;
  }

 private:
  bool may(int flags = O_CREAT) {
    if ((flags & (O_CREAT | O_TRUNC)) == 0 || before_change_()) return true;
    errno = EIO;
    return false;
  }

  std::function<bool()> before_change_;
};

}  // namespace reel::testing

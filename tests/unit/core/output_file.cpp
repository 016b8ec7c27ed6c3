#include <reel/driver/file/output_file.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <thread>

#include <reel/blob/sinks.hpp>

#include "support/catch.hpp"
#include "support/filesystem/failing_calls.hpp"
#include "support/filesystem/temporary_folder.hpp"

namespace output_file_tests {

using namespace reel::testing;
using reel::Errc;

void write(reel::FileSink& sink, std::string_view bytes) { sink.write(std::as_bytes(std::span(bytes))); }

void write_blob(const std::string& path, const std::string& bytes) {
  reel::FileSink sink = reel::to_file(path);
  write(sink, bytes);
  sink.commit();
}

template <class F>
Errc code_of(F&& body) {
  try {
    body();
  } catch (const reel::Error& error) {
    return error.code();
  }
  FAIL("nothing was thrown");
  return Errc::internal;
}

struct stat status_of(const std::string& path) {
  struct stat found {};
  REQUIRE(::lstat(path.c_str(), &found) == 0);
  return found;
}

/// Creates a copy of a device, so that a test that replaces it by mistake does no harm. Users without the right to
/// create devices cannot replace one either, and get a symbolic link.
std::string device(const TemporaryFolder& folder, const std::string& name) {
  struct stat found {};
  REQUIRE(::stat(("/dev/" + name).c_str(), &found) == 0);
  const std::string copy = folder / name;
  if (::mknod(copy.c_str(), S_IFCHR | 0666, found.st_rdev) != 0) std::filesystem::create_symlink("/dev/" + name, copy);
  return copy;
}

/// Reads a pipe or FIFO in a thread until it is closed.
class Reader {
 public:
  explicit Reader(int descriptor)
      : thread_([this, descriptor] {
          std::array<char, 4096> piece{};
          for (ssize_t n = 0; (n = ::read(descriptor, piece.data(), piece.size())) > 0;)
            text_.append(piece.data(), static_cast<std::size_t>(n));
          ::close(descriptor);
        }) {}
  std::string text() {
    thread_.join();
    return text_;
  }

 private:
  std::string text_;
  std::thread thread_;
};

TEST_CASE("a regular file is replaced as a whole and keeps its permissions") {
  const TemporaryFolder folder;
  const std::string path = folder / "film.mp4";
  for (const mode_t mode : {0600U, 0640U, 0444U, 0755U, 0666U}) {
    write_file(path, "old");
    REQUIRE(::chmod(path.c_str(), mode) == 0);
    {
      reel::FileSink sink = reel::to_file(path);
      write(sink, "new");
      CHECK(content_of(path) == "old");
      sink.commit();
    }
    CHECK(content_of(path) == "new");
    CHECK((status_of(path).st_mode & 07777) == mode);
    REQUIRE(::unlink(path.c_str()) == 0);
  }
}

TEST_CASE("a replaced file keeps no set-user-ID, set-group-ID or sticky bit") {
  const TemporaryFolder folder;
  const std::string path = folder / "film.mp4";
  for (const mode_t special : {mode_t{S_ISUID}, mode_t{S_ISGID}, mode_t{S_ISVTX}}) {
    write_file(path, "old");
    REQUIRE(::chmod(path.c_str(), 0755 | special) == 0);
    write_blob(path, "new");
    CHECK((status_of(path).st_mode & 07777) == 0755);
  }
}

TEST_CASE("a sink that is not committed keeps the old file and creates no other") {
  const TemporaryFolder folder;
  write_file(folder / "film.mp4", "old");
  {
    reel::FileSink sink = reel::to_file(folder / "film.mp4");
    write(sink, "new");
  }
  CHECK(content_of(folder / "film.mp4") == "old");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("a full disk at any call keeps the old file and leaves no other") {
  const TemporaryFolder folder;
  const std::string path = folder / "film.mp4";
  write_file(path, "old");
  FailingCalls calls;
  const std::string bytes = "new";
  const auto replace = [&] {
    reel::driver::OutputFile file(path, calls);
    file.write(std::as_bytes(std::span(bytes)));
    file.commit();
  };
  for (int call = 1; call <= 2; ++call) {  // the write and the rename
    calls.fail(call, FailingCalls::Fault::error, ENOSPC);
    CHECK(code_of(replace) == Errc::unavailable);
    CHECK(calls.fired());
    CHECK(content_of(path) == "old");
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
  }
  replace();
  CHECK(content_of(path) == "new");
}

TEST_CASE("a symbolic link to a regular file is kept and its target is replaced") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "store");
  write_file(folder / "store/film.mp4", "old");
  std::filesystem::create_symlink("store/film.mp4", folder / "first");
  std::filesystem::create_symlink("first", folder / "second");
  write_blob(folder / "second", "new");
  CHECK(content_of(folder / "store/film.mp4") == "new");
  CHECK(S_ISLNK(status_of(folder / "second").st_mode));
  CHECK(S_ISLNK(status_of(folder / "first").st_mode));
  std::filesystem::create_symlink("store/later.mp4", folder / "dangling");
  write_blob(folder / "dangling", "later");
  CHECK(content_of(folder / "store/later.mp4") == "later");
  CHECK(S_ISLNK(status_of(folder / "dangling").st_mode));
  std::filesystem::create_symlink("loop", folder / "loop");
  CHECK(code_of([&] { write_blob(folder / "loop", "x"); }) == Errc::invalid);
}

TEST_CASE("a device is written to and not replaced") {
  const TemporaryFolder folder;
  const std::string null = device(folder, "null"), full = device(folder, "full");
  std::filesystem::create_symlink(null, folder / "link");
  for (const std::string& path : {null, folder / "link"}) {
    write_blob(path, "bytes");
    CHECK(std::filesystem::is_character_file(path));
  }
  CHECK(S_ISLNK(status_of(folder / "link").st_mode));
  CHECK(code_of([&] { write_blob(full, "bytes"); }) == Errc::unavailable);
  CHECK(std::filesystem::is_character_file(full));
}

TEST_CASE("a FIFO is written to and not replaced") {
  const TemporaryFolder folder;
  const std::string path = folder / "fifo";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  Reader reader(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  static_cast<void>(reader.text());  // ends at once, since the pipe has no writer
  std::string text;
  std::thread reading([&] { text = Reader(::open(path.c_str(), O_RDONLY | O_CLOEXEC)).text(); });
  write_blob(path, std::string(200'000, 'f'));
  reading.join();
  CHECK(text == std::string(200'000, 'f'));
  CHECK(S_ISFIFO(status_of(path).st_mode));
}

TEST_CASE("a pipe without a reader is an error instead of a signal") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const std::string path = "/dev/fd/" + std::to_string(ends[1]);
  ::close(ends[0]);
  CHECK(code_of([&] { write_blob(path, "bytes"); }) == Errc::unavailable);
  ::close(ends[1]);
}

TEST_CASE("a path such as /dev/fd/1 is written through the open descriptor") {
  const TemporaryFolder folder;
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  for (const char* const prefix : {"/dev/fd/", "/proc/self/fd/"}) write_blob(prefix + std::to_string(ends[1]), "bytes");
  std::filesystem::create_symlink("/dev/fd/" + std::to_string(ends[1]), folder / "link");
  write_blob(folder / "link", "bytes");
  ::close(ends[1]);
  CHECK(Reader(ends[0]).text() == "bytesbytesbytes");

  int sockets[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, sockets) == 0);
  write_blob("/dev/fd/" + std::to_string(sockets[1]), "over a socket");
  ::close(sockets[1]);
  CHECK(Reader(sockets[0]).text() == "over a socket");

  const int file = ::open((folder / "log").c_str(), O_WRONLY | O_CREAT, 0600);
  REQUIRE(::write(file, "before ", 7) == 7);
  write_blob("/dev/fd/" + std::to_string(file), "blob");
  REQUIRE(::write(file, " after", 6) == 6);
  ::close(file);
  CHECK(content_of(folder / "log") == "before blob after");
  CHECK(code_of([&] { write_blob("/dev/fd/" + std::to_string(file), "x"); }) == Errc::unavailable);
}

TEST_CASE("a target that cannot be written is refused before the first byte") {
  const TemporaryFolder folder;
  CHECK(code_of([&] { static_cast<void>(reel::to_file(folder.path())); }) == Errc::invalid);
  CHECK(code_of([&] { static_cast<void>(reel::to_file(folder / "no/such/folder")); }) == Errc::not_found);
  CHECK(code_of([&] { static_cast<void>(reel::to_file(folder / std::string(256, 'x'))); }) == Errc::invalid);
  const int number = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  (folder / "socket").copy(address.sun_path, sizeof address.sun_path - 1);
  REQUIRE(::bind(number, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  CHECK(code_of([&] { static_cast<void>(reel::to_file(folder / "socket")); }) == Errc::invalid);
  ::close(number);
}

TEST_CASE("names of the maximum length can be written and replaced") {
  const TemporaryFolder folder;
  for (const std::size_t length : {230U, 240U, 250U, 254U, 255U}) {
    const std::string path = folder / std::string(length, 'n');
    for (const char* const bytes : {"first", "second"}) {
      write_blob(path, bytes);
      CHECK(content_of(path) == bytes);
      reel::driver::replace_private_file(path, std::string(bytes) + " state");
      CHECK(content_of(path) == std::string(bytes) + " state");
    }
  }
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 5);
}

}  // namespace output_file_tests

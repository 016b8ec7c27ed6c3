#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>

#include <reel/backends/filesystem.hpp>
#include <reel/repository.hpp>
#include <reel/video/video.hpp>

#include "run_tool.hpp"

namespace terminal_tests {

/// A file descriptor that the destructor closes.
struct Descriptor {
  int number = -1;

  Descriptor() = default;
  explicit Descriptor(int opened) : number(opened) {
    if (number < 0) throw std::runtime_error("cannot open");
    ::fcntl(number, F_SETFD, FD_CLOEXEC);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }
  void close() {
    if (number >= 0) ::close(std::exchange(number, -1));
  }
};

std::string read_all(int descriptor) {
  std::string text;
  std::array<char, 4096> piece{};
  for (ssize_t n = 1; n > 0;) {
    n = ::read(descriptor, piece.data(), piece.size());  // fails once the terminal is closed
    if (n > 0) text.append(piece.data(), static_cast<std::size_t>(n));
  }
  return text;
}

/// Runs the command on a terminal and returns its output there, with line feeds as line ends.
struct Shown {
  ToolResult outcome;
  std::string text;
};

Shown on_terminal(const Arguments& arguments, unsigned short columns, bool out) {
  struct winsize size {};
  size.ws_col = columns;
  size.ws_row = 24;
  int master = -1, terminal = -1;
  if (::openpty(&master, &terminal, nullptr, nullptr, &size) != 0) throw std::runtime_error("openpty");
  const Descriptor mine(master);
  Descriptor theirs(terminal);
  Surroundings surroundings;
  (out ? surroundings.out : surroundings.error) = terminal;
  Running running(arguments, surroundings);
  theirs.close();
  std::string text = read_all(master);
  text.erase(std::remove(text.begin(), text.end(), '\r'), text.end());
  return {running.finish(), text};
}

/// A pipe that accepts at most `room` bytes until it is read.
struct NarrowPipe {
  explicit NarrowPipe(int room) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    out.number = ends[0];
    in.number = ends[1];
    const int capacity = ::fcntl(in.number, F_SETPIPE_SZ, 4096);
    filled = capacity - room;
    const std::string padding(static_cast<std::size_t>(filled), '.');
    if (::write(in.number, padding.data(), padding.size()) != filled) throw std::runtime_error("write");
  }
  /// Waits until something was written after the padding.
  void await() const {
    for (int waiting = 0; waiting <= filled; std::this_thread::yield()) {
      if (::ioctl(out.number, FIONREAD, &waiting) != 0) throw std::runtime_error("ioctl");
    }
  }

  Descriptor out, in;
  int filled = 0;
};

TEST_CASE("on a terminal progress is a bar that is cleared at the end", "[tool]") {
  TemporaryFolder folder;
  const Arguments arguments{"migrate", "legacy:" + sample_tree(), "file:" + (folder / "store")};
  const auto [outcome, text] = on_terminal(arguments, 120, false);
  CHECK(outcome.status == 0);
  CHECK(outcome.out_contains("collection videos"));
  CHECK(text.find("copying artifacts [########################################] 100 %, 343 of 343") !=
        std::string::npos);
  CHECK(text.find('\n') == std::string::npos);
  CHECK(text.ends_with("\x1b[K"));

  const auto narrow = on_terminal({"verify", "legacy:" + sample_tree(), "file:" + (folder / "store")}, 30, false);
  CHECK(narrow.outcome.status == 0);
  CHECK(narrow.text.find("comparing bucket source_code…") != std::string::npos);
  CHECK(narrow.text.find('#') == std::string::npos);
}

#ifdef REEL_TOOL_APPWRITE
TEST_CASE("on a terminal a line about a wait replaces the current line", "[tool]") {
  TemporaryFolder folder;
  write_file(folder / "my.env",
             "APPWRITE_ENDPOINT=http://127.0.0.1:1/v1\nAPPWRITE_PROJECT_ID=films\nAPPWRITE_API_KEY=k\n");
  const auto [outcome, text] = on_terminal({"doctor", "appwrite:" + (folder / "my.env")}, 200, false);
  CHECK(outcome.status == 1);
  CHECK(text.find("\x1b[Kreel: waiting ") != std::string::npos);
  CHECK(text.find("\\x") == std::string::npos);
}
#endif

TEST_CASE("on a terminal long topics are cut to the width", "[tool]") {
  TemporaryFolder folder;
  {
    reel::Filesystem store(folder / "store");
    const reel::Repository<reel::video::Video, reel::Filesystem> videos(store);
    videos.setup();
    videos.create({.topic = std::string(200, 'x'), .created_at = reel::Timestamp{std::chrono::hours{2}}},
                  {.id = reel::Id<reel::video::Video>{"a"}});
    std::string wide;
    for (int i = 0; i < 100; ++i) wide += "定";
    videos.create({.topic = wide, .created_at = reel::Timestamp{std::chrono::hours{1}}},
                  {.id = reel::Id<reel::video::Video>{"b"}});
  }
  const auto [outcome, text] = on_terminal({"videos", "file:" + (folder / "store")}, 70, true);
  CHECK(outcome.status == 0);
  const std::string head = "ID  STATUS  SCENES  DONE  CREATED            ";  // 45 columns
  const std::string columns = "   queued       0   0 %  1970-01-01T0";
  std::string topic_of_b;
  for (int i = 0; i < 12; ++i) topic_of_b += "定";
  CHECK(text == head + "TOPIC\n" + "a" + columns + "2:00Z  " + std::string(24, 'x') + "…\n" + "b" + columns +
                    "1:00Z  " + topic_of_b + "…\n");

  const auto narrow = on_terminal({"videos", "file:" + (folder / "store")}, 50, true).text;
  CHECK(narrow.starts_with("ID  STATUS  CREATED            TOPIC\n"));
  CHECK(narrow.find(std::string(18, 'x') + "…\n") != std::string::npos);
  CHECK(done({"videos", "file:" + (folder / "store")}).out_contains(std::string(200, 'x') + "\n"));
}

TEST_CASE("an interrupted migration ends cleanly, reports what is done and can be resumed", "[tool]") {
  TemporaryFolder folder;
  const std::string tree = "legacy:" + sample_tree(), store = "file:" + (folder / "store");
  NarrowPipe pipe(100);  // progress output is longer, so that the command blocks during its work
  Running running({"migrate", tree, store, "--report", folder / "report.json"}, {.error = pipe.in.number});
  pipe.in.close();
  pipe.await();
  running.signal(SIGINT);
  const std::string error = read_all(pipe.out.number);
  const ToolResult outcome = running.finish();
  CHECK(outcome.status == 1);
  const std::string resumes = "reel: interrupted; the items counted above are done; to continue: ";
  CHECK(error.find(resumes + REEL_TOOL + " migrate " + tree + " " + store + " --report ") != std::string::npos);
  CHECK(outcome.out_contains("not reached"));
  const auto report = nlohmann::json::parse(read_file(folder / "report.json"));
  CHECK(report["cancelled"] == true);
  CHECK(report["total"]["created"] < 334);
  CHECK(report["files"]["unaccounted"] > 0);
  CHECK(reel_tool({"verify", store, "legacy:" + sample_tree()}).status == 3);

  done({"migrate", tree, store, "--report", folder / "report.json"});
  const auto resumed = nlohmann::json::parse(read_file(folder / "report.json"));
  CHECK(resumed["resumed"] == true);
  CHECK(resumed["total"]["created"] == resumed["total"]["found"]);  // by both runs
  done({"verify", tree, store});
}

TEST_CASE("an interrupted migration of a length of time is continued with the time it began with", "[tool]") {
  TemporaryFolder folder;
  const Arguments command{"migrate",  "legacy:" + sample_tree(), "file:" + (folder / "store"), "--since", "30000d",
                          "--report", folder / "report.json"};
  NarrowPipe pipe(100);
  Running running(command, {.error = pipe.in.number});
  pipe.in.close();
  pipe.await();
  running.signal(SIGINT);
  static_cast<void>(read_all(pipe.out.number));
  CHECK(running.finish().status == 1);
  CHECK(nlohmann::json::parse(read_file(folder / "report.json"))["cancelled"] == true);
  done(command);
  const auto resumed = nlohmann::json::parse(read_file(folder / "report.json"));
  CHECK(resumed["resumed"] == true);
  CHECK(resumed["total"]["created"] == resumed["total"]["found"]);  // by both runs
}

TEST_CASE("an interrupted verification is reported as interrupted", "[tool]") {
  NarrowPipe pipe(100);
  Running running({"verify", "legacy:" + sample_tree(), sample_store()}, {.error = pipe.in.number});
  pipe.in.close();
  pipe.await();
  running.signal(SIGTERM);
  const std::string error = read_all(pipe.out.number);
  CHECK(running.finish().status == 1);
  CHECK(error.find("reel: interrupted; only the items counted above were compared") != std::string::npos);
}

TEST_CASE("an interrupted put stores no blob", "[tool]") {
  TemporaryFolder folder;
  const std::string store = "file:" + (folder / "store");
  done({"setup", store});
  const std::string fifo = folder / "film.mp4";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  Running running({"blobs", store, "final_videos", "put", fifo, "--id", "film"});
  Descriptor writer(::open(fifo.c_str(), O_WRONLY | O_CLOEXEC));  // waits for the reader
  running.signal(SIGINT);
  const std::string piece(10'000, 'x');
  const auto before = ::signal(SIGPIPE, SIG_IGN);
  const ssize_t written = ::write(writer.number, piece.data(), piece.size());
  CHECK((written > 0 || errno == EPIPE));  // it may have given up already
  writer.close();
  ::signal(SIGPIPE, before);
  const ToolResult outcome = running.finish();
  CHECK(outcome.status == 1);
  CHECK(outcome.error_contains("reel: final_videos.put film: cancelled"));
  CHECK(done({"blobs", store, "final_videos", "ls"}).out == "no blobs\n");
  for (const auto& [path, text] : content_of(folder / "store/buckets")) CHECK(text.find("xxxx") == std::string::npos);
}

}  // namespace terminal_tests

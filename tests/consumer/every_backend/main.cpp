#include <reel/backends/filesystem.hpp>
#include <reel/backends/legacy.hpp>
#include <reel/backends/memory.hpp>
#include <reel/reel.hpp>
#if __has_include(<reel/backends/appwrite.hpp>)
#include <reel/backends/appwrite.hpp>
#endif

#include <sys/stat.h>

#include <iostream>
#include <string>

struct Track {
  std::string title;
};

template <>
struct reel::Schema<Track> {
  static constexpr auto collection =
      reel::collection("tracks", "Tracks", reel::attribute("title", &Track::title, reel::max_length(64)));
};

template <class Backend>
bool keeps_a_record(Backend& store) {
  const auto tracks = reel::records<Track>(store);
  tracks.setup();
  return tracks.get(tracks.create({.title = "Blue"}).id).value.title == "Blue";
}

bool refuses_to_keep_a_record(reel::Legacy& store) {
  try {
    reel::records<Track>(store).setup();
    return false;
  } catch (const reel::Error& error) {
    return error.code() == reel::Errc::unsupported;
  }
}

int main(int, char** argv) {
  const std::string folder = std::string(argv[0]) + ".tree";
  if (::mkdir(folder.c_str(), 0700) != 0) return 1;
  reel::Memory memory;
  reel::Filesystem filesystem(std::string(argv[0]) + ".store");
  reel::Legacy legacy(folder);
#if __has_include(<reel/backends/appwrite.hpp>)
  reel::Appwrite(reel::AppwriteConfig{.project = "films", .key = reel::ApiKey("secret")});  // sends no request
#endif
  if (!keeps_a_record(memory) || !keeps_a_record(filesystem) || !refuses_to_keep_a_record(legacy)) return 1;
  std::cout << "every backend is linked\n";
}

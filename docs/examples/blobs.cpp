// Stores files in a bucket and reads them back.

#include <fstream>
#include <iostream>
#include <sstream>

#include <reel/backends/filesystem.hpp>
#include <reel/reel.hpp>

using reel::BlobId;

int main() {
  std::ofstream("out.mp4") << std::string(300'000, 'f');

  reel::Filesystem store{"store"};
  const reel::Bucket bucket{
      .id = "final_videos", .name = "Final Videos", .max_size = 500 * reel::MiB, .extensions = {"mp4", "mkv", "avi"}};
  reel::BlobStore<reel::Filesystem> finals{store, bucket};
  finals.setup();

  const BlobId id{"video_42"};
  std::int64_t sent = 0;
  const auto count = [&sent](const reel::Progress& progress) { sent = progress.done; };
  reel::BlobInfo info = finals.put(id, reel::from_file("out.mp4"), {.on_progress = count});
  std::cout << "sent " << sent << " bytes\n";
  std::cout << info.name << ", " << info.size << " bytes, " << info.content_type << ", md5 " << info.md5 << '\n';

  finals.get(id, reel::to_file("copy.mp4"));  // verified against info.md5
  std::vector<std::byte> head = finals.read(id, {.offset = 0, .length = 4096});
  std::cout << head.size() << " bytes from the start\n";

  std::string text;
  finals.put(BlobId{"small"}, reel::from_bytes("four"), {.name = "small.mp4"});
  finals.get(BlobId{"small"}, reel::to_bytes(text));
  std::istringstream in("streamed");
  finals.put(BlobId{"small"}, reel::from_stream(in), {.name = "small.mp4", .overwrite = true});
  std::ostringstream out;
  finals.get(BlobId{"small"}, reel::to_stream(out));
  std::cout << text << ", " << out.str() << '\n';

  std::cout << "exists: " << finals.find(id).has_value() << ", size: " << finals.stat(id).size << '\n';
  for (const reel::BlobInfo& blob : finals.list({.limit = 100}).blobs) std::cout << blob.id.str() << '\n';
  std::cout << finals.url(id).substr(0, 8) << "…\n";

  try {
    finals.put(BlobId{"notes"}, reel::from_bytes("…"), {.name = "notes.txt"});
  } catch (const reel::Error& error) {
    std::cout << error.what() << '\n';
  }

  const reel::StopCondition at_once{[] { return true; }};  // or a std::stop_token
  try {
    finals.put(BlobId{"stopped"}, reel::from_file("out.mp4"), {.stop = at_once});
  } catch (const reel::Error& error) {
    std::cout << reel::to_string(error.code()) << ", exists: " << finals.exists(BlobId{"stopped"}) << '\n';
  }

  finals.put(BlobId{"long"}, reel::from_file("out.mp4"), {.ledger = "out.ledger"});  // removed when the blob is stored
  finals.remove(BlobId{"long"});

  using reel::field;
  const auto large = reel::Query<reel::BlobInfo>{}
                         .where(field<&reel::BlobInfo::size> > 3 && field<&reel::BlobInfo::name>.ends_with(".mp4"))
                         .order_by<&reel::BlobInfo::size>(reel::descending);
  for (const reel::BlobInfo& blob : finals.all(large)) std::cout << blob.id.str() << ": " << blob.size << '\n';
  std::cout << finals.update(BlobId{"small"}, {.name = "tiny.mp4"}).name << '\n';

  const reel::ScrubReport report = finals.scrub({.parallelism = 4});
  std::cout << report.blobs << " blobs, " << report.failures.size() << " damaged\n";
  finals.get(id, reel::to_file("slow.mp4"), {.max_rate = 20 * reel::MiB});

  std::cout << "removed: " << finals.remove(id) << finals.remove(id) << '\n';
}

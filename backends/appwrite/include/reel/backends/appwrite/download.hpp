#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <future>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include <reel/backends/appwrite/byte_relay.hpp>
#include <reel/backends/appwrite/files.hpp>
#include <reel/backends/appwrite/in_background.hpp>
#include <reel/blob.hpp>

namespace reel::appwrite {

/// Passes bytes of one file on as they come. A connection that breaks is taken up where it broke. The server's rules
/// for ranges are no concern of the caller: it refuses one of a single byte, and cuts one that is too long.
class Download {
 public:
  Download(const Client& client, const Bucket& bucket, const BlobInfo& blob, BlobSink& sink)
      : client_(client), bucket_(bucket), blob_(blob), sink_(sink) {}

  /// The bytes from `from` to `end`, which are within the file. `conflict`: somebody replaced the file meanwhile.
  void run(std::int64_t from, std::int64_t end) {
    at_ = from;
    end_ = end;
    for (int failures = 0; at_ < end_;) {
      const std::int64_t before = at_;
      try {
        fetch();
      } catch (const Error& error) {
        if (sink_failed_ || error.code() == Errc::cancelled) throw;
        if (at_ > from) check_unchanged();
        if (error.code() != Errc::unavailable && error.code() != Errc::timed_out) throw;
        failures = at_ == before ? failures + 1 : 1;
        if (failures > most_failures) throw;
        client_.wait(std::chrono::milliseconds(100 << failures));
      }
    }
  }

  /// `conflict` if the file is another one now.
  void check_unchanged() const {
    const std::optional<StoredFile> now = find_file(client_, bucket_.id, blob_.id.str());
    if (now && (now->info.md5 != blob_.md5 || now->info.size != blob_.size))
      throw Error(Errc::conflict, "somebody replaced the file while it was read");
  }

 private:
  static constexpr int most_failures = 5;
  /// Longer ones are cut; and a proxy may keep a piece in memory.
  static constexpr std::int64_t longest_piece = 16 * MiB;
  /// From so many bytes on, receiving them and passing them on are two threads' work.
  static constexpr std::int64_t relayed = 1 * MiB;

  void fetch() {
    const bool whole = at_ == 0 && end_ == blob_.size;
    std::int64_t first = at_;
    std::int64_t last = whole ? end_ - 1 : std::min(end_, at_ + longest_piece) - 1;
    const std::int64_t piece_end = last + 1;
    if (!whole && first == last) last + 1 < blob_.size ? ++last : --first;
    std::int64_t place = first;
    Call call{.request = {.path = file_path(bucket_.id, blob_.id.str()) + "/download",
                          .headers = {{"Accept-Encoding", "identity"}}}};
    if (!whole) call.request.headers.add("Range", "bytes=" + std::to_string(first) + "-" + std::to_string(last));
    const auto take = [&](std::span<const std::byte> bytes) {
      const std::int64_t start = place;
      place += static_cast<std::int64_t>(bytes.size());
      const std::int64_t skipped = std::min(std::max(at_ - start, std::int64_t{0}), place - start);
      const std::int64_t wanted = std::min(place, piece_end) - start - skipped;
      if (wanted > 0) pass(bytes.subspan(static_cast<std::size_t>(skipped), static_cast<std::size_t>(wanted)));
    };
    const HttpResponse response = receive(std::move(call), last - first >= relayed, take);
    if (!whole) check_range(response, first, last);
    if (place != last + 1)
      throw Error(Errc::conflict, "the server gave " + std::to_string(place - first) + " bytes where there were " +
                                      std::to_string(last + 1 - first) + ": somebody replaced the file");
  }

  /// Gives `take` what comes: on this thread, and if it is a lot, received on another one meanwhile.
  template <class Take>
  [[nodiscard]] HttpResponse receive(Call call, bool meanwhile, const Take& take) const {
    if (!meanwhile) {
      call.request.sink = take;
      return client_.call(std::move(call)).response;
    }
    ByteRelay relay;
    call.request.sink = [&relay](std::span<const std::byte> bytes) {
      if (!relay.push(bytes)) throw Error(Errc::cancelled, "the download is given up");
    };
    std::future<HttpResponse> response = in_background([&] {
      const AtEnd close([&] { relay.close(); });
      return client_.call(std::move(call)).response;
    });
    const AtEnd abandon([&] { relay.abandon(); });  // before the future waits for the thread
    while (const std::optional<ByteRelay::Bytes> bytes = relay.pop()) take(*bytes);
    return response.get();
  }
  template <class F>
  class AtEnd {
   public:
    explicit AtEnd(F run) : run_(std::move(run)) {}
    AtEnd(const AtEnd&) = delete;
    AtEnd& operator=(const AtEnd&) = delete;
    ~AtEnd() { run_(); }

   private:
    F run_;
  };

  void pass(std::span<const std::byte> bytes) {
    sink_failed_ = true;
    sink_.write(bytes);
    sink_failed_ = false;
    at_ += static_cast<std::int64_t>(bytes.size());
  }

  void check_range(const HttpResponse& response, std::int64_t first, std::int64_t last) const {
    const std::string wanted =
        "bytes " + std::to_string(first) + "-" + std::to_string(last) + "/" + std::to_string(blob_.size);
    const std::string got(response.headers.find("content-range").value_or(""));
    if (response.status == 206 && got == wanted) return;
    if (response.status != 206) throw Error(Errc::unsupported, "the server, or a proxy in front of it, ignores ranges");
    throw Error(Errc::conflict, "the server gave '" + got + "' for '" + wanted + "': somebody replaced the file");
  }

  const Client& client_;
  const Bucket& bucket_;
  const BlobInfo& blob_;
  BlobSink& sink_;
  std::int64_t at_ = 0;
  std::int64_t end_ = 0;
  bool sink_failed_ = false;  ///< what is thrown comes from the sink
};

}  // namespace reel::appwrite

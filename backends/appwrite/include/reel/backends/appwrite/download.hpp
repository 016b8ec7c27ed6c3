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

/// Passes the bytes of one file to a sink as they arrive (GET /storage/buckets/…/files/…/download). After a broken
/// connection it continues at the position that was reached. Hides the rules of the server for ranges: Appwrite 1.8.1
/// answers 416 to a range of one byte and shortens a range of more than 20,000,000 bytes. Used once, by one thread.
class Download {
 public:
  /// The references must outlive the object.
  Download(const Client& client, const Bucket& bucket, const BlobInfo& blob, BlobSink& sink)
      : client_(client), bucket_(bucket), blob_(blob), sink_(sink) {}

  /// Passes on the bytes from `from` to `end`, which are within the file. 1 request, or 1 for each 16 MiB of a range
  /// that is not the whole file, and up to 5 repetitions in a row without progress. Throws `conflict` if another
  /// program replaced the file meanwhile.
  void run(std::int64_t from, std::int64_t end) {
    at_ = from;
    end_ = end;
    for (int failures = 0; at_ < end_;) {
      const std::int64_t before = at_;
      try {
        fetch();
      } catch (const Error& error) {
        if (sink_failed_ || error.code() == Errc::cancelled) throw;
        resumed_ = at_ > from;
        if (resumed_) check_unchanged();
        if (error.code() != Errc::unavailable && error.code() != Errc::timed_out) throw;
        failures = at_ == before ? failures + 1 : 1;
        if (failures > most_failures) throw;
        client_.wait(std::chrono::milliseconds(100 << failures));
      }
    }
  }

  /// Whether the bytes come from several responses because a connection broke. The file may have been replaced between
  /// two of them, with one of the same size.
  [[nodiscard]] bool was_resumed() const { return resumed_; }

  /// Throws `conflict` if the file was replaced since the download began. 1 request.
  void check_unchanged() const {
    const std::optional<StoredFile> now = find_file(client_, bucket_.id, blob_.id.str());
    if (now && (now->info.md5 != blob_.md5 || now->info.size != blob_.size))
      throw Error(Errc::conflict, "another program replaced the file while it was read");
  }

 private:
  /// Failures in a row, without progress, before the download fails.
  static constexpr int most_failures = 5;
  /// The length of one range in bytes. Above 20,000,000 bytes the server shortens it, and a proxy may buffer it
  /// completely.
  static constexpr std::int64_t longest_piece = 16 * MiB;
  /// From this length on, in bytes, a second thread receives while this one hashes and writes.
  static constexpr std::int64_t relayed = 1 * MiB;

  /// Sends one request for the next bytes. A range of a single byte is extended by a neighbouring byte, which is
  /// dropped.
  void fetch() {
    const bool whole = at_ == 0 && end_ == blob_.size;
    std::int64_t first = at_;
    std::int64_t last = whole ? end_ - 1 : std::min(end_, at_ + longest_piece) - 1;
    const std::int64_t piece_end = last + 1;
    if (!whole && first == last) last + 1 < blob_.size ? ++last : --first;
    std::int64_t position = first;
    Call call{.request = {.path = file_path(bucket_.id, blob_.id.str()) + "/download",
                          .headers = {{"Accept-Encoding", "identity"}}}};
    if (!whole) call.request.headers.add("Range", "bytes=" + std::to_string(first) + "-" + std::to_string(last));
    const auto take = [&](std::span<const std::byte> bytes) {
      const std::int64_t start = position;
      position += static_cast<std::int64_t>(bytes.size());
      const std::int64_t skipped = std::min(std::max(at_ - start, std::int64_t{0}), position - start);
      const std::int64_t wanted = std::min(position, piece_end) - start - skipped;
      if (wanted > 0) pass(bytes.subspan(static_cast<std::size_t>(skipped), static_cast<std::size_t>(wanted)));
    };
    const HttpResponse response = receive(std::move(call), last - first >= relayed, take);
    if (!whole) check_range(response, first, last);
    if (position != last + 1)
      throw Error(Errc::conflict, "the server sent " + std::to_string(position - first) + " bytes instead of " +
                                      std::to_string(last + 1 - first) + ": another program replaced the file");
  }

  /// Passes the body of the response to `take`, which always runs on this thread. With `meanwhile`, another thread
  /// receives.
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
  /// Runs a function at the end of a scope.
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

  /// Passes bytes to the sink. `sink_failed_` distinguishes its exceptions from errors of the connection.
  void pass(std::span<const std::byte> bytes) {
    sink_failed_ = true;
    sink_.write(bytes);
    sink_failed_ = false;
    at_ += static_cast<std::int64_t>(bytes.size());
  }

  /// Throws unless the response contains exactly the requested range: `unsupported` if ranges are ignored, `conflict`
  /// if the file has another size.
  void check_range(const HttpResponse& response, std::int64_t first, std::int64_t last) const {
    const std::string wanted =
        "bytes " + std::to_string(first) + "-" + std::to_string(last) + "/" + std::to_string(blob_.size);
    const std::string got(response.headers.find("content-range").value_or(""));
    if (response.status == 206 && got == wanted) return;
    if (response.status != 206) throw Error(Errc::unsupported, "the server, or a proxy in front of it, ignores ranges");
    throw Error(Errc::conflict,
                "the server sent '" + got + "' instead of '" + wanted + "': another program replaced the file");
  }

  const Client& client_;
  const Bucket& bucket_;
  const BlobInfo& blob_;
  BlobSink& sink_;
  std::int64_t at_ = 0;
  std::int64_t end_ = 0;
  bool resumed_ = false;
  bool sink_failed_ = false;  ///< an exception comes from the sink and ends the download
};

}  // namespace reel::appwrite

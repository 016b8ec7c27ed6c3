#pragma once

#include <fcntl.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include <reel/backends/legacy/incoming_blob.hpp>
#include <reel/backends/legacy/record_log.hpp>
#include <reel/driver/byte_span.hpp>
#include <reel/driver/file.hpp>
#include <reel/driver/hashed_source.hpp>
#include <reel/local/blob_records.hpp>

namespace reel::legacy {

/// A bucket that the pipeline does not have: in a folder of its own the files of its blobs, never changed once they are
/// named, and `blobs.jsonl`, a line for every change, which acknowledges it. Synchronised.
class OwnBucket {
 public:
  struct Settings {
    std::string root{};  ///< of the tree
    TextRules text = TextRules::folded;
    std::function<Timestamp()> clock{};
    bool writes = false;  ///< the tree is open for writing
  };

  /// `corrupt`: a line of the log is damaged.
  OwnBucket(Disk& disk, const Settings& settings, std::string folder)
      : disk_(disk), settings_(settings), folder_(std::move(folder)), table_(schema(), settings.text) {
    const std::string logged = disk_.read(log()).value_or("");
    load(logged);
    if (settings_.writes) tidy(logged);
  }

  BlobInfo put(BlobInfo info, driver::HashedSource& source, bool overwrite) {
    const std::string file = info.id.str() + "~" + make_id();
    IncomingBlob incoming(disk_, {.path = path_of(file)});
    incoming.receive(source);
    static_cast<void>(incoming.commit());
    info.size = source.bytes_read();
    info.md5 = source.md5();
    driver::Document document = local::record_of(info);
    document.values.emplace_back(file);
    local::Mutation done;
    try {
      write([&](Transaction& transaction) { done = local::put_record(transaction, std::move(document), overwrite); });
    } catch (const Error&) {
      if (!is_broken()) disk_.remove(path_of(file));
      throw;
    }
    if (done.before) disk_.remove(path_of(*done.before));
    return local::blob_of(*done.after);
  }

  bool remove(std::string_view id) {
    driver::DocumentPtr removed;
    write([&](Transaction& transaction) { removed = transaction.remove(id, std::nullopt); });
    if (removed) disk_.remove(path_of(*removed));
    return removed != nullptr;
  }

  std::optional<BlobInfo> update(std::string_view id, const BlobChange& wanted) {
    driver::DocumentPtr stored;
    write([&](Transaction& transaction) { stored = local::change_record(transaction, id, wanted); });
    return local::blob_of(stored);
  }

  [[nodiscard]] std::optional<BlobInfo> find(std::string_view id) const {
    const std::shared_lock lock(mutex_);
    return local::blob_of(table_.share(id));
  }

  [[nodiscard]] driver::Page<BlobInfo> list(const BlobQuery& query) const {
    const std::shared_lock lock(mutex_);
    return local::list_blobs(table_, query);
  }

  std::optional<BlobInfo> read(std::string_view id, ByteRange range, BlobSink& sink) const {
    std::optional<driver::File> file;
    driver::DocumentPtr document;
    {
      const std::shared_lock lock(mutex_);
      document = table_.share(id);
      if (!document) return std::nullopt;
      if (disk_.look(path_of(*document)) != Disk::Entry::file)
        throw Error(Errc::corrupt, "the file '" + path_of(*document) + "' of the blob is missing");
      file.emplace(settings_.root + "/" + path_of(*document), O_RDONLY | O_NOFOLLOW);
    }
    BlobInfo info = local::blob_of(*document);
    if (const std::int64_t size = file->status().size; size != info.size)
      throw Error(Errc::corrupt, "the file '" + file->path() + "' of the blob has " + std::to_string(size) +
                                     " bytes, but was stored with " + std::to_string(info.size));
    const auto [from, end] = driver::clamped(range, info.size);
    copy(*file, from, end, sink);
    return info;
  }

 private:
  using Table = local::Table<local::SharedDocuments>;
  using Transaction = local::Transaction<local::SharedDocuments>;

  [[nodiscard]] static const driver::CollectionSchema& schema() {
    static const driver::CollectionSchema made = [] {
      driver::CollectionSchema blobs = schema_of<BlobInfo>();
      blobs.attributes.push_back({.name = "file", .max_length = 255});
      return blobs;
    }();
    return made;
  }
  [[nodiscard]] static const std::string& file_of(const driver::Document& document) {
    return *document.values.back().as<std::string>();
  }
  [[nodiscard]] std::string path_of(const std::string& file) const { return folder_ + "/" + file; }
  [[nodiscard]] std::string path_of(const driver::Document& document) const { return path_of(file_of(document)); }
  [[nodiscard]] std::string log() const { return path_of(std::string(log_name)); }
  [[nodiscard]] bool is_broken() const {
    const std::shared_lock lock(mutex_);
    return broken_;
  }

  static void append_line(std::string& lines, const driver::Document& document, bool removed) {
    Overlay overlay = removed ? Overlay{.id = document.id, .removed = true} : overlay_of(schema(), document);
    overlay.values[std::string(overlay_key::sequence)] = {driver::Value{document.sequence}};
    RecordLog::append_line(lines, {"blobs", std::make_shared<const Overlay>(std::move(overlay))});
  }

  [[nodiscard]] static driver::Document document_of(const Overlay& overlay) {
    const auto value = [&](std::string_view name) {
      const Override* const said = overlay.find(name);
      return said ? said->value : driver::Value{};
    };
    driver::Document document{.id = overlay.id,
                              .sequence = overlay.integer(overlay_key::sequence).value_or(0),
                              .created_at = time_of(value(overlay_key::created_at)),
                              .updated_at = time_of(value(overlay_key::updated_at)),
                              .permissions = permissions_of(value(overlay_key::permissions))};
    for (const driver::AttributeSchema& attribute : schema().attributes)
      document.values.push_back(fitted(attribute, value(attribute.name)));
    return document;
  }

  /// A line without its end was being written when a program ended, and was not acknowledged.
  void load(std::string_view text) {
    const RecordLog::Contents contents = RecordLog::parse(text);
    if (contents.records.size() != static_cast<std::size_t>(std::ranges::count(text, '\n')))
      throw Error(Errc::corrupt, "a line of '" + settings_.root + "/" + log() + "' is damaged");
    std::map<std::int64_t, driver::DocumentPtr> blobs;
    for (const LoggedRecord& record : contents.records) {
      const std::int64_t sequence = record.overlay->integer(overlay_key::sequence).value_or(0);
      blobs[sequence] =
          record.overlay->removed ? nullptr : std::make_shared<const driver::Document>(document_of(*record.overlay));
    }
    for (auto& [sequence, document] : blobs) {
      if (document) table_.load_row(std::move(document), sequence);
      table_.reserve_sequence(sequence + 1);
    }
  }

  /// Leaves in the log what counts, and in the folder the files that it names.
  void tidy(const std::string& logged) {
    std::string lines;
    std::unordered_set<std::string> named{std::string(log_name)};
    for (const driver::DocumentPtr& document : table_.rows()) {
      append_line(lines, *document, false);
      named.insert(file_of(*document));
    }
    const std::int64_t last = table_.next_sequence() - 1;  // is never given again
    if (table_.sequences().empty() ? last > 0 : table_.sequences().back() < last)
      append_line(lines, {.id = "removed", .sequence = last}, true);
    if (lines != logged) disk_.write(log(), lines);
    for (const std::string& file : disk_.list(folder_))
      if (!named.contains(file)) disk_.remove(path_of(file));
  }

  /// Logs what `work` does to the blobs, and then shows it.
  template <class Work>
  void write(Work&& work) {
    const std::unique_lock lock(mutex_);
    if (broken_)
      throw Error(Errc::unavailable, "a write to '" + log() + "' could not be finished; open the tree again");
    Transaction transaction(table_, settings_.clock(), false);
    work(transaction);
    std::string lines;
    for (const local::Mutation& one : transaction.mutations())
      append_line(lines, one.after ? *one.after : *one.before, !one.after);
    if (lines.empty()) return;
    broken_ = true;
    disk_.append(log(), lines);
    broken_ = false;
    for (const local::Mutation& one : transaction.mutations()) table_.apply(one, one.after);
  }

  static void copy(const driver::File& file, std::int64_t from, std::int64_t end, BlobSink& sink) {
    std::vector<std::byte> buffer(static_cast<std::size_t>(std::min(end - from, 256 * KiB)));
    while (from < end) {
      const std::size_t n = file.read_at(buffer, from);
      if (n == 0) return;
      const auto wanted = static_cast<std::size_t>(std::min(end - from, static_cast<std::int64_t>(n)));
      sink.write(std::span(buffer).first(wanted));
      from += static_cast<std::int64_t>(wanted);
    }
  }

  static constexpr std::string_view log_name = "blobs.jsonl";

  Disk& disk_;
  const Settings& settings_;
  std::string folder_;
  mutable std::shared_mutex mutex_;  ///< of all below
  Table table_;
  bool broken_ = false;  ///< it is uncertain what the log says
};

}  // namespace reel::legacy

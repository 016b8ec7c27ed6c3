#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <reel/backends/filesystem/commit_queue.hpp>
#include <reel/backends/filesystem/housekeeping_schedule.hpp>
#include <reel/backends/filesystem/journal_table.hpp>
#include <reel/backends/filesystem/journal_writer.hpp>
#include <reel/backends/filesystem/mark_follower.hpp>
#include <reel/backends/filesystem/mutation_lines.hpp>
#include <reel/backends/filesystem/replaced_journal.hpp>
#include <reel/backends/filesystem/schema_file.hpp>
#include <reel/backends/filesystem/settings.hpp>
#include <reel/backends/filesystem/stored_schemas.hpp>
#include <reel/driver/change_rules.hpp>
#include <reel/driver/collection_schema.hpp>
#include <reel/driver/item_digest.hpp>
#include <reel/driver/range_digest.hpp>
#include <reel/driver/schema_change.hpp>
#include <reel/local/table_digests.hpp>

namespace reel::filesystem {

/// One collection in a folder: `schema.json`, the journal `records.jsonl`, its snapshot `records.index`, and `lock`,
/// whose file lock the writer holds. Thread-safe, and safe with other processes on the same folder.
///
/// The path of a write:
///
///     caller        write(work)
///                     |
///     queue         CommitQueue: one thread leads; requests that arrive meanwhile form the next group
///                     |
///     leader        commit(group)                                     followers wait
///                     |
///     lock          flock on `lock`                                   other processes wait
///                   Committing: catch up with their commits, set committing_
///                   DiskTransaction: run each work                    readers continue with the present table
///                     |
///     journal       JournalWriter::begin    cut off bytes after the mark
///                   append the lines, fdatasync (durable)             <- from here the writes survive a loss of power
///                     |
///     mutex_        mark: write the end of the journal into `lock`    <- other processes and watches see the writes
///                   table: apply the mutations                        <- threads of this process see the writes
///                     |
///     finish        the followers return
///                   compaction or snapshot, then release the lock
///
/// A failure up to the mark is undone and nothing has changed; see `JournalWriter`.
///
/// Lock order: queue mutex (released during a commit), flock, `mutex_`. While `committing_` is set, only the thread
/// that set it changes anything, and only under `mutex_`; readers then use the table without catching up.
///
/// Read-only access needs only read permission and no `lock`, and changes nothing. It sees the commits of other
/// processes: a compaction replaces the journal by name, and the open file stays unchanged until the mark names the new
/// one. Loading holds a shared lock, so that no commit is in progress; without a `lock` file no writer exists. A write
/// whose process ended before acknowledging it may be visible until the next writer keeps or drops it.
///
/// Damaged lines are skipped, see `JournalTable`. A damaged collection refuses writes.
class Collection {
 public:
  /// How a collection is opened: `existing` throws if it is missing, `ensure` creates it.
  enum class Mode { existing, ensure };

  /// Opens the collection in `folder`. With `Access::automatic`, a collection that may not be written is opened for
  /// reading. `digest`: that of one document.
  Collection(const Settings& settings, std::string folder, const driver::CollectionSchema& schema, Mode mode,
             local::DigestOfDocument digest = driver::digest_of_record)
      : settings_(settings),
        folder_(std::move(folder)),
        schema_(std::make_shared<const driver::CollectionSchema>(schema)),
        writer_(calls(), folder_, settings_.durable),
        records_(calls(), folder_, settings_.text, schema_, digest),
        marks_(calls(), folder_, records_) {
    try {
      if (settings_.access == Access::read_only) {
        open_for_reading(mode, "the store was opened read-only");
      } else {
        open_for_writing(mode);
      }
    } catch (const Error& error) {
      if (settings_.access != Access::automatic || error.code() != Errc::forbidden) throw;
      open_for_reading(mode, error.reason());
    }
  }
  Collection(const Collection&) = delete;
  Collection& operator=(const Collection&) = delete;

  ~Collection() {
    try {
      save_at_end();
    } catch (const std::exception&) {  // a snapshot only saves time
    }
  }

  /// The schema of the documents that `read` and `write` pass; valid as long as this object.
  [[nodiscard]] const driver::CollectionSchema& schema() const { return *schema_; }

  /// Whether the collection has this schema, also for other processes.
  [[nodiscard]] bool serves(const driver::CollectionSchema& schema) {
    if (!driver::same_shape(*schema_, schema)) return false;
    try {
      return read([](const DiskTable&) { return true; });
    } catch (const Error& error) {
      if (error.code() != Errc::conflict) throw;
      return false;
    }
  }

  /// Whether the journal has damaged lines.
  [[nodiscard]] bool is_damaged() {
    return read([this](const DiskTable&) { return !records_.damage().empty(); });
  }
  /// Whether the collection was opened for reading only.
  [[nodiscard]] bool is_read_only() const { return !read_only_reason_.empty(); }

  /// The digests of the ranges of ids. The first call reads all documents, and writes wait for it.
  [[nodiscard]] std::vector<driver::RangeDigest> digests() {
    return read([this](const DiskTable& table) { return local::digests_of(table, records_.digest()); });
  }

  /// Throws the reason why nothing can be written: `forbidden`, or `corrupt` for a damaged journal.
  void require_writable() {
    if (is_read_only()) throw Error(Errc::forbidden, "cannot write to '" + folder_ + "': " + read_only_reason_);
    read([this](const DiskTable&) { records_.require_whole(); });
  }

  /// The end of the history as the table reflects it.
  struct Position {
    CommitMark mark{};
    std::int64_t next_sequence = 0;  ///< of the next new record
  };
  /// The present end of the history.
  [[nodiscard]] Position position() {
    return read([this](const DiskTable& table) { return Position{records_.mark(), table.next_sequence()}; });
  }

  /// Whether a write failed so badly that it is uncertain what the medium holds.
  [[nodiscard]] bool is_broken() const { return writer_.is_broken(); }

  /// Calls `look(table)` with everything committed so far by this and other processes. Readers run concurrently. One
  /// read of `lock` finds out whether there is something new.
  template <class F>
  std::invoke_result_t<F&, const DiskTable&> read(F&& look) {
    for (bool followed = false;; followed = true) {
      {
        const std::shared_lock lock(mutex_);
        if (followed || committing_ || !marks_.has_changed()) return look(records_.table());
      }
      const std::unique_lock lock(mutex_);
      if (!committing_) follow();
    }
  }

  /// Runs `work(transaction)` and commits its mutations; the work of several threads is committed together. `several`:
  /// more than one mutation, all of which are applied or none.
  template <class F>
  void write(F&& work, bool several = false) {
    if (is_read_only()) require_writable();
    Queue::Request request{.work = std::forward<F>(work), .several = several};
    queue_.submit(request, [this](const auto& group, const auto& finish) { this->commit(group, finish); });
  }

  /// Puts commits without a sync on the medium. Writes a new journal if possible, because its header records that all
  /// of it was synced, so that damage to it is detected even without the mark. Where no file can be created, the
  /// journal is synced as it is.
  void seal() {
    if (is_read_only()) return;
    const FileLock lock(marks_.file());
    const Committing committing(*this);
    if (!records_.damage().empty() || records_.mark().synced >= records_.mark().end) return;
    try {
      compact();
    } catch (const Error&) {
      records_.file().sync();
      const std::unique_lock exclusive(mutex_);
      records_.synced(records_.end());
      marks_.publish();
      marks_.file().sync();
    }
  }

 private:
  using Queue = CommitQueue<DiskTransaction>;
  using Trust = JournalTable::Trust;

  [[nodiscard]] FileCalls& calls() const { return *settings_.calls; }
  [[nodiscard]] std::string schema_path() const { return folder_ + "/schema.json"; }
  [[nodiscard]] std::string new_journal_path() const { return records_.journal_path() + ".tmp"; }

  void open_for_writing(Mode mode) {
    if (!exists(calls(), schema_path())) {
      if (mode == Mode::existing) throw driver::not_set_up("collection", schema_->id);
      make_folders(calls(), folder_);
    }
    marks_.create();
    const FileLock lock(marks_.file());
    marks_.expect_present();
    remove_leftovers();
    open(mode);
    records_.damage().empty() ? marks_.publish() : marks_.accept();
  }

  /// Opens without changing anything. `reason`: why the collection cannot be written, for messages.
  void open_for_reading(Mode mode, std::string reason) {
    read_only_reason_ = std::move(reason);
    records_.open_read_only();
    if (!exists(calls(), schema_path())) {
      if (mode == Mode::existing) throw driver::not_set_up("collection", schema_->id);
      require_writable();
    }
    load_for_reading(mode);
  }

  /// Loads the collection under a shared lock, so that no commit is in progress.
  void load_for_reading(Mode mode) {
    marks_.open_for_reading();
    const SharedFileLock lock(marks_.file());
    const auto stored = read_schema(calls(), schema_path());
    if (!stored || !driver::same_shape(stored->schema, *schema_)) {
      if (mode == Mode::ensure) require_writable();
      throw other_schema(schema_->id);
    }
    marks_.load();
  }

  /// Removes the temporary files of an interrupted program.
  void remove_leftovers() const {
    for (const char* name : {"/schema.json.tmp", "/records.jsonl.tmp", "/records.index.tmp"})
      calls().unlink(folder_ + name);
    calls().unlink(changing_path(folder_));
  }

  /// A change of schema replaces the journal, which other processes notice, and then `schema.json`. After a crash in
  /// between, the next process that opens the collection completes the change or undoes it.
  void open(Mode mode) {
    const auto stored = read_schema(calls(), schema_path());
    if (!stored && !has_begun(calls(), folder_)) begin_first_journal(calls(), folder_, *schema_);
    const bool same = stored && driver::same_shape(stored->schema, *schema_);
    if (same && journal_is_ours()) {
      has_old_schema_file_ = stored->version < schema_version;
      writer_.expect_unsynced_name();
      return records_.load(std::nullopt);
    }
    if (stored && !same && mode == Mode::existing) throw other_schema(schema_->id);
    if (stored) driver::check_schema_change(stored->schema, *schema_, false);
    records_.load(std::nullopt, Trust::none);
    if (stored) driver::check_schema_change(stored->schema, *schema_, records_.table().size() > 0);
    if (!journal_is_ours()) compact();
    replace_schema(calls(), folder_, *schema_);
  }

  [[nodiscard]] bool journal_is_ours() const {
    const auto header = read_header(*open_journal(calls(), records_.journal_path(), O_RDWR));
    return !header || is_checksum_of(header->schema, *schema_);
  }

  // Everything below needs the exclusive `mutex_`, or `committing_`.

  /// Reads the lines that other processes have committed.
  void follow() {
    if (!marks_.is_open()) return load_for_reading(Mode::existing);
    marks_.follow();
  }

  /// Sets `committing_` for a scope. Only the owner changes anything then.
  class Committing {
   public:
    explicit Committing(Collection& collection) : collection_(collection) {
      const std::unique_lock lock(collection_.mutex_);
      if (collection_.marks_.catch_up()) collection_.writer_.expect_unsynced_name();
      collection_.committing_ = true;
    }
    Committing(const Committing&) = delete;
    Committing& operator=(const Committing&) = delete;
    ~Committing() {
      const std::unique_lock lock(collection_.mutex_);
      collection_.committing_ = false;
    }

   private:
    Collection& collection_;
  };

  /// Runs the work of a group as one transaction and stores its mutations. `finish()` lets the followers return.
  template <class Finish>
  void commit(const Queue::Group& group, const Finish& finish) {
    const FileLock lock(marks_.file());
    const Committing committing(*this);
    records_.require_whole();
    const bool several = group.front()->several;
    DiskTransaction transaction(records_.table(), settings_.clock(), several || group.size() > 1);
    for (Queue::Request* request : group) {
      try {
        request->work(transaction);
      } catch (...) {
        request->error = std::current_exception();
        if (several) return;  // it may have done a part
      }
    }
    if (transaction.mutations().empty()) return;
    store(transaction.mutations(), several);
    finish();
    tidy();
  }

  /// Appends the lines of the mutations and applies these to the table. `several`: the lines are a batch.
  void store(const std::vector<local::Mutation>& mutations, bool several) {
    renew_schema_file();
    const CommitMark mark = writer_.begin(records_.file(), records_.mark());
    std::string text;
    const std::vector<JournalTable::Line> lines = append_lines(text, *schema_, mutations, mark, several);
    writer_.append(records_.file(), text, mark, marks_.marks(), [&](const CommitMark& moved) {
      // A thread that learns of the mark, such as a watch, sees the table after it.
      const std::unique_lock lock(mutex_);
      marks_.publish(moved);
      records_.apply(mutations, lines, moved);
    });
  }

  /// Writes a schema file of an earlier version again, in the present one.
  void renew_schema_file() {
    if (!has_old_schema_file_) return;
    replace_file(calls(), schema_path(), schema_text(*schema_));
    has_old_schema_file_ = false;
  }

  /// Housekeeping after a commit: compacts the journal or saves a snapshot when that is worthwhile. A failure here
  /// fails no write.
  void tidy() {
    using Task = HousekeepingSchedule::Task;
    const Task task = schedule_.due(records_);
    if (task == Task::none) return;
    try {
      task == Task::compaction ? compact() : records_.save();
      schedule_.succeed();
    } catch (const Error&) {
      schedule_.postpone(records_);
    }
  }

  /// Replaces the journal by one without dead lines. Needs the lock.
  void compact() {
    try {
      CompactedJournal made = records_.compacted(new_journal_path());
      ReplacedJournal{records_.mark().journal, records_.end()}.write(calls(), folder_, made.header.journal);
      if (calls().rename(new_journal_path(), records_.journal_path()) != 0)
        throw file_error("rename", new_journal_path());
      writer_.expect_unsynced_name();
      const std::unique_lock lock(mutex_);
      records_.replace(std::move(made));
      marks_.publish();
    } catch (...) {
      calls().unlink(new_journal_path());
      throw;
    }
  }

  /// Saves a snapshot when the collection is closed, unless another process is writing.
  void save_at_end() {
    if (is_read_only() || !records_.damage().empty()) return;
    if (records_.is_torn() || is_broken()) return;
    if (!schedule_.saves_at_end(records_) || !marks_.file().try_lock()) return;
    const FileLock lock(marks_.file(), std::adopt_lock);
    if (!marks_.has_changed()) records_.save();
  }

  Settings settings_;
  std::string folder_;
  std::shared_ptr<const driver::CollectionSchema> schema_;
  std::string read_only_reason_{};  ///< empty: writable
  Queue queue_;

  /// Protects everything below.
  std::shared_mutex mutex_;
  bool committing_ = false;
  JournalWriter writer_;
  JournalTable records_;
  MarkFollower marks_;
  HousekeepingSchedule schedule_{settings_.housekeeping};
  bool has_old_schema_file_ = false;
};

}  // namespace reel::filesystem

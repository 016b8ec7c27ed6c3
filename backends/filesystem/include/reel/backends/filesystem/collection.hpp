#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
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
#include <reel/backends/filesystem/disk_bodies.hpp>
#include <reel/backends/filesystem/file.hpp>
#include <reel/backends/filesystem/journal.hpp>
#include <reel/backends/filesystem/schema_file.hpp>
#include <reel/backends/filesystem/snapshot.hpp>
#include <reel/engine/query_run.hpp>
#include <reel/engine/store_rules.hpp>
#include <reel/text_rules.hpp>

namespace reel::filesystem {

/// What all collections of a store share.
struct Settings {
  FileCalls* calls = nullptr;
  TextRules text = TextRules::folded;
  bool durable = true;
  std::function<Timestamp()> clock{};
};

/// One collection in a folder: `schema.json`, the journal `records.jsonl`, its snapshot `records.index`, and `lock`,
/// which whoever writes holds. Thread-safe, and safe with other processes on the same folder.
class Collection {
 public:
  enum class Mode { existing, ensure };

  Collection(Settings settings, std::string folder, const CollectionSchema& schema, Mode mode)
      : settings_(std::move(settings)),
        folder_(std::move(folder)),
        schema_(std::make_shared<const CollectionSchema>(schema)),
        table_(schema, settings_.text) {
    if (mode == Mode::existing && !exists(calls(), schema_path())) throw engine::not_set_up("collection", schema.id);
    if (mode == Mode::ensure) make_folders(calls(), folder_);
    lock_file_ = File(calls(), folder_ + "/lock", O_RDWR | O_CREAT);
    const FileLock lock(lock_file_);
    prepare(mode);
  }

  ~Collection() {
    try {
      save_at_end();
    } catch (...) {  // a snapshot only saves time
    }
  }

  [[nodiscard]] const CollectionSchema& schema() const { return *schema_; }

  /// Calls `look(table)` with what has been committed by now, here and by other processes.
  template <class F>
  std::invoke_result_t<F&, const DiskTable&> read(F&& look) {
    for (bool followed = false;; followed = true) {
      {
        const std::shared_lock lock(mutex_);
        if (followed || committing_ || !has_changed()) return look(std::as_const(table_));
      }
      const std::unique_lock lock(mutex_);
      if (!committing_) follow();
    }
  }

  /// Runs `work(transaction)` and makes its mutations durable; several threads' work is committed together.
  template <class F>
  void write(F&& work, bool several = false) {
    CommitQueue<DiskTransaction>::Request request{.work = std::forward<F>(work), .several = several};
    queue_.submit(request, [this](const auto& group, const auto& finish) { this->commit(group, finish); });
  }

 private:
  using Queue = CommitQueue<DiskTransaction>;

  [[nodiscard]] FileCalls& calls() const { return *settings_.calls; }
  [[nodiscard]] std::string schema_path() const { return folder_ + "/schema.json"; }
  [[nodiscard]] std::string journal_path() const { return folder_ + "/records.jsonl"; }
  [[nodiscard]] std::string snapshot_path() const { return folder_ + "/records.index"; }

  [[nodiscard]] std::optional<CollectionSchema> stored_schema() const {
    const auto text = read_file(calls(), schema_path());
    if (!text) return std::nullopt;
    auto schema = SchemaReader(*text).read();
    if (!schema) throw Error(Errc::corrupt, "'" + schema_path() + "' is damaged, or of a newer version of the library");
    return schema;
  }

  void prepare(Mode mode) {
    const auto stored = stored_schema();
    const bool reshape = stored && !engine::same_shape(*stored, *schema_);
    if (reshape && mode == Mode::existing)
      throw Error(Errc::conflict,
                  "the collection has another schema in this store; call setup() to bring it up to date",
                  {.collection = schema_->id});
    if (reshape) engine::check_evolution(*stored, *schema_, false);
    if (!exists(calls(), journal_path())) begin_journal();
    if (!stored) replace_file(calls(), schema_path(), schema_text(*schema_));
    reload(reshape);
    if (!reshape) return;
    engine::check_evolution(*stored, *schema_, table_.size() > 0);
    replace_file(calls(), schema_path(), schema_text(*schema_));
    compact();  // a new file, so that other processes look at the schema again
  }

  void begin_journal() {
    JournalHeader header{.journal = make_id()};
    header.sealed = static_cast<std::int64_t>(header_line(header).size());
    replace_file(calls(), journal_path(), header_line(header));
  }

  // Everything below needs the exclusive `mutex_`, or `committing_`.

  /// Whether the file holds more than the table, or is no longer the collection's.
  [[nodiscard]] bool has_changed() const {
    const FileStatus status = table_.bodies().file().status();
    return !status.linked || status.size != end_;
  }

  void follow() {
    const FileStatus status = table_.bodies().file().status();
    if (!status.linked || status.size < end_) {
      if (const auto stored = stored_schema()) engine::check_evolution(*stored, *schema_, false);
      return reload(false);
    }
    if (status.size > end_) replay();
  }

  /// Reads the journal from the start, or from where its snapshot ends.
  void reload(bool from_scratch) {
    auto file = std::make_shared<const File>(calls(), journal_path(), O_RDWR);
    DiskTable table(*schema_, settings_.text, DiskBodies(file, schema_));
    std::optional<JournalHeader> header;
    const std::int64_t second = scan_lines(*file, 0, 0, [&](const SealedLine& line, std::int64_t offset, std::size_t) {
      if (offset == 0) header = read_header(line);
      return offset == 0;
    });
    if (!header)
      throw Error(Errc::corrupt, "'" + journal_path() + "' does not begin as a journal of this version does",
                  {.collection = schema_->id});
    table.reserve_sequence(header->next);
    table_ = std::move(table);
    header_ = *header;
    end_ = second;
    dead_ = 0;
    const auto snapshot = from_scratch ? std::nullopt : load_snapshot(calls(), snapshot_path(), snapshot_key(), table_);
    if (snapshot) {
      end_ = snapshot->end;
      dead_ = snapshot->dead;
    }
    saved_ = end_;
    replay(from_scratch);
  }

  /// Applies the lines behind `end_`.
  void replay(bool check_unique = false) {
    struct Pending {
      Operation operation;
      std::int64_t offset;
      std::size_t length;
    };
    std::vector<Pending> batch;
    const auto& file = table_.bodies().file();
    const auto visit = [&](const SealedLine& line, std::int64_t offset, std::size_t length) {
      auto operation = OperationReader(line.body, *schema_).read();
      if (!operation) throw damaged(file.path(), offset);
      const BatchPlace place = operation->batch;
      if (place.number != static_cast<std::int64_t>(batch.size()) + 1) throw damaged(file.path(), offset);
      batch.push_back({std::move(*operation), offset, length});
      if (place.number < place.of) return true;
      for (Pending& one : batch) replay(one.operation, one.offset, one.length, check_unique);
      end_ = offset + static_cast<std::int64_t>(length) + 1;
      batch.clear();
      return true;
    };
    scan_lines(file, end_, header_.sealed, visit);
  }

  void replay(Operation& operation, std::int64_t offset, std::size_t length, bool check_unique) {
    engine::Mutation mutation{.before = table_.share(operation.document.id)};
    table_.reserve_sequence(operation.document.sequence + 1);
    if (operation.put) {
      mutation.after = std::make_shared<const Document>(std::move(operation.document));
      if (check_unique) engine::check_unique(table_, *mutation.after);
      apply(mutation, disk_row(*mutation.after, offset, length));
    } else {
      dead_ += static_cast<std::int64_t>(length) + 1;
      if (mutation.before) apply(mutation, {});
    }
  }

  void apply(const engine::Mutation& mutation, const DiskRow& row) {
    if (mutation.before) {
      const DiskRow& old = table_.rows()[*table_.find(mutation.before->id)];
      dead_ += std::int64_t{old.length} + 1;
    }
    table_.apply(mutation, row);
  }

  /// Sets `committing_` for a scope: nobody but its owner changes the table then.
  class Committing {
   public:
    explicit Committing(Collection& collection) : collection_(collection) {
      const std::unique_lock lock(collection_.mutex_);
      collection_.follow();
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

  template <class Finish>
  void commit(const Queue::Group& group, const Finish& finish) {
    const FileLock lock(lock_file_);
    const Committing committing(*this);
    if (table_.bodies().file().status().size > end_) table_.bodies().file().truncate(end_);  // cut short by a crash
    DiskTransaction transaction(table_, settings_.clock(), group.size() > 1 || group.front()->several);
    std::vector<Queue::Request*> staged;
    for (Queue::Request* request : group) {
      const std::size_t before = transaction.mutations().size();
      try {
        request->work(transaction);
      } catch (...) {
        request->error = std::current_exception();
      }
      if (transaction.mutations().size() > before) staged.push_back(request);
    }
    try {
      store(transaction.mutations(), group.front()->several);
    } catch (...) {
      for (Queue::Request* request : staged) request->error = std::current_exception();
      staged.clear();
    }
    finish();
    if (!staged.empty()) tidy();
  }

  void store(const std::vector<engine::Mutation>& mutations, bool batch) {
    if (mutations.empty()) return;
    std::string lines;
    std::vector<DiskRow> rows;
    rows.reserve(mutations.size());
    BatchPlace place{0, batch ? static_cast<std::int64_t>(mutations.size()) : 1};
    for (const engine::Mutation& mutation : mutations) {
      place.number = batch ? place.number + 1 : 1;
      const std::size_t start = lines.size();
      if (mutation.after) {
        append_put(lines, *schema_, *mutation.after, place, end_);
        rows.push_back(disk_row(*mutation.after, end_ + static_cast<std::int64_t>(start), lines.size() - start - 1));
      } else {
        append_remove(lines, *mutation.before, place, end_);
        rows.emplace_back();
        dead_ += static_cast<std::int64_t>(lines.size() - start);
      }
    }
    writer_.append(table_.bodies().file(), lines, end_, settings_.durable);
    const std::unique_lock lock(mutex_);
    for (std::size_t i = 0; i < mutations.size(); ++i) apply(mutations[i], rows[i]);
    end_ += static_cast<std::int64_t>(lines.size());
  }

  /// After a commit: gives back the room of what was replaced, or saves a snapshot. Failing here fails no write.
  void tidy() {
    constexpr std::int64_t small = 4 << 20, large = 64 << 20;
    try {
      if (dead_ > std::max(small, end_ - dead_)) compact();
      if (end_ - saved_ > std::max(large, saved_)) save();
    } catch (const Error&) {
    }
  }

  /// Writes the live lines into a new file and puts it in the journal's place.
  void compact() {
    JournalHeader header{.journal = make_id(), .next = table_.next_sequence()};
    const std::string temporary = journal_path() + ".tmp";
    std::vector<std::int64_t> offsets;
    try {
      auto file = std::make_shared<const File>(calls(), temporary, O_RDWR | O_CREAT | O_TRUNC);
      header.sealed = copy_live_lines(*file, static_cast<std::int64_t>(header_line(header).size()), offsets);
      file->write_at(header_line(header), 0);
      file->sync();
      if (calls().rename(temporary, journal_path()) != 0) throw failure("rename", temporary);
      const std::unique_lock lock(mutex_);
      std::size_t next = 0;
      for (std::uint32_t row = 0; row < table_.rows().size(); ++row) {
        if (DiskBodies::live(table_.rows()[row])) move_row(table_.row(row), offsets, next);
      }
      table_.bodies() = DiskBodies(std::move(file), schema_);
      header_ = header;
      end_ = header.sealed;
      dead_ = 0;
      saved_ = 0;
    } catch (...) {
      calls().unlink(temporary);
      throw;
    }
    sync_folder(calls(), folder_);
  }

  static void move_row(DiskRow& row, const std::vector<std::int64_t>& offsets, std::size_t& next) {
    row.offset = offsets[next];
    row.length = static_cast<std::uint32_t>(offsets[next + 1] - offsets[next] - 1);
    ++next;
  }

  /// Gives where each line went, and where the last one ends; returns the latter.
  std::int64_t copy_live_lines(const File& to, std::int64_t end, std::vector<std::int64_t>& offsets) const {
    std::string line, lines;
    std::int64_t flushed = end;
    for (const DiskRow& row : table_.rows()) {
      if (!DiskBodies::live(row)) continue;
      table_.bodies().read_line(row, line);
      const auto sealed = open_line(line);
      if (!sealed) throw damaged(journal_path(), row.offset);
      const std::size_t start = lines.size();
      const std::int64_t offset = flushed + static_cast<std::int64_t>(start);
      offsets.push_back(offset);
      append_alone(lines, sealed->body, offset);
      if (lines.size() < (std::size_t{1} << 20)) continue;
      to.write_at(lines, flushed);
      flushed += static_cast<std::int64_t>(lines.size());
      lines.clear();
    }
    to.write_at(lines, flushed);
    flushed += static_cast<std::int64_t>(lines.size());
    offsets.push_back(flushed);
    return flushed;
  }

  /// A line on its own: what it held, without the batch it came in, and as a group of one.
  static void append_alone(std::string& lines, std::string_view body, std::int64_t offset) {
    const std::size_t start = lines.size();
    const std::size_t batch = body.find(R"(,"batch":[)");
    const std::size_t created = body.find(R"(,"created":)");
    if (batch < created) {
      lines.append(body, 0, batch);
      body.remove_prefix(created);
    }
    lines.append(body);
    seal_line(lines, start, offset);
  }

  [[nodiscard]] SnapshotKey snapshot_key() const {
    return {header_.journal, crc32c(schema_text(*schema_), static_cast<std::uint32_t>(settings_.text))};
  }
  void save() {
    save_snapshot(calls(), snapshot_path(), snapshot_key(), {end_, dead_}, table_);
    saved_ = end_;
  }

  void save_at_end() {
    constexpr std::int64_t worth_it = 1 << 20;
    if (!table_.bodies().has_file() || end_ - saved_ < worth_it || !lock_file_.try_lock()) return;
    if (!has_changed()) save();
  }

  Settings settings_;
  std::string folder_;
  std::shared_ptr<const CollectionSchema> schema_;
  File lock_file_;
  Queue queue_;
  JournalWriter writer_;

  std::shared_mutex mutex_;  ///< of all below
  bool committing_ = false;
  DiskTable table_;
  JournalHeader header_;
  std::int64_t end_ = 0;    ///< of what the table holds, in the journal
  std::int64_t dead_ = 0;   ///< bytes of lines that were replaced or removed
  std::int64_t saved_ = 0;  ///< end of what the snapshot holds
};

}  // namespace reel::filesystem

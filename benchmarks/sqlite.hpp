#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "video.hpp"

/// The peer: videos in SQLite, with statements that are prepared once.
namespace bench::sqlite {

class Database {
 public:
  explicit Database(const std::string& path) {
    sqlite3* opened = nullptr;
    const int status = sqlite3_open(path.c_str(), &opened);
    handle_.reset(opened);
    if (status != SQLITE_OK) throw std::runtime_error("SQLite cannot open " + path);
    sqlite3_busy_timeout(opened, 60'000);
  }
  void run(const std::string& sql) {
    if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
      throw std::runtime_error(sqlite3_errmsg(handle_.get()));
  }
  [[nodiscard]] sqlite3* handle() const { return handle_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  };
  std::unique_ptr<sqlite3, Close> handle_;
};

/// Parameters and columns count from 0. A bound string must outlive the step.
class Statement {
 public:
  Statement(const Database& database, std::string_view sql) {
    sqlite3_stmt* made = nullptr;
    if (sqlite3_prepare_v3(database.handle(), sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                           &made, nullptr) != SQLITE_OK)
      throw std::runtime_error(sqlite3_errmsg(database.handle()));
    handle_.reset(made);
  }

  void bind(int place, std::int64_t number) { sqlite3_bind_int64(handle_.get(), place + 1, number); }
  void bind(int place, double number) { sqlite3_bind_double(handle_.get(), place + 1, number); }
  void bind(int place, reel::Timestamp moment) { bind(place, std::int64_t{moment.time_since_epoch().count()}); }
  void bind(int place, std::string_view text) {
    sqlite3_bind_text(handle_.get(), place + 1, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
  }
  template <class V>
  void bind(int place, const std::optional<V>& value) {
    if (!value) {
      sqlite3_bind_null(handle_.get(), place + 1);
    } else if constexpr (std::is_same_v<V, std::string>) {
      bind(place, std::string_view{*value});
    } else {
      bind(place, *value);
    }
  }

  /// Returns false after the last row; the statement can then be run again.
  bool step() {
    const int status = sqlite3_step(handle_.get());
    if (status == SQLITE_ROW) return true;
    sqlite3_reset(handle_.get());
    if (status != SQLITE_DONE) throw std::runtime_error(sqlite3_errstr(status));
    return false;
  }
  void reset() { sqlite3_reset(handle_.get()); }

  [[nodiscard]] std::int64_t integer(int column) const { return sqlite3_column_int64(handle_.get(), column); }
  [[nodiscard]] double real(int column) const { return sqlite3_column_double(handle_.get(), column); }
  [[nodiscard]] bool is_null(int column) const { return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL; }
  [[nodiscard]] std::string_view text(int column) const {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(handle_.get(), column));
    return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))};
  }
  [[nodiscard]] std::optional<std::string> optional_text(int column) const {
    return is_null(column) ? std::nullopt : std::optional<std::string>{text(column)};
  }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

struct StoredVideo {
  std::string id;
  Video video;
};

/// Has the same attributes and indexes as the schema. Rows keep the order of insertion, as records do.
inline void make_table(Database& database) {
  database.run(
      "CREATE TABLE IF NOT EXISTS videos (sequence INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, topic TEXT NOT NULL,"
      " description TEXT, owner_id TEXT, session_id TEXT, combined_video_url TEXT, subtitles_url TEXT,"
      " error_message TEXT, status TEXT NOT NULL, scene_count INTEGER NOT NULL, progress INTEGER,"
      " current_scene INTEGER, total_duration REAL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL);"
      "CREATE INDEX IF NOT EXISTS by_status ON videos(status, created_at DESC);"
      "CREATE INDEX IF NOT EXISTS by_session ON videos(session_id);");
}

inline constexpr std::string_view columns =
    "id, topic, description, owner_id, session_id, combined_video_url, subtitles_url, error_message, status,"
    " scene_count, progress, current_scene, total_duration, created_at, updated_at";

class Videos {
 public:
  explicit Videos(const Database& database)
      : insert_(database, "INSERT INTO videos (" + std::string(columns) + ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"),
        find_(database, "SELECT " + std::string(columns) + " FROM videos WHERE id = ?"),
        newest_(database, page_where("status = ?")),
        newest_before_(database, page_where("status = ? AND created_at < ?")),
        count_(database, "SELECT count(*) FROM videos WHERE scene_count >= ? AND progress < ?") {}

  void create(const Item& item) {
    const Video& video = item.video;
    int place = 0;
    insert_.bind(place++, std::string_view{item.id});
    insert_.bind(place++, std::string_view{video.topic});
    for (const auto* text : {&video.description, &video.owner_id, &video.session_id, &video.combined_video_url,
                             &video.subtitles_url, &video.error_message})
      insert_.bind(place++, *text);
    insert_.bind(place++, reel::enum_name(video.status));
    insert_.bind(place++, video.scene_count);
    insert_.bind(place++, video.progress);
    insert_.bind(place++, video.current_scene);
    insert_.bind(place++, video.total_duration);
    insert_.bind(place++, video.created_at);
    insert_.bind(place++, video.updated_at);
    insert_.step();
  }

  [[nodiscard]] std::optional<StoredVideo> find(std::string_view id) {
    find_.bind(0, id);
    std::optional<StoredVideo> found;
    if (find_.step()) found = read(find_);
    find_.reset();
    return found;
  }

  [[nodiscard]] std::vector<StoredVideo> newest(Status status, std::optional<reel::Timestamp> before) {
    Statement& statement = before ? newest_before_ : newest_;
    statement.bind(0, reel::enum_name(status));
    if (before) statement.bind(1, *before);
    std::vector<StoredVideo> page;
    page.reserve(25);
    while (statement.step()) page.push_back(read(statement));
    return page;
  }

  [[nodiscard]] std::int64_t count(std::int64_t scenes_at_least, std::int64_t progress_below) {
    count_.bind(0, scenes_at_least);
    count_.bind(1, progress_below);
    count_.step();
    const std::int64_t found = count_.integer(0);
    count_.reset();
    return found;
  }

 private:
  static std::string page_where(const std::string& condition) {
    return "SELECT " + std::string(columns) + " FROM videos WHERE " + condition + " ORDER BY created_at DESC LIMIT 25";
  }
  static StoredVideo read(const Statement& row) {
    const auto number = [&](int column) {
      return row.is_null(column) ? std::nullopt : std::optional{row.integer(column)};
    };
    const auto moment = [&](int column) { return reel::Timestamp{std::chrono::milliseconds{row.integer(column)}}; };
    return {.id = std::string(row.text(0)),
            .video = {.topic = std::string(row.text(1)),
                      .description = row.optional_text(2),
                      .owner_id = row.optional_text(3),
                      .session_id = row.optional_text(4),
                      .combined_video_url = row.optional_text(5),
                      .subtitles_url = row.optional_text(6),
                      .error_message = row.optional_text(7),
                      .status = reel::enum_value<Status>(row.text(8)).value(),
                      .scene_count = row.integer(9),
                      .progress = number(10),
                      .current_scene = number(11),
                      .total_duration = row.is_null(12) ? std::nullopt : std::optional{row.real(12)},
                      .created_at = moment(13),
                      .updated_at = moment(14)}};
  }

  Statement insert_, find_, newest_, newest_before_, count_;
};

}  // namespace bench::sqlite

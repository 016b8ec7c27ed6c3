#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <future>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include <reel/backends/appwrite/answer_json.hpp>
#include <reel/backends/appwrite/file_lock.hpp>
#include <reel/backends/appwrite/http_date.hpp>
#include <reel/backends/appwrite/in_background.hpp>
#include <reel/backends/appwrite/operator_text.hpp>
#include <reel/backends/appwrite/process_mark.hpp>
#include <reel/backends/appwrite/requests.hpp>
#include <reel/backends/appwrite/setup.hpp>
#include <reel/md5.hpp>

namespace reel::appwrite {

/// Where the claims of a store are: in the database of `routes`. A view; both must outlive it.
struct ClaimDatabase {
  const Routes& routes;
  const SetupOptions& setup;
};

/// Exclusive right to write one file, among all programs that use the same database. Held until the object is
/// destroyed. A second thread renews it; the public functions are for one thread.
///
/// The server does not lock a file during an upload (Appwrite 1.8.1, POST /storage/buckets/…/files): two uploads of one
/// id overwrite each other's bytes, and the check for an existing file happens before the write. So a writer first
/// claims the file in the collection `reel_locks` of the database, which has a row for each file that was ever written:
///
///   $id      md5 of BUCKET/FILE in lower case
///   state    ^NONCE|PROCESS$      claimed by a writer; PROCESS as in process_mark.hpp
///            ^free|NONCE$         not claimed
///
///   POST {state: mine}            201: claimed
///                                 409: read the row by list
///     free, or expired            bulk PATCH, stringReplace(its state -> mine): claimed if the response contains mine
///     claimed                     wait, read again
///   every 15 s                    stringReplace(mine -> mine with a new nonce): lost if the response contains another
///   at the end                    stringReplace(mine -> free)
///
/// The database decides about POST of an id and about stringReplace on the current row, so exactly one writer claims
/// the file. A claim has expired in three cases: its process is this one, or has ended on this machine; the row has not
/// changed for a term (60 s) by the server's clock; or this program has watched the state for a term without a change.
/// Clocks of different machines are never compared. A holder that cannot renew stops writing before its term ends. A
/// holder that stalls inside one request for longer than a term can still write: the server has no means to refuse it.
///
/// The rows belong to a database but the files to the project, so writers of one bucket exclude each other only if they
/// use the same database.
///
/// Servers before 1.8.1 have no operators, and with `Writers::one` no other program writes: the file is then only
/// locked within this process.
///
/// Lock order: the `FileLock` of the process, then the row on the server, then `mutex_`, which a renewal holds during
/// its request.
class FileClaim {
 public:
  /// The collection of claims. Created by `prepare`, or by the first claim if the key may do so.
  static constexpr const char* collection = "reel_locks";

  struct Wanted {
    /// The row probably exists: list it before trying to create it.
    bool expected = false;
    /// Called each time another writer is found to hold the file. May throw to give up.
    std::function<void()> meanwhile{};
  };

  /// Waits for the claim. Throws `conflict` if another writer holds the file for longer than
  /// `AppwriteConfig::call_timeout`, and `forbidden` if the key may not write documents. Requests: 1 for a new row, 2
  /// if the row exists and is `expected`, otherwise 3, and 1 for each further look. None if only the process is locked.
  FileClaim(const Client& client, const ClaimDatabase& database, std::string_view bucket, std::string_view id,
            const Wanted& wanted)
      : client_(client), database_(database), row_(md5_hex(file_key(bucket, id))), lock_(client, bucket, id) {
    if (!is_used(client)) return;
    try {
      take(wanted);
    } catch (const Error& error) {
      if (error.code() == Errc::forbidden) throw explained(error);
      throw;
    }
    try {
      renewal_ = in_background([this, stop = stop_.get_token()] { keep(stop); });
    } catch (...) {
      give_back();
      throw;
    }
  }
  /// Releases the claim: 1 request, which fails silently, because the claim then expires.
  ~FileClaim() {
    if (!renewal_.valid()) return;
    stop_.request_stop();
    renewal_.wait();
    give_back();
  }
  FileClaim(const FileClaim&) = delete;
  FileClaim& operator=(const FileClaim&) = delete;

  /// Whether files are claimed on the server, instead of being locked in this process only. A user may not write the
  /// claims.
  [[nodiscard]] static bool is_used(const Client& client) {
    return client.config().writers == Writers::many && !client.acts_for_user() && client.has(Ability::operators);
  }

  /// Creates the collection of claims. Throws what `Setup` throws.
  static void make_collection(const Client& client, const ClaimDatabase& database) {
    Setup(client, database.routes, table(), database.setup).run();
  }

  /// Creates the collection of claims, so that keys without the right to do so can put files later. Does nothing if
  /// this key lacks the right too. 2 requests if the collection exists.
  static void prepare(const Client& client, const ClaimDatabase& database) {
    if (!is_used(client)) return;
    try {
      make_collection(client, database);
    } catch (const Error& error) {
      if (error.code() != Errc::forbidden && error.code() != Errc::unauthorized) throw;
    }
  }

  /// Whether another writer held the file at first. Facts about the file that were read before may then be outdated.
  [[nodiscard]] bool has_waited() const { return has_waited_; }

  /// Throws `conflict` if the claim was lost. To be called before each step that changes the file. 1 request if the
  /// claim was not renewed in time, otherwise none.
  void check() {
    if (!renewal_.valid()) return;
    const std::scoped_lock lock(mutex_);
    if (!is_lost_ && client_.clock().now() - renewed_at_ > renew_after + margin) renew(client_);
    if (is_lost_)
      throw Error(Errc::conflict,
                  "another writer has claimed the blob, because this one did not renew its claim in time");
  }
  /// Whether another writer may have claimed the file, so that this one must not change it any more, not even to clean
  /// up.
  [[nodiscard]] bool is_lost() {
    const std::scoped_lock lock(mutex_);
    return is_lost_;
  }

 private:
  /// A claim expires after `term` without a renewal. `check` renews it if the background thread has not done so for
  /// `renew_after + margin`, so that at least 35 s remain for the step that follows. Other programs add `margin` to the
  /// term when they judge by the server's clock.
  static constexpr std::chrono::seconds term{60};
  static constexpr std::chrono::seconds renew_after{15};
  static constexpr std::chrono::seconds margin{10};
  static constexpr std::string_view no_holder = "^free|";

  struct Row {
    std::string state{};
    bool is_old = false;  ///< unchanged for a term by the server's clock
  };

  static const driver::CollectionSchema& table() {
    static const driver::CollectionSchema schema{
        .id = collection,
        .name = "Reel: claims of files",
        .attributes = {{.name = "state", .kind = driver::AttributeType::text, .max_length = 255}},
    };
    return schema;
  }
  [[nodiscard]] static std::string held_state() { return "^" + make_id() + "|" + process_mark() + "$"; }
  /// The process mark in a state; empty if the file is not claimed.
  [[nodiscard]] static std::string_view process_in(std::string_view state) {
    const std::size_t bar = state.find('|');
    return bar == std::string_view::npos || !state.ends_with('$') ? std::string_view()
                                                                  : state.substr(bar + 1, state.size() - bar - 2);
  }

  /// Whether the claim's process cannot hold it any more. A claim of this process is left from a failed release:
  /// `lock_` guarantees that no other thread holds the file.
  [[nodiscard]] static bool is_left_behind(std::string_view state) {
    const std::string_view process = process_in(state);
    return !process.empty() && (process == process_mark() || has_ended(process));
  }

  /// Claims the row. `state_` is the same in all attempts, so that a claim whose response was lost is recognized.
  void take(const Wanted& wanted) {
    state_ = held_state();
    const auto end = client_.clock().now() + client_.config().call_timeout;
    std::string watched;
    auto watched_since = client_.clock().now();
    std::chrono::milliseconds pause{25};
    for (bool create_first = !wanted.expected;; create_first = false) {
      renewed_at_ = client_.clock().now();
      if (create_first && create()) return;
      const std::optional<Row> row = find();
      if (row && row->state == state_) return;  // created by an attempt whose answer was lost
      if (!row) {
        if (create()) return;
        continue;
      }
      const auto now = client_.clock().now();
      if (row->state != watched) watched_since = now;
      watched = row->state;
      const bool over = row->is_old || now - watched_since > term || is_left_behind(row->state);
      if (row->state.starts_with(no_holder) || over) {
        if (replace(client_, row->state, state_) == state_) return;
        continue;
      }
      has_waited_ = true;
      if (wanted.meanwhile) wanted.meanwhile();
      if (now >= end)
        throw Error(Errc::conflict, "another program has been writing the blob for too long: try again later");
      client_.wait(std::chrono::milliseconds(
          1 + static_cast<long long>(client_.clock().random() * static_cast<double>(pause.count()))));
      pause = std::min(pause * 2, std::chrono::milliseconds(1'000));
    }
  }

  /// Creates the row in the claimed state, and the collection if it is missing. Returns false if the row exists.
  [[nodiscard]] bool create() const {
    const driver::Document document{.id = row_, .values = {driver::Value{state_}}};
    for (bool made = false;; made = true) {
      try {
        return !client_.call(create_call(database_.routes, table(), document)).in_doubt;
      } catch (const Error& error) {
        if (error.code() == Errc::already_exists) return false;
        if (made || !lacks_collection(error)) throw;
      }
      make_collection(client_, database_);
    }
  }
  /// Whether the collection is missing, or incomplete because another program is creating it.
  [[nodiscard]] static bool lacks_collection(const Error& error) {
    return has_type(error, "collection_not_found") || has_type(error, "database_not_found") ||
           has_type(error, "document_invalid_structure");
  }

  /// Reads the row by list: GET of one document answers from a cache and may return an older state (Appwrite 1.8.1).
  [[nodiscard]] std::optional<Row> find() const {
    try {
      const HttpResponse response =
          client_.call(list_call(database_.routes, table().id, {id_query(row_)}, false)).response;
      const std::optional<Json> document = only_document(response);
      if (!document) return std::nullopt;
      Row row{.state = optional_field<std::string>(*document, "state").value_or("")};
      const auto changed = parse_timestamp(field<std::string>(*document, "$updatedAt"));
      const auto date = response.headers.find("date");
      const auto now = date ? parse_http_date(*date) : std::nullopt;
      row.is_old = changed && now && *now - *changed > term + margin;
      return row;
    } catch (const Error& error) {
      if (lacks_collection(error)) return std::nullopt;
      throw;
    }
  }

  /// Replaces the state `state` with `by` if the row still has it. Returns the state after the request, or `nullopt` if
  /// the row does not exist.
  [[nodiscard]] std::optional<std::string> replace(const Client& client, const std::string& state,
                                                   const std::string& by) const {
    const json::Object data = json::Object{}.add("state", operator_that_stores(by, driver::Value{state}).str());
    const HttpResponse response =
        client.call(update_call(database_.routes, table().id, row_, data, Idempotency::idempotent)).response;
    const std::optional<Json> document = only_document(response);
    if (!document) return std::nullopt;
    return optional_field<std::string>(*document, "state").value_or("");
  }
  [[nodiscard]] std::optional<Json> only_document(const HttpResponse& response) const {
    const auto documents = field<Json::array_t>(body_of(response), database_.routes.documents_word());
    if (documents.empty()) return std::nullopt;
    if (!same_id(field<std::string>(documents.front(), "$id"), row_))
      throw Error(Errc::corrupt, "the server answered with another document than the claim '" + row_ + "'");
    return documents.front();
  }

  /// Frees the row. If a renewal has an unknown outcome, the row may have either state, so both are replaced.
  void give_back() {
    if (is_lost_) return;
    try {
      const Client last = client_.limited({.deadline = client_.clock().now() + std::chrono::seconds(10)});
      const std::string free = std::string(no_holder) + make_id() + "$";
      static_cast<void>(replace(last, state_, free));
      if (!offered_.empty()) static_cast<void>(replace(last, offered_, free));
    } catch (const std::exception&) {  // the claim expires with its term or with this process
    }
  }

  /// Renews the claim in the background until the object is destroyed. After a failure it tries again every second.
  void keep(const std::stop_token& stop) {
    std::mutex waiting;
    std::unique_lock wait_lock(waiting);
    std::condition_variable_any never;
    std::chrono::seconds pause = renew_after;
    while (!stop.stop_requested()) {
      never.wait_for(wait_lock, stop, pause, [] { return false; });
      if (stop.stop_requested()) return;
      const std::scoped_lock lock(mutex_);
      if (is_lost_) return;
      try {
        renew(client_.limited({.stop = stop}));
        pause = renew_after;
      } catch (const std::exception&) {
        pause = std::chrono::seconds(1);
      }
    }
  }
  /// Replaces the state with a new one. If the response is lost, the server may have stored the new state, so the next
  /// attempt offers the same one.
  void renew(const Client& client) {
    if (offered_.empty()) offered_ = held_state();
    const auto sent_at = client_.clock().now();
    if (replace(client, state_, offered_) == offered_) {
      state_ = std::exchange(offered_, {});
      renewed_at_ = sent_at;
    } else {
      is_lost_ = true;
    }
  }

  [[nodiscard]] Error explained(const Error& error) const {
    return {error.code(),
            "cannot claim the blob in collection '" + table().id + "' of database '" + database_.routes.database_id() +
                "', which keeps several programs from writing it at once: " + error.reason() +
                "; add the scopes documents.read and documents.write to the key, let 'reel setup appwrite:' create the "
                "collection, or, if no other program writes, " +
                std::string(write_alone),
            error.context()};
  }

  Client client_;
  ClaimDatabase database_;
  std::string row_;
  FileLock lock_;
  bool has_waited_ = false;
  std::mutex mutex_{};  ///< guards the members below, which the renewing thread shares
  std::string state_{};
  std::string offered_{};  ///< the next state while its renewal has an unknown outcome; otherwise empty
  std::chrono::steady_clock::time_point renewed_at_{};  ///< when the last successful claim or renewal was sent
  bool is_lost_ = false;
  std::stop_source stop_{};
  std::future<void> renewal_{};  ///< last, so that it is destroyed first
};

}  // namespace reel::appwrite

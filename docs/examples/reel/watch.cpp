#include <iostream>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <reel/json.hpp>
#include <reel/reel.hpp>
#include <reel/video/everything.hpp>
#include <reel/watch.hpp>

#include "choice.hpp"
#include "commands.hpp"
#include "json.hpp"
#include "live_run.hpp"
#include "store.hpp"
#include "table.hpp"
#include "text.hpp"

namespace tool {
namespace {

using reel::BlobInfo;
using reel::field;
using reel::video::Artifact;
using reel::video::Fix;
using reel::video::Scene;
using reel::video::Video;

template <class Enum>
std::string name_of(Enum value) {
  return std::string(reel::enum_name(value));
}

/// The columns of a change after its time, kind and id, and the cells of a record in them.
template <class T>
struct Shown;
template <>
struct Shown<Video> {
  static std::vector<Column> columns() { return {{.title = "STATUS", .width = 9}, {.title = "TOPIC"}}; }
  static std::vector<std::string> cells(const reel::Record<Video>& video) {
    return {name_of(video.value.status), video.value.topic};
  }
};
template <>
struct Shown<Scene> {
  static std::vector<Column> columns() {
    return {{.title = "STATUS", .width = 8}, {.title = "SCENE", .align = Align::right}, {.title = "VIDEO"}};
  }
  static std::vector<std::string> cells(const reel::Record<Scene>& scene) {
    return {name_of(scene.value.status), std::to_string(scene.value.scene_number), scene.value.video_id.str()};
  }
};
template <>
struct Shown<Fix> {
  static std::vector<Column> columns() { return {{.title = "METHOD"}, {.title = "ERROR"}}; }
  static std::vector<std::string> cells(const reel::Record<Fix>& fix) {
    return {name_of(fix.value.fix_method), first_line(fix.value.error_message)};
  }
};
template <>
struct Shown<Artifact> {
  static std::vector<Column> columns() { return {{.title = "KIND", .width = 16}, {.title = "PATH"}}; }
  static std::vector<std::string> cells(const reel::Record<Artifact>& artifact) {
    return {artifact.value.kind, artifact.value.path};
  }
};
template <>
struct Shown<BlobInfo> {
  static std::vector<Column> columns() { return {{"SIZE", Align::right, false, 10}, {.title = "NAME"}}; }
  static std::vector<std::string> cells(const BlobInfo& blob) { return {size_text(blob.size), blob.name}; }
};

/// The record of a change, or the blob.
template <class T>
const std::optional<reel::Record<T>>& record_of(const reel::Change<T>& change) {
  return change.record;
}
const std::optional<BlobInfo>& record_of(const reel::Change<BlobInfo>& change) { return change.blob; }

Json json_of_record(const BlobInfo& blob) { return json_of(blob); }
template <class T>
Json json_of_record(const reel::Record<T>& record) {
  return record;
}

/// What is watched.
struct Subject {
  std::string id;          ///< of the collection or bucket
  bool is_bucket = false;  ///< otherwise a collection
};

/// Prints the changes of a collection or bucket.
template <class T>
class ChangePrinter {
 public:
  ChangePrinter(const WatchArguments& arguments, Subject subject, const Store& store)
      : arguments_(arguments), subject_(std::move(subject)), store_(store), table_(columns()) {}

  void print(const reel::Change<T>& change) {
    if (arguments_.json) return write_json_line(std::cout, json_of_change(change));
    if (std::exchange(is_first_, false)) print_heading();
    if (change.kind == reel::ChangeKind::bookmark) return;
    std::vector<std::string> row{local_time_text(change.at), name_of(change.kind), change.id.str()};
    const auto& record = record_of(change);
    std::vector<std::string> cells(Shown<T>::columns().size());
    if (record) cells = Shown<T>::cells(*record);
    if (change.kind == reel::ChangeKind::reset) cells.back() = "the history is lost; all present ones follow";
    row.insert(row.end(), cells.begin(), cells.end());
    table_.print(row);
    std::cout.flush();
  }

 private:
  static std::vector<Column> columns() {
    std::vector<Column> all{
        {.title = "TIME", .width = 19}, {.title = "CHANGE", .width = 8}, {.title = "ID", .width = 20}};
    for (const Column& column : Shown<T>::columns()) all.push_back(column);
    return all;
  }

  void print_heading() {
    std::cout << "watching " << (subject_.is_bucket ? "bucket " : "collection ") << subject_.id << " of "
              << printable(store_.url());
    if (arguments_.as) std::cout << " for " << arguments_.as->str();
    if (!arguments_.status.empty()) std::cout << ", status " << arguments_.status;
    std::cout << (store_.signals_changes() ? ", live\n" : ", once a second\n");
    std::cout.flush();
  }

  [[nodiscard]] Json json_of_change(const reel::Change<T>& change) const {
    Json object{{"kind", name_of(change.kind)},
                {subject_.is_bucket ? "bucket" : "collection", subject_.id},
                {"id", change.id.empty() ? Json() : Json(change.id.str())},
                {"at", reel::format_timestamp(change.at)},
                {"token", change.token.str()}};
    if (const auto& record = record_of(change)) object["record"] = json_of_record(*record);
    return object;
  }

  const WatchArguments& arguments_;
  Subject subject_;
  const Store& store_;
  RunningTable table_;
  bool is_first_ = true;
};

/// Where the watch starts. Throws `invalid` for a string that is not a token.
reel::WatchStart start_of(const std::string& from) {
  if (from == "beginning") return reel::from_beginning;
  if (from == "now") return reel::from_now;
  try {
    return reel::ResumeToken::parse(from);
  } catch (const reel::Error& error) {
    throw reel::Error(error.code(), "--from: " + error.reason());
  }
}

/// Prints changes until the command is stopped. `container`: returns the `Repository` or `BlobStore` in a store.
template <class T, class Container>
int print_changes(const WatchArguments& arguments, const Subject& subject, const reel::Query<T>& query,
                  const Container& container) {
  reel::WatchOptions options{.from = start_of(arguments.from)};
  Store store(arguments.store, Missing::refuse, {.as = arguments.as});
  LiveRun run;
  options.stop = run.stop();
  const reel::Watch<T> watch = container(store.below()).watch(query, std::move(options));
  run.outages().add([watch] { return watch.status(); });
  ChangePrinter<T> printer(arguments, subject, store);
  for (const reel::Change<T>& change : watch) {
    printer.print(change);
    if (!std::cout) break;
  }
  LiveRun::finish_output();
  return done;
}

/// The records of this status. Throws `UsageError` if the collection has no status or not this one.
template <class T>
reel::Query<T> query_of(const std::string& status) {
  if (status.empty()) return {};
  if constexpr (requires { &T::status; }) {
    return reel::Query<T>{}.where(field<&T::status> == chosen<decltype(T::status)>("--status", status));
  } else {
    throw UsageError("--status: the records of collection " + reel::schema_of<T>().id +
                     " have no status; remove --status, or watch videos or scenes");
  }
}

/// Watches the collection with the id `arguments.collection`, which is that of one of the types.
template <class... T>
int watch_collection(const WatchArguments& arguments) {
  std::optional<int> status;
  std::string names;
  const auto consider = [&]<class One>(std::type_identity<One>) {
    const std::string& id = reel::schema_of<One>().id;
    names += (names.empty() ? "" : ", ") + id;
    if (id != arguments.collection) return;
    status = print_changes<One>(arguments, {id}, query_of<One>(arguments.status),
                                [](reel::AnyStore& store) { return reel::records<One>(store); });
  };
  (consider(std::type_identity<T>{}), ...);
  if (!status)
    throw UsageError("--collection: '" + arguments.collection + "' is not one of " + names +
                     "; --bucket watches a bucket");
  return *status;
}

int watch_bucket(const WatchArguments& arguments) {
  const reel::Bucket bucket = bucket_named("--bucket", arguments.bucket);
  if (!arguments.status.empty())
    throw UsageError("--status: blobs have no status; remove --status, or watch videos or scenes");
  return print_changes<BlobInfo>(arguments, {bucket.id, true}, {},
                                 [&](reel::AnyStore& store) { return reel::blobs(store, bucket); });
}

}  // namespace

int watch(const WatchArguments& arguments) {
  return arguments.bucket.empty() ? watch_collection<Video, Scene, Fix, Artifact>(arguments) : watch_bucket(arguments);
}

}  // namespace tool

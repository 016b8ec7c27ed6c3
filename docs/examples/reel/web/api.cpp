#include "api.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/error.hpp>
#include <reel/json.hpp>
#include <reel/reel.hpp>
#include <reel/text/percent.hpp>
#include <reel/text/utf8.hpp>
#include <reel/text/whole_number.hpp>
#include <reel/version.hpp>
#include <reel/video/artifact.hpp>
#include <reel/video/buckets.hpp>
#include <reel/video/location.hpp>
#include <reel/video/memory_explanation.hpp>

#include "../choice.hpp"
#include "../queue_again.hpp"
#include "../queue_states.hpp"
#include "cursors.hpp"

namespace tool::web {
namespace {

using namespace std::chrono_literals;
using namespace reel::video;
using VideoId = reel::Id<Video>;
using SceneId = reel::Id<Scene>;

/// Characters of a long string in a list. The call for one record returns all of it.
constexpr std::size_t excerpt_length = 400;

Json text_or_null(const std::optional<std::string>& text) { return text ? Json(*text) : Json(); }

Json excerpt_of(const std::optional<std::string>& text) {
  if (!text) return {};
  return std::string(reel::text::first_code_points(*text, excerpt_length));
}

std::string address_of(std::string_view bucket, std::string_view blob) {
  return "/files/" + reel::text::percent_encoded(bucket) + "/" + reel::text::percent_encoded(blob);
}

/// The file that an address in a record refers to, or the one with the derived id, if the store has it; else null.
Json file_of(reel::AnyStore& store, const std::optional<std::string>& address, reel::Bucket bucket,
             const reel::BlobId& derived) {
  reel::BlobId id = derived;
  if (address) {
    const FileLocation location = file_location(*address);
    const bool is_blob = location.kind == FileLocation::Kind::blob && reel::is_valid_id(location.blob);
    if (is_blob && (location.bucket.empty() || location.bucket == bucket.id)) id = reel::BlobId{location.blob};
  }
  const auto info = read_or([&] { return reel::blobs(store, bucket).find(id); }, std::optional<reel::BlobInfo>());
  if (!info) return {};
  Json file = tool::json_of(*info);
  file["bucket"] = bucket.id;
  file["url"] = address_of(bucket.id, info->id.str());
  return file;
}

Json json_of(const StoredVideo& video) {
  Json json = static_cast<const reel::Record<Video>&>(video);
  json["status"] = video.status_text;
  return json;
}

Json brief(const StoredVideo& video) {
  Json json = json_of(video);
  json["error_message"] = excerpt_of(video.value.error_message);
  json["description"] = excerpt_of(video.value.description);
  return json;
}

Json json_of(const StoredScene& scene) {
  Json json = static_cast<const reel::Record<Scene>&>(scene);
  json["status"] = scene.status_text;
  return json;
}

/// Without the plans and the code.
Json brief(const StoredScene& scene) {
  Json json = json_of(scene);
  for (const char* name : {"scene_plan", "storyboard", "technical_plan", "generated_code"}) {
    json["has_" + std::string(name)] = !json[name].is_null();
    json.erase(name);
  }
  json["error_message"] = excerpt_of(scene.value.error_message);
  return json;
}

Json json_of(const reel::Record<Artifact>& artifact) {
  const Artifact& value = artifact.value;
  return {{"$id", artifact.id.str()},
          {"kind", value.kind},
          {"path", value.path},
          {"scene_id", value.scene_id ? Json(value.scene_id->str()) : Json()},
          {"version", value.version ? Json(*value.version) : Json()},
          {"size", value.size},
          {"md5", value.md5},
          {"modified_at", value.modified_at ? Json(reel::format_timestamp(*value.modified_at)) : Json()},
          {"url", value.blob_id.empty() ? Json() : Json(address_of(value.bucket_id, value.blob_id))}};
}

Json json_of(const HistoryEntry& entry) {
  const Event& event = entry.event;
  return {{"scene_id", text_or_null(event.scene_id)},
          {"from", text_or_null(event.from)},
          {"to", event.to},
          {"at", reel::format_timestamp(event.at)},
          {"worker", text_or_null(event.worker)},
          {"attempt", event.attempt ? Json(*event.attempt) : Json()},
          {"message", text_or_null(event.message)},
          {"is_inferred", entry.is_inferred}};
}

Json json_of(const SimilarFix& found) {
  return {{"$id", found.id.str()},
          {"score", found.score},
          {"layer", found.parts.layer ? Json(std::string(name_of(*found.parts.layer))) : Json()},
          {"explanation", explanation_of(found)},
          {"error_message", found.fix.error_message},
          {"original_code", found.fix.original_code},
          {"fixed_code", found.fix.fixed_code},
          {"topic", text_or_null(found.fix.topic)},
          {"fix_method", std::string(reel::enum_name(found.fix.fix_method))},
          {"success_count", found.fix.success_count},
          {"failure_count", found.fix.failure_count}};
}

template <class List>
Json array_of(const List& list) {
  Json array = Json::array();
  for (const auto& one : list) array.push_back(json_of(one));
  return array;
}

/// The entries with the topics of their videos.
std::vector<Json> named(const reel::video::Catalog<reel::AnyStore>& catalog,
                        const std::vector<reel::Record<QueueEntry>>& entries) {
  std::vector<reel::Id<VideoRow>> ids;
  for (const auto& entry : entries) ids.emplace_back(entry.id.str());
  std::map<std::string, std::string> topics;
  for (const auto& row : catalog.find_many(ids)) topics[row.id.str()] = row.value.topic.value_or("");
  std::vector<Json> list;
  for (const auto& entry : entries) {
    list.emplace_back(entry);
    list.back()["topic"] = topics[entry.id.str()];
  }
  return list;
}

/// A whole number in a range, `otherwise` if the parameter is absent. Throws `invalid` for others.
std::int64_t number_in(const Request& request, const char* name, std::int64_t otherwise, std::int64_t most) {
  const std::string_view text = request.parameter(name);
  if (text.empty()) return otherwise;
  const auto number = reel::text::whole_number<std::int64_t>(text);
  if (!number || *number < 1 || *number > most)
    throw reel::Error(reel::Errc::invalid, std::string(name) + " is a whole number from 1 to " + std::to_string(most));
  return *number;
}

std::optional<reel::Timestamp> time_in(const Request& request, const char* name) {
  const std::string_view text = request.parameter(name);
  if (text.empty()) return std::nullopt;
  const auto time = reel::parse_timestamp(text);
  if (!time) throw reel::Error(reel::Errc::invalid, std::string(name) + " is a time such as 2026-01-02T03:04:05Z");
  return time;
}

VideoFilter filter_of(const Request& request) {
  VideoFilter filter{.limit = number_in(request, "limit", 25, 100)};
  const std::string status(request.parameter("status"));
  if (!status.empty()) {
    filter.status = reel::enum_value<VideoStatus>(status);
    if (!filter.status) throw reel::Error(reel::Errc::invalid, "no video has the status '" + status + "'");
  }
  if (const auto owner = request.parameter("owner"); !owner.empty()) filter.owner_id = std::string(owner);
  if (const auto session = request.parameter("session"); !session.empty()) filter.session_id = std::string(session);
  filter.created_since = time_in(request, "since");
  filter.created_before = time_in(request, "before");
  if (const auto after = request.parameter("after"); !after.empty())
    filter.after = cursor_in(after, reel::Query<VideoRow>{}.order_by<&VideoRow::created_at>(reel::descending).tree());
  return filter;
}

bool is_path(const Request& request, std::initializer_list<std::string_view> rest) {
  return std::equal(request.path.begin() + 2, request.path.end(), rest.begin(), rest.end());
}

[[noreturn]] void refuse_path() {
  throw reel::Error(reel::Errc::not_found, "the API has no such address; docs/guide/serve.md lists them");
}

}  // namespace

Api::Api(Store& store, LiveStatistics& statistics)
    : store_(store), statistics_(statistics), catalog_(store.below()), queue_(store.below()), memory_(store.below()) {}

Response Api::get(const Request& request) const {
  const std::vector<std::string>& path = request.path;
  if (is_path(request, {"store"})) return json_response(store());
  if (is_path(request, {"statistics"})) return json_response(statistics(request));
  if (is_path(request, {"videos"})) return json_response(videos(request));
  if (is_path(request, {"queue"})) return json_response(queue());
  if (is_path(request, {"similar"})) return json_response(similar(request));
  if (path.size() != 4) refuse_path();
  if (path[2] == "videos") return json_response(video(VideoId{path[3]}));
  if (path[2] == "scenes") return json_response(scene(SceneId{path[3]}));
  if (path[2] == "files") return json_response(files(request, path[3]));
  refuse_path();
}

Response Api::post(const Request& request) const {
  const std::vector<std::string>& path = request.path;
  if (path.size() < 4 || path[2] != "queue") refuse_path();
  const bool is_video = path.size() == 6 && path[3] == "videos" && path[5] == "retry";
  const bool is_whole = path.size() == 4;
  if (!is_video && !(is_whole && (path[3] == "pause" || path[3] == "resume" || path[3] == "retry"))) refuse_path();
  queue_.setup();
  std::int64_t count = 1;
  if (is_video) {
    queue_again(queue_, VideoId{path[4]});
  } else if (path[3] == "pause") {
    queue_.pause();
  } else if (path[3] == "resume") {
    queue_.resume();
  } else {
    count = queue_.redrive_all();
  }
  return json_response({{"count", count}});
}

Json Api::store() const {
  const std::string& url = store_.url();
  Json statuses = Json::array();
  for (const auto& [status, name] : reel::EnumNames<VideoStatus>::names) statuses.push_back(name);
  return {{"url", url},
          {"version", reel::version},
          {"is_read_only", store_.is_read_only() || store_.tree() != nullptr},
          {"signals_changes", store_.signals_changes()},
          {"statuses", std::move(statuses)}};
}

Json Api::videos(const Request& request) const {
  const std::string words(request.parameter("search"));
  VideoFilter filter = filter_of(request);
  filter.with_total = !store_.url().starts_with("appwrite:") || request.parameter("total") == "1";
  const VideoPage page = words.empty() ? catalog_.list(filter) : catalog_.search(words, filter);
  Json list = Json::array();
  for (const StoredVideo& video : page.videos) list.push_back(brief(video));
  return {{"total", filter.with_total ? Json(page.total) : Json()},
          {"next", page.next ? Json(text_of(*page.next)) : Json()},
          {"videos", std::move(list)}};
}

Json Api::video(const VideoId& id) const {
  const StoredVideo video = catalog_.get(id);
  reel::AnyStore& backend = store_.below();
  Json scenes = Json::array();
  for (const StoredScene& scene : catalog_.scenes_of(id)) scenes.push_back(brief(scene));
  std::vector<reel::Record<Artifact>> artifacts;
  const auto of_video = reel::Query<Artifact>{}.where(reel::field<&Artifact::video_id> == id).limit(200);
  read_or(
      [&] {
        artifacts = reel::records<Artifact>(backend).list(of_video).records;
        return true;
      },
      false);
  const auto history = read_or([&] { return catalog_.history(id); }, std::vector<HistoryEntry>());
  const auto entry = read_or([&] { return reel::records<QueueEntry>(backend).find(reel::Id<QueueEntry>{id.str()}); },
                             std::optional<reel::Record<QueueEntry>>());
  return {{"video", json_of(video)},
          {"film", file_of(backend, video.value.combined_video_url, final_videos(), final_video_id(id))},
          {"subtitles", file_of(backend, video.value.subtitles_url, reel::video::subtitles(), subtitles_id(id))},
          {"scenes", std::move(scenes)},
          {"history", array_of(history)},
          {"artifacts", array_of(artifacts)},
          {"queue", entry ? Json(*entry) : Json()}};
}

Json Api::scene(const SceneId& id) const {
  const StoredScene scene = catalog_.scene(id);
  reel::AnyStore& backend = store_.below();
  const auto versions = read_or([&] { return catalog_.code_versions(id); }, std::vector<reel::Record<Artifact>>());
  return {{"scene", json_of(scene)},
          {"film", file_of(backend, scene.value.video_url, scene_videos(), scene_video_id(id))},
          {"code", file_of(backend, scene.value.code_url, source_code(), source_code_id(id))},
          {"versions", array_of(versions)}};
}

/// The fixes of errors like that of a scene or video.
Json Api::similar(const Request& request) const {
  const std::string scene_id(request.parameter("scene")), video_id(request.parameter("video"));
  std::string error, code;
  SimilarOptions options{.limit = 5};
  if (!scene_id.empty()) {
    const StoredScene scene = catalog_.scene(SceneId{scene_id});
    error = scene.value.error_message.value_or("");
    code = scene.value.generated_code.value_or("");
  } else {
    const StoredVideo video = catalog_.get(VideoId{video_id});
    error = video.value.error_message.value_or("");
    options.topic = video.value.topic;
  }
  const auto fixes = read_or([&] { return memory_.similar(error, code, options); }, std::vector<SimilarFix>());
  return {{"fixes", array_of(fixes)}};
}

Json Api::queue() const {
  Json counts = Json::object(), entries = Json::array();
  const auto read = [&] {
    for (const EntryState state : queue_states) {
      counts[std::string(reel::enum_name(state))] = queue_.count(state);
      for (Json& entry : named(catalog_, queue_.list(state, 50).records)) entries.push_back(std::move(entry));
    }
    return Json(queue_.is_paused());
  };
  const Json is_paused = read_or(read, Json());
  return {{"is_set_up", !is_paused.is_null()},
          {"is_paused", is_paused == true},
          {"counts", std::move(counts)},
          {"entries", std::move(entries)}};
}

Json Api::files(const Request& request, const std::string& bucket) const {
  const reel::Bucket known = [&] {
    try {
      return bucket_named("bucket", bucket);
    } catch (const UsageError& error) {
      throw reel::Error(reel::Errc::not_found, error.what());
    }
  }();
  reel::BlobQuery query = reel::Query<reel::BlobInfo>{}.limit(number_in(request, "limit", 25, 100)).tree();
  if (const auto after = request.parameter("after"); !after.empty()) query.after = cursor_in(after, query);
  const reel::BlobPage page = read_or([&] { return reel::blobs(store_.below(), known).list(query); }, reel::BlobPage());
  Json list = Json::array();
  for (const reel::BlobInfo& info : page.blobs) {
    list.push_back(tool::json_of(info));
    list.back()["url"] = address_of(known.id, info.id.str());
  }
  return {{"files", std::move(list)}, {"next", page.next ? Json(text_of(*page.next)) : Json()}};
}

}  // namespace tool::web

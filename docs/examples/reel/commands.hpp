#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <reel/actor.hpp>

#include "copy_options.hpp"

/// The arguments of each command and the function that runs it. A command prints to standard output and returns the
/// exit status.
namespace tool {

inline constexpr int done = 0, failed = 1, wrong_usage = 2, not_clean = 3;

/// Invalid arguments: exit status 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Whom a command acts for; without a value, it acts with full rights. See `reel::as`.
using As = std::optional<reel::Actor>;

struct SetupArguments {
  std::string store{};
  bool limit_to_server = false;  ///< see TreeOptions::limit_buckets
  std::string watcher{};         ///< id of a user for the realtime socket; empty: none
};
int setup(const SetupArguments& arguments);

struct MigrateArguments {
  std::string source{}, target{};
  bool plan = false;
  std::string verify = "full";   ///< a level
  std::uint64_t seed = 0;        ///< of the sample
  bool limit_to_server = false;  ///< of the target, as in SetupArguments
  std::string on_conflict = "fail";
  std::string variant = "v2";      ///< layout of new files in a legacy target
  std::string columns = "refuse";  ///< treatment of columns that the types do not know
  std::string report{};            ///< a file; empty: none
  std::string journal{};           ///< likewise; empty: see `journal_file`; `none`: none
  std::string topics{};            ///< as `report`, a file to read
  CopyOptions copy{};
  bool restart = false;  ///< forget the journal
  bool json = false;     ///< print the report as JSON
  bool json_progress = false;
};
int migrate(const MigrateArguments& arguments);

struct RetryArguments {
  std::string report{};      ///< of an earlier migration
  std::string new_report{};  ///< as `MigrateArguments::report`
  bool json = false, json_progress = false;
};
int retry(const RetryArguments& arguments);

struct ControlArguments {
  std::string socket{};
  std::string command{};  ///< status, pause, resume or limit
  std::optional<std::int64_t> parallel{}, requests_per_second{};
  std::optional<std::uint64_t> limit_rate{};  ///< bytes per second
  bool json = false;
};
/// Controls a migration that runs in another process.
int control(const ControlArguments& arguments);

struct VerifyArguments {
  std::string a{}, b{};
  std::string level = "full";
  std::uint64_t seed = 0;  ///< of the sample
  bool quick = false;      ///< by digests
  std::string journal{};   ///< a file; empty: none
};
int verify(const VerifyArguments& arguments);

struct MirrorArguments {
  std::string source{}, target{};
  bool follow = false, cut_over = false, delete_extra = false;
  bool no_verify = false;
  bool limit_to_server = false;  ///< of the target, as in SetupArguments
  std::string variant = "v2";    ///< layout of new files in a legacy target
  std::string journal{};         ///< a file; empty: one for the two stores
  std::int64_t patience = 60;    ///< seconds
  std::string topics{};          ///< a file; empty: none
};
/// Status 0 if a mirror that follows is interrupted.
int mirror(const MirrorArguments& arguments);

struct DoctorArguments {
  std::string store{};
  std::string topics{};  ///< a file; empty: none
  bool repair = false;
  bool json = false;
};
int doctor(const DoctorArguments& arguments);

struct VideosArguments {
  std::string store{}, status{}, topic{}, search{}, topics{};
  std::int64_t limit = 25;
  bool json = false;
  bool watch = false;  ///< print again after changes
  As as{};
};
int videos(const VideosArguments& arguments);

struct ScenesArguments {
  std::string store{}, video{};
  bool json = false;
  As as{};
};
int scenes(const ScenesArguments& arguments);

struct StatsArguments {
  std::string store{};
  bool json = false, prometheus = false, csv = false;
  std::string html{};            ///< a file to write; empty: none
  std::string since{}, until{};  ///< see `time_option`; empty: the last 24 hours, now
  std::string owner{}, topic{};  ///< empty: all
  std::int64_t top = 10;
  bool complete = false;  ///< read everything
  bool watch = false;     ///< print again after changes
  As as{};
};
int stats(const StatsArguments& arguments);

struct WatchArguments {
  std::string store{};
  std::string collection = "videos";
  std::string bucket{};            ///< instead of a collection, unless empty
  std::string status{};            ///< empty: all
  std::string from = "beginning";  ///< or `now`, or a token
  bool json = false;
  As as{};
};
int watch(const WatchArguments& arguments);

struct MemoryArguments {
  std::string store{};
  std::string name{};                    ///< the namespace; empty: the global one
  std::string error{}, code{}, fixed{};  ///< files; `-` is standard input
  std::string topic{}, scene_type{}, video{}, scene{}, method{}, environment{};
  std::optional<std::int64_t> from_version{}, to_version{};
  std::string id{}, outcome{};  ///< outcome: `worked` or `failed`
  std::string by{}, reason{};   ///< the fix that supersedes `id`
  std::string tree{};           ///< a folder or a legacy: URL
  std::int64_t limit = 10;
  bool json = false, yes = false;
};
int memory_similar(const MemoryArguments& arguments);
int memory_remember(const MemoryArguments& arguments);
int memory_outcome(const MemoryArguments& arguments);
int memory_supersede(const MemoryArguments& arguments);
int memory_purge(const MemoryArguments& arguments);
int memory_clear(const MemoryArguments& arguments);
int memory_mine(const MemoryArguments& arguments);
int memory_adopt(const MemoryArguments& arguments);
int memory_reindex(const MemoryArguments& arguments);
int memory_stats(const MemoryArguments& arguments);
int memory_eval(const MemoryArguments& arguments);

struct BlobsArguments {
  std::string store{}, bucket{}, id{}, file{};
  bool json = false;
  bool force = false;          ///< get: replace the file
  bool overwrite = false;      ///< put: replace the blob
  bool resume = false;         ///< put: resume an interrupted upload
  std::uint64_t max_rate = 0;  ///< bytes per second; 0: unlimited
  As as{};
};
int blobs_list(const BlobsArguments& arguments);
int blobs_get(const BlobsArguments& arguments);
int blobs_put(const BlobsArguments& arguments);
int blobs_remove(const BlobsArguments& arguments);
int blobs_scrub(const BlobsArguments& arguments);

struct PermissionsArguments {
  std::string store{};
  std::string container{};  ///< id of the collection or bucket
  bool is_bucket = false;   ///< see `container_named`
  std::string id{};         ///< of a record or blob; empty: the collection or bucket as a whole
  bool json = false;
  As as{};  ///< report what this actor may do
};
int permissions(const PermissionsArguments& arguments);

struct GrantArguments {
  std::string store{};
  std::string container{};  ///< as in PermissionsArguments
  bool is_bucket = false;   ///< likewise
  std::string id{};         ///< likewise, or the first permission
  std::vector<std::string> permissions{};
  std::string item_security{};  ///< grant: `on` or `off`; empty: as it is
};
int grant(const GrantArguments& arguments);
int revoke(const GrantArguments& arguments);

struct QueueArguments {
  std::string store{};
  std::string video{};  ///< its id
  std::string topic{}, description{};
  std::int64_t count = 1;     ///< add: number of videos
  std::int64_t priority = 0;  ///< add: higher ones are claimed first
  bool json = false;
  As as{};  ///< list
};
int queue_list(const QueueArguments& arguments);
int queue_add(const QueueArguments& arguments);
/// Queues the video again, or all dead ones if none is named.
int queue_retry(const QueueArguments& arguments);
int queue_pause(const QueueArguments& arguments);
int queue_resume(const QueueArguments& arguments);
int queue_explain(const QueueArguments& arguments);

struct WorkArguments {
  std::string store{};
  std::string command{};        ///< for the shell; `{id}` is the id of the video
  std::string worker{};         ///< empty: the name of the host and the number of the process
  std::int64_t lease = 30'000;  ///< milliseconds
  bool until_empty = false;     ///< end when no video can be claimed
};
/// Status 3 if a video failed.
int work(const WorkArguments& arguments);

struct ServeArguments {
  std::string store{};
  std::string bind = "127.0.0.1";  ///< an IP address
  std::int64_t port = 8317;        ///< 0: a free one
  std::string token{};             ///< required unless `bind` is a loopback address
};
/// Ends when it is interrupted. Without Boost: throws `UsageError`.
int serve(const ServeArguments& arguments);

}  // namespace tool

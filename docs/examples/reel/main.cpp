#include <cstdint>
#include <exception>
#include <functional>
#include <iostream>
#include <map>
#include <string>

#include <CLI/CLI.hpp>

#include <reel/actor.hpp>
#include <reel/driver/file/descriptor.hpp>
#include <reel/error.hpp>
#include <reel/version.hpp>

#include "command_set.hpp"
#include "commands.hpp"
#include "copy_commands.hpp"
#include "printable_output.hpp"

namespace {

constexpr const char* stores =
    "A store is a URL:\n"
    "  file:DIR      a folder managed by reel; options: readonly, existing (never create it),\n"
    "                durability=durable|relaxed, text=folded|exact, as in file:DIR?readonly&text=exact\n"
    "  legacy:DIR    the output folder of the pipeline; only migrate and mirror write to it\n"
    "  appwrite:     the project in APPWRITE_ENDPOINT, APPWRITE_PROJECT_ID and APPWRITE_API_KEY, read from the\n"
    "                environment or from .env; appwrite:FILE reads that file instead. APPWRITE_WRITERS=one if no\n"
    "                other program writes to it, which servers before 1.8 require; options: database=ID,\n"
    "                writers=one|many\n"
    "  memory:       an empty store in memory, discarded when the command ends\n"
    "\n"
    "Exit status: 0 success, 1 failure, 2 wrong usage, 3 finished, with failures or differences listed";

constexpr const char* print_again = "Print again after each change, on a terminal in place, until interrupted";

/// The arguments of all commands, and the command that was given.
class CommandLine {
 public:
  CommandLine() {
    app_.require_subcommand(1);
    app_.set_version_flag("--version", "reel " + std::string(reel::version), "Print the version and exit");
    app_.footer(stores);
    add_stores();
    add_queries();
    add_blobs();
    add_permissions();
    add_memory();
    add_queue();
    add_serve();
  }

  /// Throws CLI::ParseError, also for --help and --version.
  std::function<int()> parse(int argc, char** argv) {
    app_.parse(argc, argv);
    return commands_.given();
  }
  /// Prints the help or the version.
  int exit(const CLI::ParseError& error) { return app_.exit(error); }
  /// The message for an error in the arguments, with the valid commands if one of them is missing or unknown.
  [[nodiscard]] std::string explain(const CLI::ParseError& error) const {
    const CLI::App* parent = &app_;
    while (!parent->get_subcommands().empty()) parent = parent->get_subcommands().front();
    std::string commands;
    for (const CLI::App* one : parent->get_subcommands([](const CLI::App*) { return true; }))
      commands += (commands.empty() ? "" : ", ") + one->get_name();
    const bool is_missing = dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
    const bool is_extra = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
    std::string reason = error.what();
    const std::vector<std::string> unknown = app_.remaining(true);
    if (!unknown.empty() && (is_missing || is_extra)) {
      const bool is_actor = unknown.front() == "--as" || unknown.front().starts_with("--as=");
      if (is_actor && !parent->get_option_no_throw("--as"))
        return "--as: '" + parent->get_name() +
               "' acts with full rights; use it with videos, scenes, stats, watch, blobs, permissions or queue ls";
      if (unknown.front().starts_with('-')) return "unknown option '" + unknown.front() + "'";
      if (is_extra) return "unexpected argument '" + unknown.front() + "'";
      if (!commands.empty()) return "'" + unknown.front() + "' is not a command; use one of " + commands;
    }
    if (!is_missing || commands.empty() || reason.find("subcommand") == std::string::npos) return reason;
    return "a command is missing; use one of " + commands;
  }

 private:
  void add_stores() {
    CLI::App* setup = tool::CommandSet::add(app_, "setup", "Create a store, or update an existing one",
                                            "  reel setup file:videos\n"
                                            "  reel setup appwrite: --watcher\n");
    setup->add_option("STORE", setup_.store, "The store")->required();
    setup->add_flag("--limit-to-server", setup_.limit_to_server, tool::limit_to_server);
    setup->add_flag("--watcher{reel-watcher}", setup_.watcher,
                    "For appwrite: create a user who may read everything, named reel-watcher or as in --watcher=NAME, "
                    "and print the setting APPWRITE_SESSION, with which the server's realtime socket wakes watches");
    commands_.runs(setup, tool::setup, setup_);

    copies_.add(app_, commands_);

    CLI::App* doctor =
        tool::CommandSet::add(app_, "doctor", "Check a store, and report its abilities, its contents and its problems",
                              "  reel doctor appwrite:\n"
                              "  reel doctor appwrite:production.env --json\n"
                              "  reel doctor legacy:output --topics topics.json\n"
                              "  reel doctor file:videos\n"
                              "  reel doctor file:videos --repair\n");
    doctor->add_option("STORE", doctor_.store, "The store")->required();
    doctor->add_flag("--repair", doctor_.repair,
                     "Repair a file: store: discard damaged records and save all others; the damaged files are kept");
    doctor->add_flag("--json", doctor_.json, "Print a JSON object");
    tool::add_topics(doctor, doctor_.topics);
    commands_.runs(doctor, tool::doctor, doctor_);
  }

  /// The message for an option that is not a port, or an empty string.
  static std::string port(const std::string& text) {
    const bool is_number = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
    if (is_number && text.size() <= 5 && std::stoi(text) <= 65535) return {};
    return "'" + text + "' is not a port; use a number from 1 to 65535, or 0 for any free port";
  }
  static void add_actor(CLI::App* app, tool::As& as) {
    app->add_option_function<std::string>(
        "--as",
        [&as](const std::string& text) {
          try {
            as = reel::Actor::parse(text);
          } catch (const reel::Error& error) {
            throw CLI::ValidationError("--as", error.reason());
          }
        },
        "Act for a user instead of with full rights: guest, or user:ID, followed by any of ,verified ,team:TEAM "
        ",team:TEAM/ROLE and ,label:NAME");
  }

  void add_queries() {
    CLI::App* videos = tool::CommandSet::add(app_, "videos", "List videos, newest first",
                                             "  reel videos file:videos --status failed\n"
                                             "  reel videos file:videos --topic theorem --limit 100\n"
                                             "  reel videos legacy:output --search \"bayes theorem\" --json\n");
    videos->add_option("STORE", videos_.store, "The store")->required();
    videos->add_option("--status", videos_.status, "Only videos with this status");
    videos->add_option("--topic", videos_.topic, "Only videos whose topic contains this string");
    videos->add_option("--search", videos_.search, "Only videos whose topic contains any of these words");
    videos->add_option("--limit", videos_.limit, "List at most this many videos (default 25)")
        ->check(tool::at_least_one);
    videos->add_flag("--json", videos_.json, "Print a JSON array with every attribute");
    videos->add_flag("--watch", videos_.watch, print_again);
    tool::add_topics(videos, videos_.topics);
    add_actor(videos, videos_.as);
    commands_.runs(videos, tool::videos, videos_);

    CLI::App* scenes = tool::CommandSet::add(app_, "scenes", "List the scenes of a video",
                                             "  reel scenes file:videos 68550d3c1f2e4a5b6c7d\n"
                                             "  reel scenes legacy:output \"Pythagorean Theorem\"\n");
    scenes->add_option("STORE", scenes_.store, "The store")->required();
    scenes
        ->add_option("VIDEO", scenes_.video,
                     "The video's id, its topic, or a part of the topic that no other video has")
        ->required();
    scenes->add_flag("--json", scenes_.json, "Print a JSON array with every attribute");
    add_actor(scenes, scenes_.as);
    commands_.runs(scenes, tool::scenes, scenes_);

    add_stats();

    CLI::App* watch = tool::CommandSet::add(app_, "watch", "Print the changes of a collection or bucket as they come",
                                            "  reel watch file:videos\n"
                                            "  reel watch file:videos --status failed --from now\n"
                                            "  reel watch file:videos --collection scenes --json | jq .record.status\n"
                                            "  reel watch appwrite: --bucket final_videos\n");
    watch->add_option("STORE", watch_.store, "The store")->required();
    CLI::Option* collection = watch->add_option("--collection", watch_.collection,
                                                "videos, scenes, agent_memory or artifacts (default videos)");
    watch
        ->add_option("--bucket", watch_.bucket,
                     "Instead of a collection: final_videos, scene_videos, subtitles, source_code or artifacts")
        ->excludes(collection);
    watch->add_option("--status", watch_.status, "Only videos or scenes with this status");
    watch->add_option("--from", watch_.from,
                      "beginning: first print the present records (default); now: only later changes; or the token of "
                      "a change printed with --json: continue after that change");
    watch->add_flag("--json", watch_.json, "Print one JSON object per line, with a token to continue from");
    add_actor(watch, watch_.as);
    commands_.runs(watch, tool::watch, watch_);
  }

  void add_stats() {
    CLI::App* stats =
        tool::CommandSet::add(app_, "stats", "Show what a pipeline does: what waits, what failed, how long it takes",
                              "  reel stats file:videos\n"
                              "  reel stats file:videos --since 7d --owner ada --json\n"
                              "  reel stats file:videos --html pipeline.html --watch\n");
    stats->add_option("STORE", stats_.store, "The store")->required();
    stats->add_option(
        "--since", stats_.since,
        "Moves since then: a time, or a length of time before now such as 90m, 24h, 7d or 2w (default: 24 "
        "hours before --until)");
    stats->add_option("--until", stats_.until, "Moves before then, likewise (default: now)");
    stats->add_option("--owner", stats_.owner, "Only videos of this user");
    stats->add_option("--topic", stats_.topic, "Only videos with exactly this topic");
    stats->add_option("--top", stats_.top, "List at most this many topics, owners and errors (default 10)")
        ->check(tool::at_least_one);
    stats->add_flag("--complete", stats_.complete, "Read all moves, fixes and files, whatever their number");
    CLI::Option* json = stats->add_flag("--json", stats_.json, "Print a JSON object");
    CLI::Option* csv = stats->add_flag("--csv", stats_.csv, "Print CSV, a line for each number");
    CLI::Option* metrics = stats->add_flag("--prometheus", stats_.prometheus, "Print metrics for Prometheus");
    CLI::Option* html = stats->add_option("--html", stats_.html, "Write an HTML page to this file");
    for (CLI::Option* one : {json, csv, metrics, html})
      for (CLI::Option* other : {json, csv, metrics, html})
        if (one != other) one->excludes(other);
    stats->add_flag("--watch", stats_.watch, print_again);
    add_actor(stats, stats_.as);
    commands_.runs(stats, tool::stats, stats_);
  }

  void add_blobs() {
    CLI::App* blobs = tool::CommandSet::add(app_, "blobs", "List, read, write and remove files",
                                            "  reel blobs file:videos final_videos ls\n"
                                            "  reel blobs file:videos source_code get code_42 scene.py\n"
                                            "  reel blobs file:videos subtitles put film.srt --id subs_42 --overwrite\n"
                                            "  reel blobs appwrite: final_videos put film.mp4 --id video_42 --resume\n"
                                            "  reel blobs file:videos artifacts rm 42\n");
    blobs->require_subcommand(1);
    blobs->add_option("STORE", blobs_.store, "The store")->required();
    blobs->add_option("BUCKET", blobs_.bucket, "final_videos, scene_videos, subtitles, source_code or artifacts")
        ->required();

    CLI::App* list =
        tool::CommandSet::add(*blobs, "ls", "List the files of the bucket", "  reel blobs file:videos artifacts ls\n");
    list->add_flag("--json", blobs_.json, "Print a JSON array");
    add_actor(list, blobs_.as);
    commands_.runs(list, tool::blobs_list, blobs_);

    CLI::App* get = tool::CommandSet::add(*blobs, "get", "Write a blob to a file, verified by its checksum",
                                          "  reel blobs file:videos final_videos get video_42\n"
                                          "  reel blobs file:videos source_code get code_42 - | less\n");
    get->add_option("ID", blobs_.id, "The blob")->required();
    get->add_option("FILE", blobs_.file,
                    "The file or folder to write to, - for standard output (default: a file with the blob's name "
                    "in the current folder)");
    get->add_flag("--force", blobs_.force, "Replace an existing file");
    add_rate(get);
    add_actor(get, blobs_.as);
    commands_.runs(get, tool::blobs_get, blobs_);

    CLI::App* put = tool::CommandSet::add(*blobs, "put", "Store a file",
                                          "  reel blobs file:videos final_videos put film.mp4 --id video_42\n");
    put->add_option("FILE", blobs_.file, "The file to read")->required();
    put->add_option("--id", blobs_.id, "The blob's id (default: a new one)");
    put->add_flag("--overwrite", blobs_.overwrite, "Replace an existing blob with this id");
    put->add_flag("--resume", blobs_.resume,
                  "Resume an interrupted upload, if the store can; requires the same --id. Its progress is kept in a "
                  "file in $XDG_STATE_HOME/reel/uploads (default: ~/.local/state/reel/uploads)");
    add_rate(put);
    add_actor(put, blobs_.as);
    commands_.runs(put, tool::blobs_put, blobs_);

    CLI::App* remove =
        tool::CommandSet::add(*blobs, "rm", "Remove a blob", "  reel blobs file:videos artifacts rm 42\n");
    remove->add_option("ID", blobs_.id, "The blob")->required();
    add_actor(remove, blobs_.as);
    commands_.runs(remove, tool::blobs_remove, blobs_);

    CLI::App* scrub = tool::CommandSet::add(*blobs, "scrub", "Read every blob and check it against its checksum",
                                            "  reel blobs file:videos final_videos scrub\n");
    add_actor(scrub, blobs_.as);
    commands_.runs(scrub, tool::blobs_scrub, blobs_);
  }

  void add_permissions() {
    CLI::App* show =
        tool::CommandSet::add(app_, "permissions", "Show who may do what with a collection, bucket, record or file",
                              "  reel permissions file:videos videos\n"
                              "  reel permissions file:videos videos 68550d3c1f2e4a5b6c7d\n"
                              "  reel permissions file:videos final_videos --as user:ada,team:crew/editor\n");
    add_container(show, permissions_.store, permissions_.container, permissions_.is_bucket);
    show->add_option("ID", permissions_.id, "A record or file (default: the collection or bucket as a whole)");
    show->add_flag("--json", permissions_.json, "Print a JSON object");
    add_actor(show, permissions_.as);
    commands_.runs(show, tool::permissions, permissions_);

    add_grant("grant", "Grant permissions for a collection, bucket, record or file",
              "  reel grant file:videos videos read:any create:users\n"
              "  reel grant file:videos videos 68550d3c1f2e4a5b6c7d update:team:crew/editor\n"
              "  reel grant file:videos final_videos --item-security off\n",
              tool::grant)
        ->add_option("--item-security", grant_.item_security,
                     "on: permissions of single records or files count too; off: only those of the collection or "
                     "bucket");
    add_grant("revoke", "Revoke permissions", "  reel revoke file:videos videos write:user:ada\n", tool::revoke);
  }
  static void add_container(CLI::App* app, std::string& store, std::string& name, bool& is_bucket) {
    app->add_option("STORE", store, "The store")->required();
    app->add_option("NAME", name,
                    "videos, scenes, agent_memory, artifacts, final_videos, scene_videos, subtitles or source_code")
        ->required();
    app->add_flag("--bucket", is_bucket, "NAME is that of a bucket, which matters for artifacts");
  }
  CLI::App* add_grant(const std::string& name, const std::string& what, const std::string& examples,
                      int (*run)(const tool::GrantArguments&)) {
    CLI::App* app = tool::CommandSet::add(app_, name, what, examples);
    add_container(app, grant_.store, grant_.container, grant_.is_bucket);
    app->add_option("ID", grant_.id, "A record or file (default: the collection or bucket as a whole)");
    app->add_option("PERMISSION", grant_.permissions,
                    "ACTION:ROLE, such as read:any, update:team:crew/editor or write:user:ada, or 'read(\"any\")'. "
                    "Actions: read, create (not for a record or file), update, delete, write for all but read");
    commands_.runs(app, run, grant_);
    return app;
  }

  void add_memory() {
    CLI::App* memory = tool::CommandSet::add(
        app_, "memory", "Remember which change fixed which error, and find it again",
        "  reel memory file:videos similar error.log --code scene.py --json\n"
        "  reel memory file:videos remember error.log scene.py fixed.py --topic \"Bayes Theorem\"\n"
        "  reel memory file:videos outcome 0b6f6d3c0de8a1a5b2c3d4e5 worked\n"
        "  reel memory file:videos mine output\n"
        "  reel memory legacy:output eval\n");
    memory->require_subcommand(1);
    memory->add_option("STORE", memory_.store, "The store")->required();
    memory->add_option("--namespace", memory_.name, "Fixes of this namespace (default global)");

    CLI::App* similar =
        tool::CommandSet::add(*memory, "similar", "List the fixes of errors like this one, the best first",
                              "  manim scene.py 2>&1 | reel memory file:videos similar - --json\n");
    similar->add_option("FILE", memory_.error, "The error log or message, - for standard input")->required();
    similar->add_option("--code", memory_.code, "The code that failed");
    similar->add_option("--limit", memory_.limit, "List at most this many fixes (default 10)")
        ->check(CLI::PositiveNumber);
    add_context(similar);
    similar->add_flag("--json", memory_.json, "Print a JSON array");
    commands_.runs(similar, tool::memory_similar, memory_);

    CLI::App* remember = tool::CommandSet::add(*memory, "remember", "Remember a fix, and print its id",
                                               "  reel memory file:videos remember error.log scene.py fixed.py\n");
    remember->add_option("ERROR", memory_.error, "The error log or message, - for standard input")->required();
    remember->add_option("CODE", memory_.code, "The code that failed")->required();
    remember->add_option("FIXED", memory_.fixed, "The code that replaced it")->required();
    add_context(remember);
    remember->add_option("--video", memory_.video, "The id of the video");
    remember->add_option("--scene", memory_.scene, "The scene");
    remember->add_option("--method", memory_.method, "The author of the fix, such as tavily");
    remember->add_option("--from-version", memory_.from_version, "The version of the failing code");
    remember->add_option("--to-version", memory_.to_version, "The version of the fixed code");
    remember->add_option("--environment", memory_.environment, "The versions of manim and its plugins");
    commands_.runs(remember, tool::memory_remember, memory_);

    CLI::App* outcome = tool::CommandSet::add(*memory, "outcome", "Record whether a fix worked",
                                              "  reel memory file:videos outcome 0b6f6d3c0de8a1a5b2c3d4e5 worked\n");
    outcome->add_option("ID", memory_.id, "The fix")->required();
    outcome->add_option("OUTCOME", memory_.outcome, "worked or failed")
        ->required()
        ->check(CLI::IsMember({"worked", "failed"}));
    commands_.runs(outcome, tool::memory_outcome, memory_);

    add_memory_upkeep(memory);
  }

  void add_memory_upkeep(CLI::App* memory) {
    CLI::App* supersede =
        tool::CommandSet::add(*memory, "supersede", "Keep a fix with a reason, and find another one instead",
                              "  reel memory file:videos supersede 0b6f6d3c0de8a1a5b2c3d4e5 "
                              "--by 9ac4f00de8a1a5b2c3d4e5f6 --reason \"works without a warning\"\n");
    supersede->add_option("ID", memory_.id, "The fix that is no longer found")->required();
    supersede->add_option("--by", memory_.by, "The fix that replaces it")->required();
    supersede->add_option("--reason", memory_.reason, "Why")->required();
    commands_.runs(supersede, tool::memory_supersede, memory_);

    CLI::App* purge = tool::CommandSet::add(*memory, "purge", "Remove all records of a fix",
                                            "  reel memory file:videos purge 0b6f6d3c0de8a1a5b2c3d4e5\n");
    purge->add_option("ID", memory_.id, "The fix")->required();
    commands_.runs(purge, tool::memory_purge, memory_);

    CLI::App* clear = tool::CommandSet::add(*memory, "clear", "Remove every fix of the namespace",
                                            "  reel memory file:videos --namespace test clear --yes\n");
    clear->add_flag("--yes", memory_.yes, "Really remove them");
    commands_.runs(clear, tool::memory_clear, memory_);

    CLI::App* mine = tool::CommandSet::add(*memory, "mine", "Remember the fixes in a tree of the pipeline",
                                           "  reel memory file:videos mine output\n");
    mine->add_option("TREE", memory_.tree, "The output folder of the pipeline, or a legacy: store")->required();
    commands_.runs(mine, tool::memory_mine, memory_);

    CLI::App* adopt =
        tool::CommandSet::add(*memory, "adopt", "Make the fixes of earlier programs in the store searchable",
                              "  reel memory appwrite: adopt\n");
    commands_.runs(adopt, tool::memory_adopt, memory_);

    CLI::App* reindex = tool::CommandSet::add(*memory, "reindex", "Update the keys of fixes after an upgrade of reel",
                                              "  reel memory file:videos reindex\n");
    commands_.runs(reindex, tool::memory_reindex, memory_);

    CLI::App* stats =
        tool::CommandSet::add(*memory, "stats", "Count errors and fixes", "  reel memory file:videos stats --json\n");
    stats->add_flag("--json", memory_.json, "Print a JSON object");
    commands_.runs(stats, tool::memory_stats, memory_);

    CLI::App* eval = tool::CommandSet::add(*memory, "eval", "Measure how well the fixes of other scenes are found",
                                           "  reel memory legacy:output eval\n");
    eval->add_flag("--json", memory_.json, "Print a JSON object");
    commands_.runs(eval, tool::memory_eval, memory_);
  }
  void add_context(CLI::App* app) {
    app->add_option("--topic", memory_.topic, "The topic of the video");
    app->add_option("--scene-type", memory_.scene_type, "The type of the scene");
  }

  void add_rate(CLI::App* transfer) {
    transfer->add_option("--limit-rate", blobs_.max_rate, "Maximum bytes per second, such as 500K or 2M")
        ->transform(explained(CLI::AsSizeValue(false), "a number of bytes, such as 500K or 2M"));
  }
  /// A transformation whose message does not list every unit: `'x' is not <what>`.
  static CLI::Validator explained(const CLI::Validator& transformation, const std::string& what) {
    return CLI::Validator(
        [=](std::string& text) -> std::string {
          const std::string given = text;
          try {
            if (transformation(text).empty()) return {};
          } catch (const CLI::ValidationError&) {  // its message lists every unit
          }
          return "'" + given + "' is not " + what;
        },
        "");
  }

  void add_queue() {
    CLI::App* queue = tool::CommandSet::add(app_, "queue", "List, add and retry the videos that wait for a worker",
                                            "  reel queue file:videos add --topic \"Bayes theorem\" --count 3\n"
                                            "  reel queue file:videos ls\n"
                                            "  reel queue file:videos explain 68550d3c1f2e4a5b6c7d\n");
    queue->require_subcommand(1);
    queue->add_option("STORE", queue_.store, "The store")->required();
    add_queue_actions(*queue);

    CLI::App* work =
        tool::CommandSet::add(app_, "work", "Run a command for each video of a queue",
                              "  reel work file:videos --exec 'python render.py {id}'\n"
                              "  reel work appwrite: --exec './render {id}' --worker gpu-1 --lease 2m --until-empty\n");
    work->add_option("STORE", work_.store, "The store")->required();
    work->add_option("--exec", work_.command,
                     "The command, for sh; {id} is replaced by the id of the video. Exit status 0 completes the video, "
                     "any other fails it")
        ->required();
    work->add_option("--worker", work_.worker, "The name of this worker (default: host and process)");
    work->add_option("--lease", work_.lease,
                     "How long the worker may be silent before the video goes to another one: such as 500ms, 30s, 2m "
                     "(default 30s)")
        ->transform(
            explained(CLI::AsNumberWithUnit(std::map<std::string, std::int64_t>{{"ms", 1}, {"s", 1000}, {"m", 60'000}},
                                            CLI::AsNumberWithUnit::Options(CLI::AsNumberWithUnit::CASE_SENSITIVE |
                                                                           CLI::AsNumberWithUnit::UNIT_REQUIRED)),
                      "a time, such as 500ms, 30s or 2m"));
    work->add_flag("--until-empty", work_.until_empty, "End when no video can be claimed, instead of waiting for more");
    commands_.runs(work, tool::work, work_);
  }
  void add_serve() {
    CLI::App* serve =
        tool::CommandSet::add(app_, "serve", "Show a store in the browser: films, states, queue and statistics",
                              "  reel serve file:videos\n"
                              "  reel serve appwrite: --port 9000\n"
                              "  REEL_SERVE_TOKEN=$(openssl rand -hex 16) reel serve file:videos --bind 0.0.0.0\n");
    serve->add_option("STORE", serve_.store, "The store")->required();
    serve->add_option("--port", serve_.port, "The port, 0 for a free one (default 8317)")->check(port);
    serve->add_option(
        "--bind", serve_.bind,
        "The IP address to listen on; other computers reach all but 127.0.0.1 and ::1 (default 127.0.0.1)");
    serve
        ->add_option("--token", serve_.token,
                     "The secret that a client needs, at least 16 characters; required with --bind unless the address "
                     "is 127.0.0.1 or ::1. Other users of this computer do not see it in REEL_SERVE_TOKEN")
        ->envname("REEL_SERVE_TOKEN");
    commands_.runs(serve, tool::serve, serve_);
  }
  void add_queue_actions(CLI::App& queue) {
    CLI::App* list =
        tool::CommandSet::add(queue, "ls", "List the videos of the queue", "  reel queue file:videos ls --json\n");
    list->add_flag("--json", queue_.json, "Print a JSON array");
    add_actor(list, queue_.as);
    commands_.runs(list, tool::queue_list, queue_);

    CLI::App* add = tool::CommandSet::add(queue, "add", "Create videos and print their ids, one on each line",
                                          "  reel queue file:videos add --topic \"Bayes theorem\"\n");
    add->add_option("--topic", queue_.topic, "The subject")->required();
    add->add_option("--description", queue_.description, "The subject in detail");
    add->add_option("--count", queue_.count, "Create this many videos (default 1)")->check(tool::at_least_one);
    add->add_option("--priority", queue_.priority, "Videos with a higher priority are claimed first (default 0)");
    commands_.runs(add, tool::queue_add, queue_);

    CLI::App* retry = tool::CommandSet::add(queue, "retry", "Queue a video again, or all that have failed too often",
                                            "  reel queue file:videos retry\n");
    retry->add_option("VIDEO", queue_.video, "The id of the video (default: all dead videos)");
    commands_.runs(retry, tool::queue_retry, queue_);

    CLI::App* pause = tool::CommandSet::add(queue, "pause", "Stop new claims", "  reel queue file:videos pause\n");
    commands_.runs(pause, tool::queue_pause, queue_);
    CLI::App* resume =
        tool::CommandSet::add(queue, "resume", "Allow claims again", "  reel queue file:videos resume\n");
    commands_.runs(resume, tool::queue_resume, queue_);

    CLI::App* explain = tool::CommandSet::add(queue, "explain", "Print why a video is claimed next or not",
                                              "  reel queue file:videos explain 68550d3c1f2e4a5b6c7d\n");
    explain->add_option("VIDEO", queue_.video, "The id of the video")->required();
    commands_.runs(explain, tool::queue_explain, queue_);
  }

  tool::CommandSet commands_;
  CLI::App app_{"Queries, copies and checks the records and files of a video pipeline.", "reel"};
  tool::SetupArguments setup_;
  tool::DoctorArguments doctor_;
  tool::VideosArguments videos_;
  tool::ScenesArguments scenes_;
  tool::StatsArguments stats_;
  tool::WatchArguments watch_;
  tool::BlobsArguments blobs_;
  tool::PermissionsArguments permissions_;
  tool::GrantArguments grant_;
  tool::MemoryArguments memory_;
  tool::QueueArguments queue_;
  tool::WorkArguments work_;
  tool::ServeArguments serve_;
  tool::CopyCommands copies_;
};

int complain(const char* what, int status) {
  std::cout.flush();
  std::cerr << "reel: " << what << std::endl;
  return status;
}

int run(int argc, char** argv) {
  CommandLine line;
  std::function<int()> command;
  try {
    command = line.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) return line.exit(error);
    return complain((line.explain(error) + "\nRun with --help for usage.").c_str(), tool::wrong_usage);
  }
  const int status = command();
  std::cout.flush();
  return std::cout ? status : complain("cannot write to standard output", tool::failed);
}

}  // namespace

int main(int argc, char** argv) {
  reel::driver::occupy_standard_descriptors();
  const tool::PrintableOutput out(std::cout), error_output(std::cerr);
  try {
    return run(argc, argv);
  } catch (const tool::UsageError& error) {
    return complain(error.what(), tool::wrong_usage);
  } catch (const std::exception& error) {
    return complain(error.what(), tool::failed);
  }
}

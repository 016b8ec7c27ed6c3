#include <set>
#include <string>
#include <vector>

#include "run_tool.hpp"

namespace permissions_tests {

using nlohmann::json;

/// A copy of the sample store, and the ids of two of its videos.
struct Pipeline {
  Pipeline() {
    for (const json& video : done({"videos", url, "--json"}).json()) ids.push_back(video["$id"]);
  }

  [[nodiscard]] ToolResult grant(Arguments arguments) const { return run("grant", std::move(arguments)); }
  [[nodiscard]] ToolResult revoke(Arguments arguments) const { return run("revoke", std::move(arguments)); }
  [[nodiscard]] ToolResult show(Arguments arguments) const { return run("permissions", std::move(arguments)); }
  /// The ids of the videos that an actor is shown.
  [[nodiscard]] std::set<std::string> videos_of(const std::string& actor) const {
    std::set<std::string> shown;
    for (const json& video : done({"videos", url, "--json", "--as", actor}).json()) shown.insert(video["$id"]);
    return shown;
  }

  TemporaryFolder folder{};
  std::string url = copy_of_sample_store(folder);
  std::vector<std::string> ids{};

 private:
  [[nodiscard]] ToolResult run(const char* command, Arguments arguments) const {
    arguments.insert(arguments.begin(), {command, url});
    return done(arguments);
  }
};

void check_refused(const Arguments& arguments, int status, std::string_view wanted) {
  const ToolResult outcome = reel_tool(arguments);
  INFO(outcome.error);
  CHECK(outcome.status == status);
  CHECK(outcome.out.empty());
  CHECK(outcome.error.starts_with("reel: "));
  CHECK(outcome.error_contains(wanted));
}

TEST_CASE("grant and revoke change the permissions of a collection and may be repeated", "[tool][permissions]") {
  const Pipeline pipeline;
  CHECK(pipeline.show({"videos"}).out ==
        "collection videos\n"
        "ACTION  FROM  ROLES\n"
        "read          none\n"
        "create        none\n"
        "update        none\n"
        "delete        none\n"
        "item security is on: single records may have further permissions\n");
  const Arguments wanted{"videos", "read:any", "write:user:ada", "read(\"team:crew/editor\")"};
  CHECK(pipeline.grant(wanted).out ==
        "collection videos: granted: read(\"any\")\n"
        "collection videos: granted: create(\"user:ada\")\n"
        "collection videos: granted: update(\"user:ada\")\n"
        "collection videos: granted: delete(\"user:ada\")\n"
        "collection videos: granted: read(\"team:crew/editor\")\n");
  CHECK(pipeline.grant({"videos", "read:any"}).out == "collection videos: already granted: read(\"any\")\n");
  CHECK(pipeline.show({"videos"}).out ==
        "collection videos\n"
        "ACTION  FROM        ROLES\n"
        "read    collection  any, team:crew/editor\n"
        "create  collection  user:ada\n"
        "update  collection  user:ada\n"
        "delete  collection  user:ada\n"
        "item security is on: single records may have further permissions\n");
  CHECK(pipeline.revoke({"videos", "delete:user:ada", "read:users"}).out ==
        "collection videos: revoked: delete(\"user:ada\")\n"
        "collection videos: not granted: read(\"users\")\n");
  const json shown = pipeline.show({"videos", "--json"}).json();
  CHECK(shown["collection"] == "videos");
  CHECK(shown["item_security"] == true);
  CHECK(shown["actions"]["delete"]["roles"] == json::array());
  CHECK(shown["actions"]["update"]["roles"] == json::array({{{"role", "user:ada"}, {"from", "collection"}}}));
  CHECK(pipeline.show({"scenes", "--json"}).json()["actions"]["read"]["roles"] == json::array());
}

TEST_CASE("a record has the permissions of its collection and its own", "[tool][permissions]") {
  const Pipeline pipeline;
  const std::string& id = pipeline.ids.front();
  CHECK(pipeline.grant({"videos", id, "read:user:ada", "write:user:ada"}).out ==
        "record " + id + " of collection videos: granted: read(\"user:ada\")\n" +  //
            "record " + id + " of collection videos: granted: update(\"user:ada\")\n" + "record " + id +
            " of collection videos: granted: delete(\"user:ada\")\n");
  static_cast<void>(pipeline.grant({"videos", "read:users", "create:users"}));
  CHECK(pipeline.show({"videos", id}).out == "record " + id +
                                                 " of collection videos\n"
                                                 "ACTION  FROM        ROLES\n"
                                                 "read    collection  users\n"
                                                 "read    record      user:ada\n"
                                                 "update  record      user:ada\n"
                                                 "delete  record      user:ada\n");
  CHECK(pipeline.show({"videos", id, "--as", "user:ada"}).out == "record " + id +
                                                                     " of collection videos for user:ada\n"
                                                                     "ACTION  ALLOWED  FROM        ROLES\n"
                                                                     "read    yes      collection  users\n"
                                                                     "read    yes      record      user:ada\n"
                                                                     "update  yes      record      user:ada\n"
                                                                     "delete  yes      record      user:ada\n");
  const json guest = pipeline.show({"videos", id, "--as", "guest", "--json"}).json();
  CHECK(guest["actor"] == "guest");
  CHECK(guest["id"] == id);
  CHECK(guest["actions"]["read"] == json{{"allowed", false}, {"roles", json::array()}});
  CHECK(pipeline.show({"videos", "--as", "user:bob"}).out_contains("create  yes      collection  users\n"));
  CHECK(pipeline.show({"videos", "--as", "user:bob"}).out_contains("update  no\n"));
  static_cast<void>(pipeline.revoke({"videos", id, "write:user:ada"}));
  CHECK(pipeline.show({"videos", id}).out_contains("update              none\n"));
}

TEST_CASE("permissions of records do not count without item security", "[tool][permissions]") {
  const Pipeline pipeline;
  const std::string& id = pipeline.ids.front();
  static_cast<void>(pipeline.grant({"videos", id, "read:user:ada"}));
  CHECK(pipeline.videos_of("user:ada") == std::set<std::string>{id});
  CHECK(pipeline.grant({"videos", "--item-security", "off"}).out == "collection videos: item security is off\n");
  CHECK(pipeline.show({"videos", id}).out_contains("read          none\n"));
  CHECK(pipeline.show({"videos", id}).out_contains("item security is off: permissions of single records"));
  check_refused({"videos", pipeline.url, "--as", "user:ada"}, 1, "user:ada may not read records");
  const ToolResult warned = reel_tool({"grant", pipeline.url, "videos", id, "read:users"});
  CHECK(warned.status == 0);
  CHECK(warned.error_contains("reel: warning: item security of collection videos is off"));
  CHECK(pipeline.grant({"videos", "--item-security", "on"}).out == "collection videos: item security is on\n");
  CHECK(pipeline.videos_of("user:bob") == std::set<std::string>{id});
}

TEST_CASE("reading commands show what an actor may read", "[tool][permissions]") {
  const Pipeline pipeline;
  CHECK(done({"videos", pipeline.url, "--as", "guest"}).out == "no videos\n");
  static_cast<void>(pipeline.grant({"videos", pipeline.ids[0], "read:team:crew/editor"}));
  static_cast<void>(pipeline.grant({"videos", pipeline.ids[1], "read:users/verified"}));
  CHECK(pipeline.videos_of("user:ada") == std::set<std::string>{});
  CHECK(pipeline.videos_of("user:ada,team:crew/editor") == std::set<std::string>{pipeline.ids[0]});
  CHECK(pipeline.videos_of("user:ada,verified,team:crew/editor") ==
        std::set<std::string>{pipeline.ids[0], pipeline.ids[1]});
  const json statistics = done({"stats", pipeline.url, "--json", "--as", "user:ada,verified"}).json();
  CHECK(statistics["videos"]["total"] == 1);
  CHECK(statistics["scenes"]["total"] == 0);
  check_refused({"scenes", pipeline.url, pipeline.ids[0], "--as", "user:ada,verified"}, 1, "no video has the id");
  const Arguments scenes{"scenes", pipeline.url, pipeline.ids[0], "--json", "--as", "user:ada,team:crew/editor"};
  CHECK(done(scenes).json() == json::array());
  static_cast<void>(pipeline.grant({"scenes", "read:users"}));
  CHECK(done(scenes).json() == done({"scenes", pipeline.url, pipeline.ids[0], "--json"}).json());
}

TEST_CASE("files are read, stored and removed as an actor", "[tool][permissions]") {
  const Pipeline pipeline;
  write_file(pipeline.folder / "scene.py", "class Scene1(Scene): pass\n");
  const auto as = [&](Arguments arguments, const char* actor) {
    arguments.insert(arguments.begin(), {"blobs", pipeline.url, "source_code"});
    arguments.insert(arguments.end(), {"--as", actor});
    return arguments;
  };
  const Arguments put{"put", pipeline.folder / "scene.py", "--id", "code"};
  check_refused(as(put, "user:ada"), 1, "user:ada may not create a blob");
  static_cast<void>(pipeline.grant({"source_code", "create:users"}));
  done(as(put, "user:ada"));
  CHECK(done(as({"ls", "--json"}, "user:ada")).json().size() == 1);
  CHECK(done(as({"ls"}, "user:bob")).out == "no blobs\n");
  CHECK(done(as({"scrub"}, "user:ada")).out_contains("1 blob read"));
  check_refused(as({"get", "code", "-"}, "user:bob"), 1, "there is no such blob");
  check_refused(as({"rm", "code"}, "user:bob"), 1, "user:bob may not remove a blob");
  CHECK(pipeline.grant({"source_code", "code", "read:users"}).out ==
        "blob code of bucket source_code: granted: read(\"users\")\n");
  CHECK(done(as({"get", "code", "-"}, "user:bob")).out == "class Scene1(Scene): pass\n");
  CHECK(pipeline.show({"source_code", "code", "--as", "user:bob"}).out_contains("read    yes      blob  users\n"));
  CHECK(done(as({"rm", "code"}, "user:ada")).out == "code removed\n");
}

TEST_CASE("artifacts is a collection, and a bucket with --bucket", "[tool][permissions]") {
  const Pipeline pipeline;
  CHECK(pipeline.grant({"artifacts", "read:any", "--bucket"}).out == "bucket artifacts: granted: read(\"any\")\n");
  CHECK(pipeline.show({"artifacts", "--bucket", "--json"}).json()["actions"]["read"]["roles"].size() == 1);
  CHECK(pipeline.show({"artifacts", "--json"}).json()["actions"]["read"]["roles"] == json::array());
  CHECK(pipeline.show({"artifacts"}).out.starts_with("collection artifacts\n"));
}

TEST_CASE("a copy of a store has the permissions of its collections and buckets", "[tool][permissions]") {
  const Pipeline pipeline;
  static_cast<void>(pipeline.grant({"videos", "read:any", "--item-security", "off"}));
  static_cast<void>(pipeline.grant({"final_videos", "read:users"}));
  const std::string copy = "file:" + (pipeline.folder / "copy");
  const ToolResult plan = done({"migrate", pipeline.url, copy, "--dry-run"});
  CHECK(plan.out_contains("collection videos, bucket final_videos: its permissions would be copied"));
  done({"migrate", pipeline.url, copy});
  for (const char* name : {"videos", "final_videos", "scenes"})
    CHECK(done({"permissions", copy, name}).out == pipeline.show({name}).out);
  static_cast<void>(pipeline.grant({"videos", "create:users"}));
  CHECK(reel_tool({"migrate", pipeline.url, copy}).out_contains("permissions: already_exists: "));
  CHECK(done({"migrate", pipeline.url, copy, "--on-conflict", "skip"})
            .out_contains("it has other permissions in the target, which stay"));
  done({"migrate", pipeline.url, copy, "--on-conflict", "overwrite"});
  CHECK(done({"permissions", copy, "videos"}).out == pipeline.show({"videos"}).out);
}

TEST_CASE("doctor accepts stored permissions, and reports a damaged file of them", "[tool][permissions]") {
  const Pipeline pipeline;
  static_cast<void>(pipeline.grant({"videos", "read:any"}));
  static_cast<void>(pipeline.grant({"subtitles", "read:any"}));
  const auto before = content_of(pipeline.folder.path());
  CHECK(done({"doctor", pipeline.url}).out == done({"doctor", sample_store()}).out);
  done({"doctor", pipeline.url, "--repair"});
  CHECK(content_of(pipeline.folder.path()) == before);
  for (const char* folder : {"collections/videos", "buckets/subtitles"}) {
    const std::string file = pipeline.folder / ("store/" + std::string(folder) + "/access.json");
    const std::string whole = read_file(file);
    write_file(file, whole.substr(0, whole.size() / 2));
    const ToolResult doctor = reel_tool({"doctor", pipeline.url});
    CHECK(doctor.status == 1);
    CHECK(doctor.out_contains("access.json' is damaged; "));
    CHECK(reel_tool({"permissions", pipeline.url, "videos"}).status == (folder[0] == 'c' ? 1 : 0));
    write_file(file, whole);
  }
}

TEST_CASE("permissions that cannot be stored are refused and nothing changes", "[tool][permissions]") {
  const Pipeline pipeline;
  const std::string& url = pipeline.url;
  const std::string& id = pipeline.ids.front();
  const auto before = content_of(pipeline.folder.path());
  for (const char* command : {"grant", "revoke"}) {
    check_refused({command, url, "videos"}, 2, "a PERMISSION is missing");
    check_refused({command, url, "videos", id}, 2, "a PERMISSION is missing");
    for (const char* text : {"any:read", "read(any)", "read(\"any\"", "read(\"\")", "(\"any\")", ":any", "Read:any"})
      check_refused({command, url, "videos", text}, 2, std::string("'") + text + "'");
    check_refused({command, url, "videos", "read:any", "any"}, 2, "'any' is not a permission: use ACTION:ROLE");
    check_refused({command, url, "videos", "read:owner:ada"}, 2, "'owner:ada' is not a valid role: use any, guests");
    check_refused({command, url, "videos", "read:"}, 2, "'' is not a valid role");
    check_refused({command, url, "videos", id, "create:any"}, 2, "is for collections and buckets");
    check_refused({command, url, "films", "read:any"}, 2, "NAME: 'films' is not one of videos, scenes, agent_memory");
    check_refused({command, url, "videos", "none", "read:any"}, 1, "there is no record none of collection videos");
    check_refused({command, url, "subtitles", "none", "read:any"}, 1, "there is no blob none of bucket subtitles");
    check_refused({command, url, "videos", "read:any", "--as", "user:ada"}, 2, "--as: '" + std::string(command));
  }
  check_refused({"grant", url, "videos", "--item-security", "maybe"}, 2, "'maybe' is not one of on, off");
  check_refused({"grant", url, "videos", id, "--item-security", "on"}, 2, "remove the id '" + id + "'");
  Arguments many{"grant", url, "videos"};
  for (int i = 0; i < 101; ++i) many.push_back("read:user:u" + std::to_string(i));
  check_refused(many, 1, "more than 100 permissions");
  check_refused({"permissions", url, "videos", "none"}, 1, "there is no record none of collection videos");
  check_refused({"permissions", url, "videos", "no:id"}, 1, "the id 'no:id' is not valid");
  CHECK(content_of(pipeline.folder.path()) == before);
}

TEST_CASE("a store that does not keep the permissions of collections refuses to show and change them",
          "[tool][permissions]") {
  const std::string tree = "legacy:" + sample_tree();
  for (const Arguments& arguments : {Arguments{"permissions", tree, "videos"},
                                     {"permissions", tree, "subtitles"},
                                     {"grant", tree, "videos", "read:any"},
                                     {"revoke", tree, "videos", "x", "read:any"}})
    check_refused(arguments, 1, "'" + tree + "' does not keep the permissions of collections and buckets");
}

TEST_CASE("an actor that does not exist in this form is refused, and so is one for a command with full rights",
          "[tool][permissions]") {
  for (const char* actor : {"", "ada", "user:", "user:ada,", "user:ada,editor", "user:a b", "guest,verified"}) {
    CAPTURE(actor);
    check_refused({"videos", "memory:", "--as", actor}, 2, "--as: ");
  }
  check_refused({"videos", "memory:", "--as", "ada"}, 2, "use guest, or user:ID");
  for (const Arguments& arguments : {Arguments{"setup", "memory:"},
                                     {"doctor", "memory:"},
                                     {"verify", "memory:", "memory:"},
                                     {"migrate", "memory:", "memory:"}}) {
    Arguments with_actor = arguments;
    with_actor.insert(with_actor.end(), {"--as", "user:ada"});
    check_refused(with_actor, 2, "--as: '" + arguments[0] + "' acts with full rights");
  }
}

}  // namespace permissions_tests

// `--server VERSION` uses the emulator in that version. `--server real` uses the server in REEL_APPWRITE_ENDPOINT,
// REEL_APPWRITE_PROJECT_ID and REEL_APPWRITE_API_KEY; rules with two stores at the same time need a second project of
// that server: REEL_APPWRITE_SECOND_PROJECT_ID and REEL_APPWRITE_SECOND_API_KEY. `--server http2` uses the emulator
// through a proxy that offers HTTP/2; if that is not installed the exit status is 77. `--races SEED` after the version
// adds the races of a real server.

#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <emulator/emulator.hpp>
#include <reel/backends/appwrite.hpp>
#include <reel/backends/appwrite/client.hpp>
#include <reel/backends/appwrite/routes.hpp>
#include <reel/driver/walk.hpp>
#include <reel/testing/run.hpp>

#include "conformance/rules.hpp"
#include "support/appwrite_sessions.hpp"
#include "support/given_projects.hpp"
#include "support/http2_proxy.hpp"

namespace {

using namespace reel::testing;

using Project = std::shared_ptr<const reel::AppwriteConfig>;

/// Returns a project without buckets that no other location uses, since buckets belong to a project. It is in use until
/// the last copy of the pointer is destroyed.
using TakeProject = std::function<Project()>;

/// A location with its own database, which is removed with the location.
class Databases {
 public:
  explicit Databases(TakeProject take_project) : take_project_(std::move(take_project)) {}

  [[nodiscard]] Location make() const {
    const Project project = take_project_();
    reel::AppwriteConfig config = *project;
    config.database = "reel-" + reel::make_id();
    const std::shared_ptr<const reel::Appwrite> first(new reel::Appwrite(config),
                                                      [project](const reel::Appwrite* store) {
                                                        remove_database(*store);
                                                        delete store;
                                                      });
    return [config, first] { return reel::AnyStore::make<reel::Appwrite>(config); };
  }

 private:
  static void remove_database(const reel::Appwrite& store) noexcept {
    try {
      const reel::appwrite::Routes routes(store.client().config().database, false);
      store.client().call({.request = {.method = reel::appwrite::Method::remove, .path = routes.database()},
                           .idempotency = reel::appwrite::Idempotency::idempotent});
    } catch (const reel::Error& error) {  // a rule may not have created it
      if (error.code() != reel::Errc::not_found) std::fprintf(stderr, "# %s\n", error.what());
    }
  }

  TakeProject take_project_;
};

/// Removes the blobs of earlier rules from the project. Buckets stay: the server removes the files of a deleted bucket
/// in the background by bucket id, which would remove those of a new bucket with the same id.
Project emptied(Project project) {
  reel::AppwriteConfig config = *project;
  config.writers = reel::Writers::one;  // claims would create a database
  reel::Appwrite store(std::move(config));
  for (const char* id : {"anything", "narrow"}) {
    const reel::Bucket bucket{.id = id};
    try {
      reel::driver::walk(store, bucket, [&](const reel::driver::Page<reel::BlobInfo>& page) {
        for (const reel::BlobInfo& blob : page.items) store.remove(bucket, blob.id.str());
        return true;
      });
    } catch (const reel::Error& error) {
      if (error.code() != reel::Errc::not_found) throw;
    }
  }
  return project;
}

/// Returns the manifest without the abilities that servers before 1.8 lack.
Manifest manifest_for(reel::appwrite::ServerVersion version) {
  const Manifest whole = Manifest::read(REEL_MANIFEST);
  if (has(version, reel::appwrite::Ability::keeps_times)) return whole;
  std::string text;
  for (std::size_t i = 0; i < capability_names.size(); ++i) {
    const auto one = static_cast<Capability>(i);
    text += std::string(capability_names[i]);
    if (one == Capability::keeps_times) {
      text += " no before 1.8 the server sets the times\n";
    } else if (one == Capability::exact_doubles) {
      text += " no before 1.8 the server keeps 14 digits\n";
    } else {
      text += whole.offers(one) ? " yes\n" : " no " + whole.reason(one) + "\n";
    }
  }
  return Manifest::parse(text);
}

Subject subject(const std::string& name, const reel::AppwriteConfig& config, TakeProject take_project) {
  const Databases databases(std::move(take_project));
  return {.name = name,
          .manifest = manifest_for(reel::Appwrite(config).client().version()),
          .location =
              [databases](reel::TextRules text) {
                if (text == reel::TextRules::exact) unsupported("exact comparison of strings");
                return databases.make();
              },
          .act =
              [](reel::AnyStore& store, const reel::Actor& actor) {
                const reel::Appwrite& full = *store.target<reel::Appwrite>();
                return reel::AnyStore::make<reel::Appwrite>(AppwriteSessions(full.client().config()).open(actor));
              }};
}

std::string required(const char* name) {
  const char* const value = std::getenv(name);
  if (!value) throw reel::Error(reel::Errc::invalid, std::string("not set: ") + name);
  return value;
}

/// Returns the projects of the server that the environment specifies: one or two.
std::vector<reel::AppwriteConfig> real_projects() {
  reel::AppwriteConfig first;
  first.endpoint = required("REEL_APPWRITE_ENDPOINT");
  first.project = required("REEL_APPWRITE_PROJECT_ID");
  first.key = reel::ApiKey(required("REEL_APPWRITE_API_KEY"));
  if (!std::getenv("REEL_APPWRITE_SECOND_PROJECT_ID")) return {first};
  reel::AppwriteConfig second = first;
  second.project = required("REEL_APPWRITE_SECOND_PROJECT_ID");
  second.key = reel::ApiKey(required("REEL_APPWRITE_SECOND_API_KEY"));
  if (second.project == first.project)
    throw reel::Error(reel::Errc::invalid,
                      "REEL_APPWRITE_SECOND_PROJECT_ID names the first project: '" + first.project + "'");
  return {first, second};
}

/// The emulator with any number of projects.
class LocalServer {
 public:
  /// Servers without transactions require that one program writes alone.
  explicit LocalServer(const std::string& version, std::optional<std::uint64_t> races = std::nullopt)
      : server_(config_of(version, races)),
        writers_(reel::appwrite::has(reel::appwrite::ServerVersion::parse(version).value(),
                                     reel::appwrite::Ability::transactions)
                     ? reel::Writers::many
                     : reel::Writers::one) {
    server_.add_project("conformance", "secret");
    server_.start();
  }

  [[nodiscard]] std::string url() const { return server_.url(); }
  [[nodiscard]] Subject subject(const std::string& name, const std::string& endpoint) {
    reel::AppwriteConfig config;
    config.endpoint = endpoint;
    config.project = "conformance";
    config.key = reel::ApiKey("secret");
    config.writers = writers_;
    config.retry.first_wait = std::chrono::milliseconds{5};  // otherwise the run mostly waits for new tables
    return ::subject(name, config, [this, config] {
      const auto project = std::make_shared<reel::AppwriteConfig>(config);
      project->project = "project-" + reel::make_id();
      server_.add_project(project->project, "secret");
      return project;
    });
  }

 private:
  static reel::emulator::Config config_of(const std::string& version, std::optional<std::uint64_t> races) {
    reel::emulator::Config config;
    config.version = version;
    config.worker_delay = std::chrono::milliseconds{2};
    config.threads = 4;
    config.races = races;
    return config;
  }

  reel::emulator::Emulator server_;
  reel::Writers writers_;
};

/// Runs all rules, and checks that every request used HTTP/2 and that connections were reused.
int run_over_http2(int argc, char** argv) {
  if (Http2Proxy::program().empty()) {
    std::fprintf(stderr, "nghttpx is not installed: nghttp2-proxy\n");
    return 77;
  }
  LocalServer local("1.8.1");
  Http2Proxy proxy(local.url());
  ::setenv("CURL_CA_BUNDLE", proxy.certificate().c_str(), 1);
  const int result = run(argc, argv, every_rule(), local.subject("appwrite over HTTP/2", proxy.endpoint()));
  const Http2Proxy::Traffic traffic = proxy.stop_and_count();
  std::printf("# %zu requests, %zu of them over HTTP/2, on %zu connections\n", traffic.requests, traffic.over_http2,
              traffic.connections);
  const bool kept =
      traffic.requests > 0 && traffic.over_http2 == traffic.requests && traffic.connections < traffic.requests / 5;
  return kept ? result : 1;
}

/// The rule that a server with races does not keep: before 1.9.5 it decides the rights of a user by its cached record.
constexpr std::string_view broken_by_races = "an actor who gives up the right to update may not update any more";

/// The rules for a server with races. The rule that is left out is named.
Suite rules_for_races() {
  static std::vector<std::vector<Rule>> kept;
  Suite suite = every_rule();
  for (Area& area : suite) {
    std::vector<Rule> rules(area.rules.begin(), area.rules.end());
    if (std::erase_if(rules, [](const Rule& rule) { return rule.title == broken_by_races; }) == 0) continue;
    kept.push_back(std::move(rules));
    area.rules = kept.back();
    std::printf("# not run with races: %s\n", std::string(broken_by_races).c_str());
  }
  return suite;
}

/// Removes an option from the front of the arguments and returns its value.
std::optional<std::string> take_option(int& argc, char**& argv, std::string_view name) {
  if (argc <= 2 || argv[1] != name) return std::nullopt;
  const std::string value = argv[2];
  argv[2] = argv[0];
  argc -= 2;
  argv += 2;
  return value;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string server =
      take_option(argc, argv, "--server").value_or(std::getenv("REEL_APPWRITE_ENDPOINT") ? "real" : "1.8.1");
  const std::optional<std::string> races = take_option(argc, argv, "--races");
  try {
    if (server == "real") {
      const std::vector<reel::AppwriteConfig> given = real_projects();
      return run(argc, argv, every_rule(), subject("appwrite", given.front(), [projects = GivenProjects(given)] {
                   return emptied(projects.lend());
                 }));
    }
    if (server == "http2") return run_over_http2(argc, argv);
    LocalServer local(server, races ? std::optional<std::uint64_t>(std::stoull(*races)) : std::nullopt);
    const std::string name = "appwrite " + server + (races ? " with races of seed " + *races : "");
    return run(argc, argv, races ? rules_for_races() : every_rule(), local.subject(name, local.url()));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}

// Against the local server in the version that --server names, or against a real one: `--server real`, which is where
// REEL_APPWRITE_ENDPOINT, REEL_APPWRITE_PROJECT_ID and REEL_APPWRITE_API_KEY say.

#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <reel/backends/appwrite.hpp>
#include <reel/testing/run.hpp>

#include "conformance/rules.hpp"
#include "support/appwrite_server/appwrite_server.hpp"

namespace {

using namespace reel::testing;

/// Makes a project for a place, where that is possible, and gives its id: buckets belong to a project.
using MakeProject = std::function<std::string()>;

/// A database of its own for each place, removed with it.
class Databases {
 public:
  Databases(reel::AppwriteConfig config, MakeProject make_project)
      : config_(std::move(config)), make_project_(std::move(make_project)) {}

  [[nodiscard]] Place make() const {
    reel::AppwriteConfig config = config_;
    config.project = make_project_();
    config.database = "reel-" + reel::make_id();
    const std::shared_ptr<const reel::Appwrite> first(new reel::Appwrite(config), [](const reel::Appwrite* store) {
      remove_database(*store);
      delete store;
    });
    return [config, first]() -> std::unique_ptr<AnyStore> { return open<reel::Appwrite>(config); };
  }

 private:
  static void remove_database(const reel::Appwrite& store) noexcept {
    try {
      const reel::appwrite::Routes routes(store.client().config().database, false);
      store.client().call({.request = {.method = reel::appwrite::Method::remove, .path = routes.database()},
                           .idempotency = reel::appwrite::Idempotency::idempotent});
    } catch (const reel::Error& error) {  // a rule may have made none
      if (error.code() != reel::Errc::not_found) std::fprintf(stderr, "# %s\n", error.what());
    }
  }

  reel::AppwriteConfig config_;
  MakeProject make_project_;
};

/// A real server's one project, without the buckets of the rules that ran before.
std::string emptied_project(const reel::AppwriteConfig& config) {
  const reel::Appwrite store(config);
  for (const char* bucket : {"anything", "narrow"}) {
    try {
      store.client().call(
          {.request = {.method = reel::appwrite::Method::remove, .path = reel::appwrite::bucket_path(bucket)},
           .idempotency = reel::appwrite::Idempotency::idempotent});
    } catch (const reel::Error& error) {
      if (error.code() != reel::Errc::not_found) throw;
    }
  }
  return config.project;
}

/// What the manifest says, less what servers before 1.8 lack.
Manifest manifest_for(reel::appwrite::ServerVersion version) {
  const Manifest whole = Manifest::read(REEL_MANIFEST);
  if (has(version, reel::appwrite::Ability::keeps_times)) return whole;
  std::string text;
  for (std::size_t i = 0; i < capability_names.size(); ++i) {
    const auto one = static_cast<Capability>(i);
    text += std::string(capability_names[i]);
    if (one == Capability::keeps_times) {
      text += " no before 1.8 the server gives the times\n";
    } else {
      text += whole.offers(one) ? " yes\n" : " no " + whole.reason(one) + "\n";
    }
  }
  return Manifest::parse(text);
}

Subject subject(const std::string& name, const reel::AppwriteConfig& config, MakeProject make_project) {
  const Databases databases(config, std::move(make_project));
  return {.name = name,
          .manifest = manifest_for(reel::Appwrite(config).client().version()),
          .place = [databases](reel::TextRules text) {
            if (text == reel::TextRules::exact) unsupported("comparison of texts letter by letter");
            return databases.make();
          }};
}

std::string required(const char* name) {
  const char* const value = std::getenv(name);
  if (!value) throw reel::Error(reel::Errc::invalid, std::string("not set: ") + name);
  return value;
}

}  // namespace

int main(int argc, char** argv) {
  std::string server = std::getenv("REEL_APPWRITE_ENDPOINT") ? "real" : "1.8.1";
  if (argc > 2 && std::string_view(argv[1]) == "--server") {
    server = argv[2];
    argv[2] = argv[0];
    argc -= 2;
    argv += 2;
  }
  try {
    reel::AppwriteConfig config;
    if (server == "real") {
      config.endpoint = required("REEL_APPWRITE_ENDPOINT");
      config.project = required("REEL_APPWRITE_PROJECT_ID");
      config.key = reel::ApiKey(required("REEL_APPWRITE_API_KEY"));
      return run(argc, argv, every_rule(), subject("appwrite", config, [config] { return emptied_project(config); }));
    }
    appwrite_server::Config local_config;
    local_config.version = server;
    local_config.worker_delay = std::chrono::milliseconds{2};
    local_config.threads = 4;
    appwrite_server::AppwriteServer local(std::move(local_config));
    local.add_project("conformance", "secret");
    local.start();
    config.endpoint = local.url();
    config.project = "conformance";
    config.key = reel::ApiKey("secret");
    return run(argc, argv, every_rule(), subject("appwrite " + server, config, [&local] {
                 const std::string project = "place-" + reel::make_id();
                 local.add_project(project, "secret");
                 return project;
               }));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}

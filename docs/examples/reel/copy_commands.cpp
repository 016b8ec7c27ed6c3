#include "copy_commands.hpp"

namespace tool {
namespace {

void add_output(CLI::App* app, bool& json, bool& json_progress) {
  app->add_flag("--json", json, "Print the complete report as JSON");
  app->add_flag("--json-progress", json_progress,
                "Print the progress to standard error as JSON, one object a line and a second");
}

}  // namespace

void CopyCommands::add_migrate(CLI::App& app, CommandSet& commands) {
  CLI::App* migrate = CommandSet::add(app, "migrate", "Copy records and files from one store into another",
                                      "  reel migrate legacy:output file:videos --plan\n"
                                      "  reel migrate legacy:output file:videos --report report.json\n"
                                      "  reel migrate file:videos file:backup --on-conflict newer\n"
                                      "  reel migrate file:videos legacy:restored --variant v1\n");
  migrate->add_option("SOURCE", migrate_.source, "The store to read")->required();
  migrate->add_option("TARGET", migrate_.target, "The store to write to; created if it does not exist")->required();
  migrate->add_flag("--plan,--dry-run", migrate_.plan, "Write nothing, and report what would be done");
  migrate->add_option("--on-conflict", migrate_.on_conflict,
                      "How to resolve an id that has different content in the target: fail, skip, overwrite, "
                      "newer, if_unchanged or rename (default fail)");
  migrate->add_option("--variant", migrate_.variant,
                      "Layout of new files in a legacy: target: v1 as TheoremExplainAgent, v2 as "
                      "manimAnimationAgent (default v2)");
  migrate->add_option("--columns", migrate_.columns,
                      "What to do with columns of the source that have values and that reel does not know: refuse to "
                      "copy anything, copy, or leave (default refuse)");
  migrate->add_option("--journal", migrate_.journal,
                      "Record what is copied in this file, so that the same command continues after an interruption; "
                      "none: do not (default: a file in $XDG_STATE_HOME/reel/migrations)");
  migrate->add_flag("--restart", migrate_.restart,
                    "Forget what an interrupted migration has recorded, and begin again");
  migrate->add_option("--report", migrate_.report, "Write the complete report to this file, as JSON");
  migrate->add_flag("--limit-to-server", migrate_.limit_to_server, limit_to_server);
  CLI::Option* verify = migrate->add_option(
      "--verify", migrate_.verify, "The level of the check of the copy: none, counts, sample or full (default full)");
  migrate
      ->add_flag_callback(
          "--no-verify", [this] { migrate_.verify = "none"; }, "The same as --verify none")
      ->excludes(verify);
  migrate->add_option("--seed", migrate_.seed, "Choose another sample for --verify sample (default 0)");
  add_output(migrate, migrate_.json, migrate_.json_progress);
  add_topics(migrate, migrate_.topics);
  add_copy_options(*migrate, migrate_.copy);
  commands.runs(migrate, tool::migrate, migrate_);
}

void CopyCommands::add_retry(CLI::App& app, CommandSet& commands) {
  CLI::App* retry = CommandSet::add(app, "retry", "Copy again what a migration has failed to copy",
                                    "  reel retry report.json\n"
                                    "  reel retry report.json --report second.json\n");
  retry->add_option("REPORT", retry_.report, "The report of the migration, see migrate --report")->required();
  retry->add_option("--report", retry_.new_report, "Write the complete report of this run to this file, as JSON");
  add_output(retry, retry_.json, retry_.json_progress);
  commands.runs(retry, tool::retry, retry_);
}

void CopyCommands::add_verify(CLI::App& app, CommandSet& commands) {
  CLI::App* verify = CommandSet::add(app, "verify", "Compare the records and the bytes of every file of two stores",
                                     "  reel verify legacy:output file:videos\n"
                                     "  reel verify file:videos appwrite: --level sample\n"
                                     "  reel verify file:videos file:backup --quick\n");
  verify->add_option("A", verify_.a, "A store")->required();
  verify->add_option("B", verify_.b, "Another store")->required();
  verify->add_option(
      "--level", verify_.level,
      "The level of the comparison: counts (the numbers of items), sample (and the values and bytes of a sample) or "
      "full (default full)");
  verify->add_option("--seed", verify_.seed, "Choose another sample for --level sample (default 0)");
  verify->add_flag("--quick", verify_.quick,
                   "Read only what differs by the checksums that file: and memory: stores keep; finds no damage of the "
                   "medium");
  verify->add_option("--journal", verify_.journal,
                     "Record what is compared in this file; the same command continues there after an interruption");
  commands.runs(verify, tool::verify, verify_);
}

void CopyCommands::add_control(CLI::App& app, CommandSet& commands) {
  CLI::App* control = CommandSet::add(app, "control", "Pause, resume or limit a running migration, or show its state",
                                      "  reel migrate file:videos appwrite: --control /run/user/1000/copy.sock\n"
                                      "  reel control /run/user/1000/copy.sock status\n"
                                      "  reel control /run/user/1000/copy.sock limit --requests-per-second 20\n");
  control->add_option("SOCKET", control_.socket, "The socket of reel migrate --control")->required();
  control->add_option("COMMAND", control_.command, "status, pause, resume or limit")
      ->required()
      ->check(CLI::IsMember({"status", "pause", "resume", "limit"}));
  control->add_option("--parallel", control_.parallel, "Files and requests at the same time");
  control->add_option("--requests-per-second", control_.requests_per_second,
                      "Maximum operations of both stores; 0: unlimited");
  control
      ->add_option("--limit-rate", control_.limit_rate, "Maximum bytes of files per second, such as 2M; 0: unlimited")
      ->transform(CLI::AsSizeValue(false));
  control->add_flag("--json", control_.json, "Print the response as JSON");
  commands.runs(control, tool::control, control_);
}

void CopyCommands::add_mirror(CLI::App& app, CommandSet& commands) {
  CLI::App* mirror = CommandSet::add(
      app, "mirror", "Copy a store and then apply every change of it, while other programs write it",
      "  reel mirror legacy:output appwrite: --follow      keep appwrite: equal until Ctrl-C\n"
      "  reel mirror legacy:output appwrite: --cutover     once the pipeline has stopped\n"
      "  reel mirror appwrite: legacy:output --follow      the way back: the tree follows the server\n");
  mirror->add_option("SOURCE", mirror_.source, "The store to read")->required();
  mirror->add_option("TARGET", mirror_.target, "The store to write to; created if it does not exist")->required();
  CLI::Option* const follow =
      mirror->add_flag("--follow", mirror_.follow, "Continue until interrupted; the same command continues later");
  mirror
      ->add_flag("--cutover", mirror_.cut_over,
                 "Wait until the target has everything, verify what changed since the copy, and exchange the roles: "
                 "the next mirror reads TARGET and writes SOURCE, without a copy")
      ->excludes(follow);
  mirror->add_flag("--delete-extra", mirror_.delete_extra,
                   "Remove from the target what the source does not have, and overwrite what differs; without it such "
                   "a target is refused");
  mirror->add_option(
      "--journal", mirror_.journal,
      "Record in this file what is done (default: a file for the two stores in $XDG_STATE_HOME/reel/mirrors)");
  mirror
      ->add_option(
          "--patience", mirror_.patience,
          "Without --follow: seconds to wait for writers to stop and for a server to respond, counted from the "
          "end of the first round (default 60)")
      ->check(at_least_one);
  mirror->add_option("--variant", mirror_.variant,
                     "Layout of new files in a legacy: target, as for migrate: v1 or v2 "
                     "(default v2)");
  mirror->add_flag("--limit-to-server", mirror_.limit_to_server, limit_to_server);
  mirror->add_flag("--no-verify", mirror_.no_verify, "Do not read back and compare what is copied first");
  add_topics(mirror, mirror_.topics);
  commands.runs(mirror, tool::mirror, mirror_);
}

}  // namespace tool

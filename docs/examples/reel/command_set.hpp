#pragma once

#include <functional>
#include <string>

#include <CLI/CLI.hpp>

namespace tool {

/// The commands of the command line, and the one that was given.
class CommandSet {
 public:
  /// Adds a command to `parent`. `examples`: lines for its help text.
  static CLI::App* add(CLI::App& parent, const std::string& name, const std::string& what,
                       const std::string& examples) {
    CLI::App* made = parent.add_subcommand(name, what);
    made->footer("Examples:\n" + examples);
    return made;
  }
  /// Makes `run` the command that is given if `app` is parsed. `arguments` must outlive the object.
  template <class Arguments>
  void runs(CLI::App* app, int (*run)(const Arguments&), const Arguments& arguments) {
    app->callback([this, run, &arguments] { given_ = [run, &arguments] { return run(arguments); }; });
  }
  /// The command that was parsed.
  [[nodiscard]] const std::function<int()>& given() const { return given_; }

 private:
  std::function<int()> given_;
};

inline constexpr const char* limit_to_server =
    "If _APP_STORAGE_LIMIT of an Appwrite server is below the maximum file size of a bucket, set the bucket to the "
    "server's limit; larger files are then refused when they are put";

/// The message for an option that is not a positive whole number, or an empty string.
inline std::string at_least_one(const std::string& text) {
  const std::string digits = text.starts_with('+') ? text.substr(1) : text;
  const bool is_number = !digits.empty() && digits.find_first_not_of("0123456789") == std::string::npos;
  if (is_number && digits.find_first_not_of('0') != std::string::npos) return {};
  return "'" + text + "' is not a whole number of at least 1";
}

/// Adds `--topics`.
inline void add_topics(CLI::App* app, std::string& file) {
  app->add_option("--topics", file,
                  "For legacy: stores: a JSON file with the original topics, as a list of strings or of objects "
                  "with \"topic\" (or \"theorem\") and \"description\"");
}

}  // namespace tool

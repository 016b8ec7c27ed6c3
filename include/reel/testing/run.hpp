#pragma once

#include <cstdio>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/testing/rule.hpp>

namespace reel::testing {

/// The outcome of a rule.
enum class Verdict {
  kept,     ///< the store behaves as the rule states
  refused,  ///< the manifest declares an ability missing, and the store threw `unsupported` and changed nothing
  broken,   ///< the store behaves differently, or does what its manifest declares missing
};

/// The outcome of one rule on one backend.
struct RuleResult {
  std::string_view area{};          ///< `Area::name`; valid while the suite exists
  std::string_view title{};         ///< `Rule::title`; valid while the suite exists
  Verdict verdict = Verdict::kept;  ///< the outcome
  std::string message{};            ///< the failure or the refusal; empty if the rule is kept
};

/// The rules of a suite that are run, and how.
struct RunOptions {
  std::string_view only{};             ///< part of `area: title`; empty: every rule
  TextRules text = TextRules::folded;  ///< for rules that do not set their own
};

/// The results of a suite on one backend.
struct Report {
  std::vector<RuleResult> results{};  ///< in the order of the suite

  /// Returns the number of rules with this outcome. Linear.
  [[nodiscard]] std::size_t count(Verdict verdict) const {
    std::size_t n = 0;
    for (const RuleResult& result : results) n += result.verdict == verdict ? 1 : 0;
    return n;
  }
};

/// Runs one rule on a new store.
[[nodiscard]] inline RuleResult run(const Area& area, const Rule& rule, const Subject& subject, TextRules text) {
  const Capabilities missing = (area.needs | rule.needs).without(subject.manifest.offered());
  RuleResult result{.area = area.name, .title = rule.title};
  const auto broken = [&](std::string message) {
    result.verdict = Verdict::broken;
    result.message = std::move(message);
  };
  try {
    Bench bench(subject, text, !missing.empty());
    rule.check(bench);
    if (!missing.empty()) broken("the manifest declares a needed capability missing, but the operation succeeded");
  } catch (const Broken& failure) {
    broken(failure.what());
  } catch (const Error& error) {
    if (error.code() == Errc::unsupported && !missing.empty()) {
      result.verdict = Verdict::refused;
      result.message = error.what();
    } else {
      broken(std::string("an unexpected error: ") + error.what());
    }
  } catch (const std::exception& failure) {
    broken(std::string("an exception that is not a reel::Error: ") + failure.what());
  }
  return result;
}

/// Runs the rules on new stores and calls `each` with every result.
template <class F>
Report run(const Suite& suite, const Subject& subject, const RunOptions& options, F&& each) {
  Report report;
  for (const Area& area : suite) {
    for (const Rule& rule : area.rules) {
      const std::string name = std::string(area.name) + ": " + std::string(rule.title);
      if (name.find(options.only) == std::string::npos) continue;
      report.results.push_back(run(area, rule, subject, options.text));
      each(report.results.back());
    }
  }
  return report;
}

namespace detail {

/// Prints one line of the Test Anything Protocol (testanything.org).
inline void print(std::size_t number, const RuleResult& result) {
  const std::string name = std::string(result.area) + ": " + std::string(result.title);
  std::printf("%s %zu - %s%s\n", result.verdict == Verdict::broken ? "not ok" : "ok", number, name.c_str(),
              result.verdict == Verdict::refused ? " # refused as unsupported" : "");
  if (result.verdict == Verdict::broken) std::printf("# %s\n", result.message.c_str());
  std::fflush(stdout);
}

inline std::optional<RunOptions> parse_options(int argc, char** argv, bool& list) {
  RunOptions options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--list") {
      list = true;
    } else if (argument == "--rule" && i + 1 < argc) {
      options.only = argv[++i];
    } else if (argument == "--text" && i + 1 < argc && std::string_view(argv[i + 1]) == "folded") {
      ++i;
    } else if (argument == "--text" && i + 1 < argc && std::string_view(argv[i + 1]) == "exact") {
      options.text = TextRules::exact;
      ++i;
    } else {
      return std::nullopt;
    }
  }
  return options;
}

}  // namespace detail

/// The `main` of a conformance test: prints one line for each rule and a summary. Returns 0 if every rule is kept or
/// refused as declared, 1 if a rule is broken, 2 for wrong usage or an unknown rule.
inline int run(int argc, char** argv, const Suite& suite, const Subject& subject) {
  bool list = false;
  const std::optional<RunOptions> options = detail::parse_options(argc, argv, list);
  if (!options) {
    std::fprintf(stderr, "usage: %s [--list] [--rule PART_OF_ITS_NAME] [--text folded|exact]\n", argv[0]);
    return 2;
  }
  if (list) {
    for (const Area& area : suite) {
      for (const Rule& rule : area.rules)
        std::printf("%s: %s\n", std::string(area.name).c_str(), std::string(rule.title).c_str());
    }
    return 0;
  }
  std::size_t number = 0;
  const Report report =
      run(suite, subject, *options, [&](const RuleResult& result) { detail::print(++number, result); });
  std::printf("1..%zu\n# %s: %zu rules, %zu kept, %zu refused as declared, %zu broken\n", number, subject.name.c_str(),
              number, report.count(Verdict::kept), report.count(Verdict::refused), report.count(Verdict::broken));
  if (number == 0) return 2;
  return report.count(Verdict::broken) == 0 ? 0 : 1;
}

}  // namespace reel::testing

#pragma once

#include <reel/testing/rules.hpp>
#include <reel/testing/run.hpp>

namespace reel::testing {

/// Tests a backend with every rule; the `main` of its conformance test. Returns the exit status, see `run`.
///
///     int main(int argc, char** argv) {
///       return reel::testing::run(argc, argv, {
///           .name = "mine",
///           .manifest = reel::testing::Manifest::read("capabilities.txt"),
///           .location = [](reel::TextRules text) -> reel::testing::Location {
///             const std::string folder = make_empty_folder();
///             return [=] { return reel::AnyStore::make<Mine>(folder, text); };
///           }});
///     }
inline int run(int argc, char** argv, const Subject& subject) { return run(argc, argv, every_rule(), subject); }

}  // namespace reel::testing

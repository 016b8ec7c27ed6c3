#pragma once

#include <string>
#include <vector>

#include <reel/backends/legacy/model.hpp>

namespace tool {

/// Reads a catalogue of topics: a JSON list of strings, or of objects with `topic` or `theorem` and optionally
/// `description`. Other members are ignored. Throws `unavailable` if the file cannot be opened, and `invalid` with the
/// position of the entry if it has another form.
[[nodiscard]] std::vector<reel::legacy::KnownTopic> read_topics(const std::string& file);

}  // namespace tool

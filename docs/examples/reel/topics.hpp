#pragma once

#include <string>
#include <vector>

#include <reel/backends/legacy/model.hpp>

namespace tool {

/// A catalogue of topics: a JSON list of strings, or of objects with `topic` or `theorem`, and `description` if there
/// is one; whatever else they have is passed over. `unavailable`: there is no such file; `invalid`: it holds something
/// else, and the message says where.
[[nodiscard]] std::vector<reel::legacy::KnownTopic> read_topics(const std::string& file);

}  // namespace tool

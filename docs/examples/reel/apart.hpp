#pragma once

#include <string>

#include "store.hpp"

namespace tool {

/// Throws `invalid` if a local target is the folder of the source, or contains the source tree, or is inside it. Call
/// it before the target is opened, which may create files.
void check_apart(const std::string& target, const Store& source);
/// Throws `invalid` if both have the same records.
void check_apart(const Store& source, const Store& target);

}  // namespace tool

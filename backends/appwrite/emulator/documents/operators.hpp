#pragma once

#include <set>
#include <string>

#include <emulator/schema/database_state.hpp>
#include <emulator/server/call.hpp>

namespace reel::emulator {

/// Whether the result of an operator is held against 32 bits, a text's size and a list's length.
enum class Bounds { held, ignored };

/// Works out the values of `data` that are operators, objects like `{"method":"increment","values":[1]}` or their
/// texts; other values stay as they are. Returns the keys of those: the rules of their attributes do not hold for what
/// comes out. `stored` null: there is no row yet, nor a bound. Throws 400 `document_invalid_structure` where an
/// operator does not fit.
std::set<std::string> apply_operators(const Call& call, const Collection& collection, const Row* stored, Json& data,
                                      Bounds bounds = Bounds::held);

/// Whether a value of `data` is an operator.
bool has_operators(const Call& call, const Collection& collection, Json data);

}  // namespace reel::emulator

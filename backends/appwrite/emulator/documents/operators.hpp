#pragma once

#include <set>
#include <string>

#include <emulator/schema/database_state.hpp>
#include <emulator/server/call.hpp>

namespace reel::emulator {

/// Whether the result of an operator is checked against 32 bits, the size of the string and the length of the list.
enum class Bounds { checked, ignored };

/// Replaces the operators in `data` by their results. An operator is an object such as
/// `{"method":"increment","values":[1]}` or a string of its JSON; other values are unchanged. `stored` is the row they
/// apply to, null for a new document, which has no bounds. Returns the keys of the operators, whose results are not
/// validated. Does nothing before 1.8.1. Throws 400 `document_invalid_structure` if an operator does not fit its
/// attribute, `general_bad_request` if it is malformed.
std::set<std::string> apply_operators(const Call& call, const Collection& collection, const Row* stored, Json& data,
                                      Bounds bounds = Bounds::checked);

/// Sets the attributes `operator_keys` of a document in a response to `{}`, which is what the server returns for a
/// document that was removed before it could read the results of its operators.
void show_unresolved(Json& document, const std::set<std::string>& operator_keys);

/// Whether `data` contains an operator. Throws like apply_operators().
bool has_operators(const Call& call, const Collection& collection, Json data);

}  // namespace reel::emulator

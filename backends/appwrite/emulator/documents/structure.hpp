#pragma once

#include <set>
#include <string>

#include <emulator/schema/database_state.hpp>
#include <emulator/server/call.hpp>

namespace reel::emulator {

// The `data` of a document is an object of attribute keys, with `$createdAt` and `$updatedAt` if the caller may set
// them. A creation runs encode(), fill_defaults(), validate_structure() and store_values(), in this order.

/// Converts datetimes to the stored format; an empty string becomes the current time.
void encode(const Collection& collection, Json& data);
/// Sets attributes that are missing or null to their defaults.
void fill_defaults(const Collection& collection, Json& data);

/// Whether `data` is a whole document, which must have all required attributes, or a part of one.
enum class Completeness { whole, partial };

/// Checks `data`. Throws 400 `document_invalid_structure` for the first mistake: missing attributes come before unknown
/// ones, which come before invalid values. Values of the keys `operator_keys`, the results of operators, count as
/// present and valid.
void validate_structure(const Call& call, const Collection& collection, const Json& data, Completeness completeness,
                        const std::set<std::string>& operator_keys = {});
/// Sets the values in a row, converted as the database stores them. Throws 500 for a string that its column cannot
/// hold.
void store_values(const Collection& collection, const Json& data, Row& row);

/// A floating-point number after its transport to the database, as a string of 14 significant digits. Other values are
/// unchanged.
Json bound_number(const Json& value);
/// The row as the database stores it when it is written from `data`: floating-point numbers pass through
/// bound_number(), except integers in `data`, elements of lists and the results of operators.
Row bound_row(const Collection& collection, const Json& data, Row row, const std::set<std::string>& operator_keys = {});

/// Throws 400 `attribute_limit_exceeded`, or 500 before 1.8.1, if the integer column of the attribute cannot hold the
/// number.
void check_column_range(const Call& call, const Attribute& attribute, const Json& sum);

/// A stored value as PHP reads it: a list that is null is empty.
Json read_value(const Attribute& attribute, const Row& row);
/// The values of the available attributes by key, without relationships.
Json values_of(const Collection& collection, const Row& row);

/// PHP's `===`: 5 does not equal 5.0.
bool strictly_equal(const Json& a, const Json& b);
/// PHP's `==`: null equals 0, "", false and [], and "1" equals 1.
bool loosely_equal(const Json& a, const Json& b);

}  // namespace reel::emulator

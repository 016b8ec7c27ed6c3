#pragma once

#include <set>
#include <string>

#include <emulator/schema/database_state.hpp>
#include <emulator/server/call.hpp>

namespace reel::emulator {

// A document on its way in is an object of attribute keys, and `$createdAt` and `$updatedAt` if the caller may set
// them.

/// Normalises datetimes; an empty one becomes now.
void encode(const Collection& collection, Json& data);
/// Gives attributes that are missing or null their defaults.
void fill_defaults(const Collection& collection, Json& data);

/// How much must be there.
enum class Completeness { whole, partial };

/// Throws 400 `document_invalid_structure`: first what is missing, then what is unknown, then bad values. The values
/// of `worked_out` are there, whatever they are.
void validate_structure(const Call& call, const Collection& collection, const Json& data, Completeness completeness,
                        const std::set<std::string>& worked_out = {});
/// Puts values into a row as the database keeps them. Throws 500 for a text that its column cannot hold.
void store_values(const Collection& collection, const Json& data, Row& row);

/// A floating-point number as a statement carries it to the database: as text of 14 significant digits. Other values
/// stay as they are.
Json bound_number(const Json& value);
/// The row that the database keeps of one whose values came from `data`: its floating-point numbers have gone through
/// bound_number(), except those that were sent as whole numbers, elements of lists, and values `worked_out` there.
Row bound_row(const Collection& collection, const Json& data, Row row, const std::set<std::string>& worked_out = {});

/// Throws 400 `attribute_limit_exceeded` if the column of an integer cannot hold a result; 500 before 1.8.1.
void check_column_range(const Call& call, const Attribute& attribute, const Json& sum);

/// A stored value as PHP reads it: a list that is null is empty.
Json read_value(const Attribute& attribute, const Row& row);
/// The values of a row by attribute, those that are available.
Json values_of(const Collection& collection, const Row& row);

/// Equal in PHP's strict sense: 5 is not 5.0.
bool strictly_equal(const Json& a, const Json& b);
/// Equal in PHP's loose sense: null is 0, "", false and [], and "1" is 1.
bool loosely_equal(const Json& a, const Json& b);

}  // namespace reel::emulator

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

#include "stats_sheets.hpp"
#include "stats_text.hpp"
#include "text.hpp"

namespace tool {
namespace {

/// A field, in quotes if it needs them. `is_text`: a string of the store, which must not become a formula.
std::string csv_field(std::string_view value, bool is_text) {
  std::string field = escaped(value);
  if (is_text && field.find_first_of("=+-@\t\r") == 0) field.insert(0, "'");
  if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
  std::string quoted = "\"";
  for (const char character : field) {
    if (character == '"') quoted += '"';
    quoted += character;
  }
  return quoted + '"';
}

}  // namespace

std::string csv_of(const reel::video::Statistics& statistics) {
  std::string text = "sheet,row,column,value\n";
  for (const Sheet& sheet : sheets_of(statistics)) {
    for (const SheetRow& row : sheet.rows) {
      for (std::size_t i = 0; i < row.cells.size(); ++i) {
        const bool is_text = std::holds_alternative<std::string>(row.cells[i]);
        text += sheet.key + ',' + csv_field(row.name, true) + ',' + sheet.columns[i].key + ',' +
                csv_field(exact_text(row.cells[i]), is_text) + '\n';
      }
    }
  }
  return text;
}

}  // namespace tool

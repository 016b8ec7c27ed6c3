#include <emulator/queries/cell.hpp>

#include <reel/text/collation.hpp>

namespace reel::emulator {
namespace {

template <class T>
int three_way(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

Cell text_cell(std::string_view text) { return {.kind = Cell::Kind::text, .text = text}; }

double as_number(const Cell& cell) {
  return cell.kind == Cell::Kind::number ? cell.number : static_cast<double>(cell.integer);
}

/// The text of a list in the database, where characters beyond ASCII stand as escapes.
std::string stored_list(const Json& list) { return list.dump(-1, ' ', true); }

}  // namespace

Cell to_cell(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null:
      return {};
    case Json::value_t::boolean:
      return {.kind = Cell::Kind::integer, .integer = value.get<bool>() ? 1 : 0};
    case Json::value_t::string:
      return text_cell(value.get_ref<const std::string&>());
    case Json::value_t::number_float:
      return {.kind = Cell::Kind::number, .number = value.get<double>()};
    case Json::value_t::array:
    case Json::value_t::object:
      return {.kind = Cell::Kind::list, .list = &value};
    default:
      return {.kind = Cell::Kind::integer, .integer = value.get<std::int64_t>()};
  }
}

Cell read_cell(const Row& row, int slot) {
  switch (slot) {
    case id_slot:
      return text_cell(row.id);
    case sequence_slot:
      return {.kind = Cell::Kind::integer, .integer = row.sequence};
    case created_slot:
      return text_cell(row.created_at);
    case updated_slot:
      return text_cell(row.updated_at);
    default:
      return to_cell(row.value(slot));
  }
}

int compare(const Cell& a, const Cell& b) {
  using Kind = Cell::Kind;
  if (a.is_null() || b.is_null()) return three_way(!a.is_null(), !b.is_null());
  if (a.kind == Kind::text && b.kind == Kind::text) {
    return reel::text::text_compare(a.text, b.text, reel::TextRules::folded);
  }
  if (a.kind == Kind::integer && b.kind == Kind::integer) return three_way(a.integer, b.integer);
  if (a.kind == Kind::list && b.kind == Kind::list) return stored_list(*a.list).compare(stored_list(*b.list));
  return three_way(as_number(a), as_number(b));
}

std::string like_text(const Cell& cell, const Column& column) {
  switch (cell.kind) {
    case Cell::Kind::integer:
      return std::to_string(cell.integer);
    case Cell::Kind::number:
      return write_double(cell.number);
    case Cell::Kind::list:
      return stored_list(*cell.list);
    case Cell::Kind::null:
      return {};
    case Cell::Kind::text:
      break;
  }
  std::string text{cell.text};
  if (column.type == "datetime" && text.size() == 29) {
    text[10] = ' ';
    text.resize(23);
  }
  return text;
}

}  // namespace reel::emulator

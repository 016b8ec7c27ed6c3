#include <emulator/queries/cell.hpp>

#include <reel/text/collation.hpp>

namespace reel::emulator {
namespace {

template <class T>
int three_way(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

Cell text_cell(std::string_view text) { return {.kind = CellKind::text, .text = text}; }

double as_number(const Cell& cell) {
  return cell.kind == CellKind::number ? cell.number : static_cast<double>(cell.integer);
}

/// A list as the database stores it: JSON with characters beyond ASCII escaped.
std::string stored_list(const Json& list) { return list.dump(-1, ' ', true); }

}  // namespace

Cell to_cell(const Json& value) {
  switch (value.type()) {
    case Json::value_t::null:
      return {};
    case Json::value_t::boolean:
      return {.kind = CellKind::integer, .integer = value.get<bool>() ? 1 : 0};
    case Json::value_t::string:
      return text_cell(value.get_ref<const std::string&>());
    case Json::value_t::number_float:
      return {.kind = CellKind::number, .number = value.get<double>()};
    case Json::value_t::array:
    case Json::value_t::object:
      return {.kind = CellKind::list, .list = &value};
    default:
      return {.kind = CellKind::integer, .integer = value.get<std::int64_t>()};
  }
}

Cell read_cell(const Row& row, int slot) {
  switch (slot) {
    case id_slot:
      return text_cell(row.id);
    case sequence_slot:
      return {.kind = CellKind::integer, .integer = row.sequence};
    case created_slot:
      return text_cell(row.created_at);
    case updated_slot:
      return text_cell(row.updated_at);
    default:
      return to_cell(row.value(slot));
  }
}

int compare(const Cell& a, const Cell& b) {
  if (a.is_null() || b.is_null()) return three_way(!a.is_null(), !b.is_null());
  if (a.kind == CellKind::text && b.kind == CellKind::text) {
    return reel::text::text_compare(a.text, b.text, reel::TextRules::folded);
  }
  if (a.kind == CellKind::integer && b.kind == CellKind::integer) return three_way(a.integer, b.integer);
  if (a.kind == CellKind::list && b.kind == CellKind::list) return stored_list(*a.list).compare(stored_list(*b.list));
  return three_way(as_number(a), as_number(b));
}

std::string like_text(const Cell& cell, const Column& column) {
  switch (cell.kind) {
    case CellKind::integer:
      return std::to_string(cell.integer);
    case CellKind::number:
      return write_double(cell.number);
    case CellKind::list:
      return stored_list(*cell.list);
    case CellKind::null:
      return {};
    case CellKind::text:
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

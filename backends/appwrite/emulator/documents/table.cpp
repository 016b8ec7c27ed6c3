#include <emulator/documents/table.hpp>

#include <reel/text/collation.hpp>

namespace reel::emulator {
namespace {

/// The first `count` code points of a string.
std::string_view first_characters(std::string_view text, std::size_t count) {
  std::size_t at = 0;
  while (at < text.size()) {
    if ((static_cast<unsigned char>(text[at]) & 0xC0) != 0x80 && count-- == 0) break;
    ++at;
  }
  return text.substr(0, at);
}

void append_key(std::string& out, std::string_view text, std::size_t length) {
  if (length != 0) text = first_characters(text, length);
  reel::text::append_sort_key(out, text, reel::TextRules::folded);
}

}  // namespace

std::string fold_id(std::string_view id) {
  std::string folded{id};
  for (char& letter : folded) letter = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
  return folded;
}

const Row* Table::find(std::string_view id) const {
  const auto found = ids_.find(fold_id(id));
  return found == ids_.end() ? nullptr : &rows_.at(found->second);
}

Table::Rows Table::find_all(const std::vector<std::string>& ids) const {
  Rows found;
  for (const std::string& id : ids) {
    if (const Row* row = find(id)) found.emplace(row->sequence, *row);
  }
  return found;
}

/// Empty if a part is null, because such a row violates nothing.
std::optional<std::string> Table::key_of(const Row& row, const std::vector<KeyPart>& parts) {
  std::string key;
  for (const auto& [slot, length] : parts) {
    switch (slot) {
      case id_slot:
        append_key(key, row.id, length);
        continue;
      case created_slot:
        append_key(key, row.created_at, length);
        continue;
      case updated_slot:
        append_key(key, row.updated_at, length);
        continue;
      default:
        break;
    }
    const Json& value = row.value(slot);
    if (value.is_null()) return std::nullopt;
    if (value.is_string()) {
      append_key(key, value.get_ref<const std::string&>(), length);
    } else {
      key += value.dump() + '\0';
    }
  }
  return key;
}

const Row* Table::obstacle(const Row& row) const {
  const auto taken = [&](const auto& map, const std::string& key) -> const Row* {
    const auto found = map.find(key);
    return found == map.end() || found->second == row.sequence ? nullptr : &rows_.at(found->second);
  };
  if (const Row* other = taken(ids_, fold_id(row.id))) return other;
  for (const auto& [name, unique] : keys_) {
    const std::optional<std::string> key = key_of(row, unique.parts);
    if (!key) continue;
    if (const Row* other = taken(unique.rows, *key)) return other;
  }
  return nullptr;
}

void Table::add_to_keys(const Row& row) {
  ids_[fold_id(row.id)] = row.sequence;
  for (auto& [name, unique] : keys_) {
    if (std::optional<std::string> key = key_of(row, unique.parts)) unique.rows[std::move(*key)] = row.sequence;
  }
}

void Table::remove_from_keys(const Row& row) {
  ids_.erase(fold_id(row.id));
  for (auto& [name, unique] : keys_) {
    if (const std::optional<std::string> key = key_of(row, unique.parts)) unique.rows.erase(*key);
  }
}

void Table::note(std::int64_t sequence) {
  if (!journal_ || journal_->contains(sequence)) return;
  const auto found = rows_.find(sequence);
  journal_->emplace(sequence, found == rows_.end() ? std::optional<Row>{} : found->second);
}

const Row* Table::insert(Row row) {
  row.sequence = ++last_;
  if (obstacle(row) != nullptr || collide(row.permissions)) return nullptr;
  note(row.sequence);
  add_to_keys(row);
  return &rows_.emplace(row.sequence, std::move(row)).first->second;
}

void Table::restore(Row row) {
  add_to_keys(row);
  rows_.emplace(row.sequence, std::move(row));
}

bool Table::replace(Row row) {
  if (obstacle(row) != nullptr || collide(row.permissions)) return false;
  note(row.sequence);
  Row& stored = rows_.at(row.sequence);
  remove_from_keys(stored);
  stored = std::move(row);
  add_to_keys(stored);
  return true;
}

void Table::erase(std::int64_t sequence) {
  const auto found = rows_.find(sequence);
  if (found == rows_.end()) return;
  note(sequence);
  remove_from_keys(found->second);
  rows_.erase(found);
}

bool Table::add_key(const std::string& name, std::vector<KeyPart> parts) {
  UniqueKey unique{std::move(parts), {}};
  for (const auto& [sequence, row] : rows_) {
    std::optional<std::string> key = key_of(row, unique.parts);
    if (key && !unique.rows.emplace(std::move(*key), sequence).second) return false;
  }
  keys_[name] = std::move(unique);
  return true;
}

void Table::clear_slot(int slot) {
  for (auto& [sequence, row] : rows_) {
    if (static_cast<std::size_t>(slot) < row.values.size()) row.values[static_cast<std::size_t>(slot)] = nullptr;
  }
}

void Table::rollback() {
  if (!journal_) return;
  const auto journal = std::move(*journal_);
  journal_.reset();
  for (const auto& [sequence, before] : journal) erase(sequence);
  for (const auto& [sequence, before] : journal) {
    if (before) restore(*before);
  }
}

}  // namespace reel::emulator

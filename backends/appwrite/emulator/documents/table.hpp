#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <emulator/access/permissions.hpp>
#include <emulator/values/json.hpp>

namespace reel::emulator {

/// Where a value stands in a row: the slot of an attribute, or one of these.
enum SystemSlot : int { id_slot = -1, sequence_slot = -2, created_slot = -3, updated_slot = -4 };

/// A document, or whatever else can be listed.
struct Row {
  std::string id;
  std::int64_t sequence = 0;
  std::string created_at;
  std::string updated_at;
  Permissions permissions;
  std::vector<Json> values;  ///< By slot; a slot beyond the end is null.

  const Json& value(int slot) const {
    static const Json null;
    return static_cast<std::size_t>(slot) < values.size() ? values[static_cast<std::size_t>(slot)] : null;
  }
  void set(int slot, Json value) {
    if (values.size() <= static_cast<std::size_t>(slot)) values.resize(static_cast<std::size_t>(slot) + 1);
    values[static_cast<std::size_t>(slot)] = std::move(value);
  }
};

/// A part of a unique key: a slot and how many characters of it count; 0: all.
struct KeyPart {
  int slot = 0;
  std::size_t length = 0;
};

/// Upper and lower case ASCII letters made equal, as ids are compared.
std::string fold_id(std::string_view id);

/// The rows of a collection, in the order they were made, with their unique keys. Numbers are given out once: a failed
/// insertion uses one up.
class Table {
 public:
  using Rows = std::map<std::int64_t, Row>;

  const Rows& rows() const noexcept { return rows_; }
  /// Null if there is none; upper and lower case are the same.
  const Row* find(std::string_view id) const;
  /// A row that a unique key or the id keeps the given row from; null if there is none. Itself does not count.
  const Row* obstacle(const Row& row) const;

  /// The new row; null if there is an obstacle.
  const Row* insert(Row row);
  /// False if there is an obstacle. The row with that number must exist.
  bool replace(Row row);
  void erase(std::int64_t sequence);
  std::int64_t last_number() const noexcept { return last_; }
  /// For a row that comes back from a file: keeps its number.
  void restore(Row row);
  void set_last_number(std::int64_t number) { last_ = number; }

  /// Adds a unique key; false if the rows violate it.
  bool add_key(const std::string& name, std::vector<KeyPart> parts);
  void drop_key(const std::string& name) { keys_.erase(name); }
  /// Forgets the values of a slot.
  void clear_slot(int slot);

  /// Notes what changes from here on.
  void begin() { journal_.emplace(); }
  void commit() { journal_.reset(); }
  /// The rows that changed since begin(), as they were then; nothing for a new one.
  using Journal = std::map<std::int64_t, std::optional<Row>>;
  /// Empty outside of begin() and commit().
  const Journal& journal() const noexcept {
    static const Journal none;
    return journal_ ? *journal_ : none;
  }
  /// Takes back what changed since begin(); numbers stay used.
  void rollback();

 private:
  struct UniqueKey {
    std::vector<KeyPart> parts;
    std::unordered_map<std::string, std::int64_t> rows;
  };

  static std::optional<std::string> key_of(const Row& row, const std::vector<KeyPart>& parts);
  void add_to_keys(const Row& row);
  void remove_from_keys(const Row& row);
  void note(std::int64_t sequence);

  Rows rows_;
  std::unordered_map<std::string, std::int64_t> ids_;
  std::map<std::string, UniqueKey> keys_;
  std::int64_t last_ = 0;
  std::optional<Journal> journal_;
};

/// The numbers that a statement of several rows takes beforehand: as many as rows, used or not, also if it fails.
class NumbersTaken {
 public:
  NumbersTaken(Table& table, std::size_t rows)
      : table_{table}, last_{table.last_number() + static_cast<std::int64_t>(rows)} {}
  ~NumbersTaken() { table_.set_last_number(last_); }
  NumbersTaken(const NumbersTaken&) = delete;
  NumbersTaken& operator=(const NumbersTaken&) = delete;

 private:
  Table& table_;
  std::int64_t last_;
};

}  // namespace reel::emulator

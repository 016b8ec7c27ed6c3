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

/// Slots of the values that are not attributes. Slots of attributes are 0 and above.
enum SystemSlot : int { id_slot = -1, sequence_slot = -2, created_slot = -3, updated_slot = -4 };

/// A document, or any other object while it is listed.
struct Row {
  std::string id;
  std::int64_t sequence = 0;  ///< Number of the row in its table; 0: not inserted.
  std::string created_at;
  std::string updated_at;
  Permissions permissions;
  std::vector<Json> values;  ///< By slot; missing slots are null.

  /// The value of an attribute's slot; null if it was never set.
  const Json& value(int slot) const {
    static const Json null;
    return static_cast<std::size_t>(slot) < values.size() ? values[static_cast<std::size_t>(slot)] : null;
  }
  void set(int slot, Json value) {
    if (values.size() <= static_cast<std::size_t>(slot)) values.resize(static_cast<std::size_t>(slot) + 1);
    values[static_cast<std::size_t>(slot)] = std::move(value);
  }
};

/// A part of a unique key.
struct KeyPart {
  int slot = 0;            ///< Slot of the value, or a SystemSlot.
  std::size_t length = 0;  ///< Number of characters that count; 0: all.
};

/// The id with ASCII letters in lower case. Ids that are equal then are the same.
std::string fold_id(std::string_view id);

/// The rows of a collection in the order of their insertion, with their unique keys. Sequence numbers are never reused;
/// a failed insertion uses one up. Not safe for several threads: the project's mutex guards it.
class Table {
 public:
  using Rows = std::map<std::int64_t, Row>;

  /// All rows by sequence number. Pointers to rows stay valid until the row is erased.
  const Rows& rows() const noexcept { return rows_; }
  /// The row of this id, compared without case; null if not found.
  const Row* find(std::string_view id) const;
  /// Copies of the rows of these ids, by sequence number.
  Rows find_all(const std::vector<std::string>& ids) const;
  /// A row with the same id or the same value of a unique key, other than `row` itself; null if not found.
  const Row* obstacle(const Row& row) const;

  /// Inserts a row under the next sequence number. Null if there is an obstacle, or if its permissions collide().
  const Row* insert(Row row);
  /// Replaces the row of the same sequence number, which must exist. False if there is an obstacle, or if its
  /// permissions collide().
  bool replace(Row row);
  /// Removes a row. Ignores unknown numbers.
  void erase(std::int64_t sequence);
  /// The last sequence number that was used.
  std::int64_t last_number() const noexcept { return last_; }
  /// Adds a row from a snapshot or a rollback, with its sequence number and without checks.
  void restore(Row row);
  void set_last_number(std::int64_t number) { last_ = number; }

  /// Adds a unique key. False, without adding it, if the rows violate it.
  bool add_key(const std::string& name, std::vector<KeyPart> parts);
  void drop_key(const std::string& name) { keys_.erase(name); }
  /// Sets the values of a slot to null in all rows.
  void clear_slot(int slot);

  /// Starts a table transaction: changes are recorded until commit() or rollback(). Transactions do not nest.
  void begin() { journal_.emplace(); }
  void commit() { journal_.reset(); }
  /// The rows changed since begin() as they were then, by sequence number; empty for inserted rows.
  using Journal = std::map<std::int64_t, std::optional<Row>>;
  /// The changes of the running transaction; empty outside of one.
  const Journal& journal() const noexcept {
    static const Journal none;
    return journal_ ? *journal_ : none;
  }
  /// Undoes all changes since begin(). Sequence numbers stay used. Does nothing without a transaction.
  void rollback();

 private:
  struct UniqueKey {
    std::vector<KeyPart> parts;
    std::unordered_map<std::string, std::int64_t> rows;
  };

  /// The sort key of a unique key's values; empty if one of them is null, because nulls violate nothing.
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

/// Reserves the sequence numbers of a statement that inserts up to `rows` rows. The destructor marks all of them as
/// used, whether or not the statement used them or succeeded.
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

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/driver/collection_schema.hpp>
#include <reel/driver/document.hpp>
#include <reel/driver/schema_change.hpp>
#include <reel/json/sealed_line.hpp>
#include <reel/json/values.hpp>
#include <reel/json/writer.hpp>

/// The lines of a journal; `<reel/backends/filesystem/journal.hpp>` shows the format. Each is one JSON object that ends
/// in `,"synced":N,"crc":"xxxxxxxx"}` and a newline.
///
/// `synced` is the size up to which the journal was on the medium for certain when the line was written. It
/// distinguishes a line that was torn by a crash from one that was damaged later: no line after a torn one was written
/// under the assumption that it was synced.
namespace reel::filesystem {

/// Appends `synced`, the checksum, the closing brace and a newline to the object that starts at `start`.
inline void seal_line(std::string& out, std::size_t start, std::int64_t synced) {
  out += R"(,"synced":)";
  json::append_number(out, synced);
  json::seal(out, start);
}

/// An intact line.
struct SealedLine {
  /// Without the parts that `seal_line` appended.
  std::string_view body{};
  /// Bytes of the journal that were on the medium for certain when the line was written.
  std::int64_t synced = 0;
};

/// Checks and divides a line, given without its newline; empty if it is damaged.
[[nodiscard]] inline std::optional<SealedLine> open_line(std::string_view line) {
  constexpr std::string_view key = R"(,"synced":)";
  const auto sealed = json::unseal(line);
  const std::size_t position = sealed ? sealed->rfind(key) : std::string_view::npos;
  if (position == std::string_view::npos) return std::nullopt;
  SealedLine result{.body = sealed->substr(0, position)};
  json::Reader reader(sealed->substr(position + key.size()));
  return reader.number(result.synced) && reader.done() ? std::optional{result} : std::nullopt;
}

/// The value of `synced` in a damaged line, if that part can be read, otherwise 0.
[[nodiscard]] inline std::int64_t synced_of_damaged(std::string_view line) {
  constexpr std::string_view key = R"(,"synced":)";
  const std::size_t position = line.rfind(key);
  std::int64_t synced = 0;
  if (position == std::string_view::npos) return 0;
  json::Reader reader(line.substr(position + key.size()));
  return reader.number(synced) && reader.take(R"(,"crc":")") ? synced : 0;
}

/// The position of a line within an atomic batch. A batch counts only if all of its lines are intact.
struct BatchPosition {
  std::int64_t number = 1;  ///< of the line, from 1
  std::int64_t of = 1;      ///< number of lines; 1: not a batch
};

/// Appends the member `batch`, unless the line is alone.
inline void append_batch(std::string& out, BatchPosition batch) {
  if (batch.of == 1) return;
  out += R"(,"batch":[)";
  json::append_number(out, batch.number);
  out += ',';
  json::append_number(out, batch.of);
  out += ']';
}

/// Appends the line of a stored document. `batch`: its position in a batch; `synced`: see `seal_line`.
inline void append_put(std::string& out, const driver::CollectionSchema& schema, const driver::Document& document,
                       BatchPosition batch, std::int64_t synced) {
  const std::size_t start = out.size();
  out += R"({"op":"put","id":)";
  json::append_string(out, document.id);
  out += R"(,"seq":)";
  json::append_number(out, document.sequence);
  append_batch(out, batch);
  out += R"(,"created":)";
  json::append_time(out, document.created_at);
  out += R"(,"updated":)";
  json::append_time(out, document.updated_at);
  out += R"(,"permissions":)";
  json::append(out, document.permissions);
  out += R"(,"values":{)";
  for (std::size_t i = 0; i < document.values.size(); ++i) {
    json::append_name(out, schema.attributes[i].name);
    json::append_value(out, document.values[i]);
  }
  out += '}';
  seal_line(out, start, synced);
}

/// Appends the line of a removal. `document`: the removed record.
inline void append_remove(std::string& out, const driver::Document& document, BatchPosition batch,
                          std::int64_t synced) {
  const std::size_t start = out.size();
  out += R"({"op":"remove","id":)";
  json::append_string(out, document.id);
  out += R"(,"seq":)";
  json::append_number(out, document.sequence);
  append_batch(out, batch);
  seal_line(out, start, synced);
}

/// The content of a line.
struct Operation {
  /// False: a removal.
  bool put = false;
  /// Position in a batch.
  BatchPosition batch{};
  /// The document; for a removal only its id and sequence.
  driver::Document document{};
};

/// Parses the body of a line as an operation on documents of a schema.
class OperationReader {
 public:
  /// Refers to `body` and `schema`, which must outlive the reader.
  OperationReader(std::string_view body, const driver::CollectionSchema& schema) : in_(body), schema_(schema) {}

  /// The operation; empty if the line does not have this format.
  [[nodiscard]] std::optional<Operation> read() {
    Operation operation;
    driver::Document& document = operation.document;
    operation.put = in_.take(R"({"op":"put","id":)");
    if (!operation.put && !in_.take(R"({"op":"remove","id":)")) return std::nullopt;
    if (!in_.string(document.id) || !in_.take(R"(,"seq":)") || !in_.number(document.sequence)) return std::nullopt;
    if (in_.take(R"(,"batch":[)")) {
      if (!in_.number(operation.batch.number) || !in_.take(',') || !in_.number(operation.batch.of) || !in_.take(']'))
        return std::nullopt;
    }
    if (!operation.put) return in_.done() ? std::optional{std::move(operation)} : std::nullopt;
    const bool whole = in_.take(R"(,"created":)") && json::read_timestamp(in_, document.created_at) &&
                       in_.take(R"(,"updated":)") && json::read_timestamp(in_, document.updated_at) &&
                       in_.take(R"(,"permissions":)") && permissions(document) && in_.take(R"(,"values":)") &&
                       values(document) && in_.done();
    return whole ? std::optional{std::move(operation)} : std::nullopt;
  }

 private:
  bool permissions(driver::Document& document) {
    return in_.elements([&] {
      const auto permission = in_.string(text_) ? Permission::parse(text_) : std::nullopt;
      if (permission) document.permissions.push_back(*permission);
      return permission.has_value();
    });
  }

  /// Attributes are read by name; nearly always they are in the order of the schema. An attribute that the schema does
  /// not know is skipped; one that the line does not have was added to the schema later and gets its default.
  bool values(driver::Document& document) {
    const auto& attributes = schema_.attributes;
    document.values.resize(attributes.size());
    std::size_t next = 0;  // in order: the line has the attributes before it
    bool in_order = true;
    const auto take = [&](std::string_view name) {
      std::size_t position = next;
      if (position >= attributes.size() || attributes[position].name != name) {
        if (in_order) {
          stored_.assign(attributes.size(), false);
          std::fill_n(stored_.begin(), next, true);
          in_order = false;
        }
        const auto found = schema_.position(name);
        if (!found) return in_.skip_value();
        position = static_cast<std::size_t>(*found);
      }
      if (!in_order) stored_[position] = true;
      next = position + 1;
      return json::read_value(in_, attributes[position], document.values[position]);
    };
    if (!in_.members(take)) return false;
    for (std::size_t i = 0; i < attributes.size(); ++i) {
      const bool is_stored = in_order ? i < next : stored_[i];
      if (document.values[i].is_null() && (!is_stored || attributes[i].required))
        document.values[i] = driver::absent_value(attributes[i]);
    }
    return true;
  }

  json::Reader in_;
  const driver::CollectionSchema& schema_;
  std::string text_;
  std::vector<bool> stored_;  ///< the attributes of a line whose order is not the schema's
};

}  // namespace reel::filesystem

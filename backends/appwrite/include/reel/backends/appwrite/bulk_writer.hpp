#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <reel/backends/appwrite/writer.hpp>
#include <reel/driver/change.hpp>

namespace reel::appwrite {

/// Carries out many writes with a separate result for each, in their order. Consecutive new records go in batches of up
/// to 100 in one request (POST /databases/…/documents with `documents`, Appwrite 1.7.0), consecutive removals in one
/// transaction. The server applies such a group completely or not at all, and its error names no item; on `invalid` or
/// `already_exists` the items are written one by one, so that each gets its own result.
class BulkWriter {
 public:
  BulkWriter(const Client& client, const Routes& routes, const driver::CollectionSchema& schema)
      : client_(client), routes_(routes), schema_(schema), writer_(client, routes, schema) {}

  /// Returns one result for each write. Never throws an error of a single write; it is in the result.
  [[nodiscard]] std::vector<driver::WriteResult> write(std::vector<driver::Write> writes) const {
    std::vector<driver::WriteResult> results(writes.size());
    const bool batches = client_.has(Ability::bulk_writes);
    for (std::size_t i = 0; i < writes.size();) {
      const bool removes = writes[i].kind == driver::WriteKind::remove;
      const std::size_t end = removes ? end_of_removals(writes, i) : batches ? end_of_batch(writes, i) : i;
      if (end <= i + 1) {
        results[i] = single(std::move(writes[i]));
        ++i;
        continue;
      }
      removes ? remove(writes, i, end, results) : create(writes, i, end, results);
      i = end;
    }
    return results;
  }

 private:
  static constexpr std::size_t most_documents = 100;
  /// Size limit of a batch in bytes. The server accepts 12 MiB, and `bytes_of` is an estimate.
  static constexpr std::size_t largest_batch = 8'000'000;

  /// Returns the index after the last of the new records from `begin` on that may go in one request; `begin` or `begin
  /// + 1` if the first one has to go alone.
  [[nodiscard]] std::size_t end_of_batch(const std::vector<driver::Write>& writes, std::size_t begin) const {
    std::size_t bytes = 0, end = begin;
    for (; end < writes.size() && end - begin < most_documents; ++end) {
      const driver::Write& write = writes[end];
      if (write.kind != driver::WriteKind::create || goes_alone(write.document)) break;
      if (end > begin && !keeps_order(writes[end - 1].document, write.document)) break;
      bytes += bytes_of(write.document);
      if (bytes > largest_batch) break;
    }
    return end;
  }
  /// Whether the record cannot be part of a batch. Servers differ in whether a bulk creation stores a string that looks
  /// like an operator or executes it, and a number in two parts needs a transaction (see float_parts.hpp).
  [[nodiscard]] bool goes_alone(const driver::Document& document) const {
    for (std::size_t i = 0; i < schema_.attributes.size(); ++i) {
      if (parts_of(schema_.attributes[i], document.values[i]).rest != 0) return true;
    }
    return document.id == impossible_id ||
           std::any_of(document.values.begin(), document.values.end(),
                       [](const driver::Value& value) { return looks_like_operator(value); });
  }
  /// Whether `second` is listed after `first` if both are created in one batch. Records of a batch may have the same
  /// `$createdAt`, so that before Appwrite 1.8.0, without `$sequence`, their ids decide.
  [[nodiscard]] bool keeps_order(const driver::Document& first, const driver::Document& second) const {
    return client_.has(Ability::sequence) || Id<void>{first.id} < Id<void>{second.id};
  }
  /// The estimated size of the record in a request, in bytes. A quarter is added for escape sequences.
  static std::size_t bytes_of(const driver::Document& document) {
    std::size_t bytes = 500;
    const auto add = [&](const driver::Value& value) {
      const auto* text = value.as<std::string>();
      bytes += text ? text->size() + text->size() / 4 + 40 : 80;
    };
    for (const driver::Value& value : document.values) {
      add(value);
      if (const auto* list = value.as<driver::List>()) std::for_each(list->begin(), list->end(), add);
    }
    return bytes;
  }

  /// Creates the records from `begin` to `end` in one request. If the response was lost or does not match, each record
  /// is created again alone with `in_doubt`, which accepts a record that exists with the wanted content.
  void create(std::vector<driver::Write>& writes, std::size_t begin, std::size_t end,
              std::vector<driver::WriteResult>& results) const {
    std::string documents;
    bool times = false;
    for (std::size_t i = begin; i < end; ++i) {
      const driver::Document& document = writes[i].document;
      if (i > begin) documents += ',';
      append_bulk_document(documents, schema_, document, Writer::starts_at_zero(client_));
      times = times || document.created_at != driver::by_store || document.updated_at != driver::by_store;
    }
    bool in_doubt = false;
    try {
      if (times) client_.require(Ability::keeps_times);
      if (!client_.has(Ability::sequence)) client_.wait(std::chrono::milliseconds{1});
      const Answer answer = client_.call(create_many_call(routes_, schema_.id, documents));
      if (!answer.in_doubt && take(list_answer(routes_, schema_, answer.response), writes, begin, end, results)) return;
      in_doubt = true;
    } catch (const Error& error) {
      const Errc code = error.code();
      if (code != Errc::already_exists && code != Errc::invalid) {
        for (std::size_t i = begin; i < end; ++i) results[i].error = error;
        return;
      }
    }
    for (std::size_t i = begin; i < end; ++i) results[i] = single(std::move(writes[i]), in_doubt);
  }

  /// Stores the records of the response as results. False, without any result, if the response is not about the records
  /// from `begin` to `end`.
  static bool take(const ListAnswer& answer, const std::vector<driver::Write>& writes, std::size_t begin,
                   std::size_t end, std::vector<driver::WriteResult>& results) {
    const std::size_t size = answer.documents.size();
    if (size != end - begin) return false;
    for (std::size_t i = 0; i < size; ++i) {
      if (!same_id(answer.documents[i]->id, writes[begin + i].document.id)) return false;
    }
    for (std::size_t i = 0; i < size; ++i) results[begin + i].document = answer.documents[i];
    return true;
  }

  static constexpr std::size_t most_operations = 100;  ///< of one transaction

  /// Returns the index after the last of the removals from `begin` on that may go in one transaction. A guarded removal
  /// takes three operations. A removal whose condition is only a time ends the group: it is checked against a record
  /// that has to be read, so it goes alone.
  [[nodiscard]] std::size_t end_of_removals(const std::vector<driver::Write>& writes, std::size_t begin) const {
    if (!writer_.removes_in_transactions()) return begin;
    std::size_t operations = 0, end = begin;
    for (; end < writes.size() && writes[end].kind == driver::WriteKind::remove; ++end) {
      const driver::Change& condition = writes[end].change;
      if (condition.if_unchanged_since && !condition.as_read) break;
      operations += condition.as_read ? 3 : 1;
      if (operations > most_operations) break;
    }
    return end;
  }

  /// Removes the records from `begin` to `end` together, or one by one if one of them changed.
  void remove(std::vector<driver::Write>& writes, std::size_t begin, std::size_t end,
              std::vector<driver::WriteResult>& results) const {
    try {
      if (remove_together(writes, begin, end, results)) return;
    } catch (const Error& error) {
      for (std::size_t i = begin; i < end; ++i) results[i] = {.error = error};
      return;
    }
    for (std::size_t i = begin; i < end; ++i) results[i] = single(std::move(writes[i]));
  }

  /// Removes the records in one transaction. False if nothing was done because one of them was changed or removed
  /// meanwhile.
  [[nodiscard]] bool remove_together(const std::vector<driver::Write>& writes, std::size_t begin, std::size_t end,
                                     std::vector<driver::WriteResult>& results) const {
    const std::vector<driver::DocumentPtr> stored = read(writes, begin, end);
    const OperationMaker make = writer_.operations();
    Operations operations;
    for (std::size_t i = begin; i < end; ++i) {
      const driver::DocumentPtr& document = stored[i - begin];
      if (!document) continue;
      if (!writes[i].change.as_read) {
        operations.push_back(make.removal(document->id));
        continue;
      }
      for (json::Object& one : make.guarded_removal(*document)) operations.push_back(std::move(one));
    }
    if (!operations.empty() && !ServerTransaction(client_, routes_).run(operations).committed()) return false;
    for (std::size_t i = begin; i < end; ++i) results[i].document = stored[i - begin];
    return true;
  }

  /// Returns the records to remove, null where a record does not exist. Records that the caller has read are not read
  /// again. At most 1 request.
  [[nodiscard]] std::vector<driver::DocumentPtr> read(const std::vector<driver::Write>& writes, std::size_t begin,
                                                      std::size_t end) const {
    std::vector<driver::DocumentPtr> stored(end - begin);
    driver::Condition by_id{.op = driver::Operator::equal, .attribute = driver::position::id};
    for (std::size_t i = begin; i < end; ++i) {
      stored[i - begin] = writes[i].change.as_read;
      if (!stored[i - begin]) by_id.values.emplace_back(writes[i].document.id);
    }
    if (by_id.values.empty()) return stored;
    const driver::QueryTree query{.where = {std::move(by_id)}, .limit = static_cast<std::int64_t>(most_operations)};
    for (const driver::DocumentPtr& found : RecordReader(client_, routes_, schema_, query).list().items) {
      for (std::size_t i = begin; i < end; ++i) {
        if (same_id(found->id, writes[i].document.id)) stored[i - begin] = found;
      }
    }
    return stored;
  }

  /// Carries out one write on its own.
  [[nodiscard]] driver::WriteResult single(driver::Write write, bool in_doubt = false) const {
    const std::string& id = write.document.id;
    try {
      switch (write.kind) {
        case driver::WriteKind::create:
          return {.document = writer_.create(write.document, in_doubt)};
        case driver::WriteKind::update:
          return {.document = writer_.update(id, write.change)};
        case driver::WriteKind::remove:
          if (driver::DocumentPtr stored =
                  write.change.as_read ? write.change.as_read : find_document(client_, routes_, schema_, id);
              stored && writer_.remove(id, write.change))
            return {.document = std::move(stored)};
      }
    } catch (const Error& error) {
      return {.error = error};
    }
    return {};
  }

  const Client& client_;
  const Routes& routes_;
  const driver::CollectionSchema& schema_;
  Writer writer_;
};

}  // namespace reel::appwrite

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

/// Many writes, each with a result of its own. New records go in batches, and so do removals, in transactions. The
/// server takes a batch as a whole or not at all: where it refuses one, its items are written one by one.
class BulkWriter {
 public:
  BulkWriter(const Client& client, const Routes& routes, const driver::CollectionSchema& schema)
      : client_(client), routes_(routes), schema_(schema), writer_(client, routes, schema) {}

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
  static constexpr std::size_t largest_batch = 8'000'000;  ///< bytes; the server takes 12 MiB

  /// Behind the last of the new records from `begin` on that may go in one request.
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
  /// Whether a create of many stores a text that looks like an operator is not known of every version. A number of two
  /// steps takes a transaction.
  [[nodiscard]] bool goes_alone(const driver::Document& document) const {
    for (std::size_t i = 0; i < schema_.attributes.size(); ++i) {
      if (parts_of(schema_.attributes[i], document.values[i]).rest != 0) return true;
    }
    return document.id == impossible_id ||
           std::any_of(document.values.begin(), document.values.end(),
                       [](const driver::Value& value) { return looks_like_operator(value); });
  }
  /// Records of one batch are of one moment, so that before 1.8 their ids decide.
  [[nodiscard]] bool keeps_order(const driver::Document& first, const driver::Document& second) const {
    return client_.has(Ability::sequence) || Id<void>{first.id} < Id<void>{second.id};
  }
  /// About; escapes make a text longer.
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

  /// False if the answer is not about the records from `begin` to `end`.
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

  /// The end of the removals from `begin` on that may go in one transaction. One that is guarded takes three
  /// operations; one with a time alone needs the record to be read, and goes alone.
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

  /// False if nothing was done, because one of the records was changed or removed meanwhile.
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
      for (json::Object& one : make.guarded_removal(document->id, document->revision))
        operations.push_back(std::move(one));
    }
    if (!operations.empty() && !ServerTransaction(client_, routes_).run(operations).committed()) return false;
    for (std::size_t i = begin; i < end; ++i) results[i].document = stored[i - begin];
    return true;
  }

  /// The records to remove, null where there is none; those that the caller has read are not read again.
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
    for (const driver::DocumentPtr& found : Reader(client_, routes_, schema_, query).list().items) {
      for (std::size_t i = begin; i < end; ++i) {
        if (same_id(found->id, writes[i].document.id)) stored[i - begin] = found;
      }
    }
    return stored;
  }

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

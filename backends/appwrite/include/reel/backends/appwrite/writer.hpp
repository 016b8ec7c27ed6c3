#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/abilities.hpp>
#include <reel/backends/appwrite/operator_text.hpp>
#include <reel/backends/appwrite/reader.hpp>
#include <reel/patch.hpp>
#include <reel/updated_at.hpp>

namespace reel::appwrite {

/// Writes single records.
class Writer {
 public:
  Writer(const Client& client, const Routes& routes, const CollectionSchema& schema)
      : client_(client), routes_(routes), schema_(schema) {}

  /// `in_doubt`: an earlier request may have created it already, without an answer.
  DocumentPtr create(const Document& document, bool in_doubt = false) const {
    if (document.id == impossible_id) throw Error(Errc::unsupported, "the server has no record of the id '0'");
    if (document.created_at != by_store || document.updated_at != by_store) client_.require(Ability::keeps_times);
    if (!client_.has(Ability::sequence))  // where the time alone tells the order of insertion
      client_.wait(std::chrono::milliseconds{1});
    try {
      const Answer answer = client_.call(create_call(routes_, schema_, document));
      if (!answer.in_doubt) return document_answer(schema_, answer.response);
      in_doubt = true;
      throw client_.error_of(answer.response);
    } catch (const Error& error) {
      if (!has_type(error, "document_already_exists")) throw;
      const DocumentPtr stored = find_document(client_, routes_, schema_, document.id);
      if (!stored) throw unique_violation(document, error);
      if (in_doubt && is_what_was_wanted(*stored, document)) return stored;
      throw Error(Errc::already_exists, "there is a record of this id already", error.context());
    }
  }

  /// Null if there is no such record.
  DocumentPtr update(std::string_view id, const Change& wanted) const {
    const InDoubt in_doubt = wanted.if_unchanged_since ? InDoubt::unknown : InDoubt::by_values;
    return change(id, wanted.if_unchanged_since, in_doubt, [&](const Document&) { return wanted; });
  }

  /// The server's own step enforces no range, leaves a null as it is and cannot be repeated, so that it is not used.
  DocumentPtr increment(std::string_view id, int attribute, const Value& by) const {
    const auto place = static_cast<std::size_t>(attribute);
    return change(id, std::nullopt, InDoubt::unknown, [&](const Document& stored) {
      return Change{
          .values = {{attribute, reel::detail::incremented(schema_.attributes[place], stored.values[place], by)}}};
    });
  }

  bool remove(std::string_view id, std::optional<Timestamp> since) const {
    if (id == impossible_id) return false;
    try {
      const Answer answer = client_.call(remove_call(routes_, schema_.id, id, since));
      if (!answer.in_doubt || answer.response.status == 404) return true;  // by an attempt whose answer was lost
      throw client_.error_of(answer.response);
    } catch (const Error& error) {
      if (has_type(error, "document_not_found")) return false;
      throw;
    }
  }

 private:
  /// How to tell whether an attempt did its work whose answer was lost, when the record is another one afterwards.
  enum class InDoubt {
    by_values,  ///< it has what it was to have, and it does not matter who wrote it
    unknown,    ///< it may have been somebody else's
  };

  /// Reads, asks what to change and writes it, again from the start when somebody else wrote in between.
  template <class MakeChange>
  DocumentPtr change(std::string_view id, std::optional<Timestamp> since, InDoubt in_doubt,
                     MakeChange make_change) const {
    for (int attempt = 1;; ++attempt) {
      const DocumentPtr stored = find_document(client_, routes_, schema_, id);
      if (!stored) return nullptr;
      if (since && stored->updated_at > *since) throw Error(Errc::conflict, "the record was changed in the meantime");
      const Change difference = differing(*stored, make_change(*stored));
      if (changes_nothing(difference)) return stored;
      try {
        if (DocumentPtr written = patch(*stored, difference, in_doubt)) return written;
      } catch (const Error& error) {
        if (has_type(error, "document_not_found")) return nullptr;
        if (!has_type(error, "document_update_conflict")) throw;
        if (attempt == reel::detail::max_optimistic_attempts) throw;
      }
    }
  }

  static bool changes_nothing(const Change& change) {
    return change.values.empty() && !change.permissions && !change.created_at && !change.updated_at;
  }

  /// What of the change is not stored already. A PATCH without a change would still send an event.
  [[nodiscard]] Change differing(const Document& stored, Change change) const {
    std::erase_if(change.values, [&](const std::pair<int, Value>& one) {
      return stored.values[static_cast<std::size_t>(one.first)] == one.second;
    });
    if (change.permissions && same_permissions(*change.permissions, stored.permissions)) change.permissions.reset();
    if (change.created_at == stored.created_at) change.created_at.reset();
    if (change.updated_at == stored.updated_at) change.updated_at.reset();
    return change;
  }
  static bool same_permissions(std::vector<Permission> a, std::vector<Permission> b) {
    const auto before = [](const Permission& x, const Permission& y) { return x.str() < y.str(); };
    std::sort(a.begin(), a.end(), before);
    std::sort(b.begin(), b.end(), before);
    return a == b;
  }

  /// The record as written; null if it turned out to be another one than `stored`, and nothing was written.
  [[nodiscard]] DocumentPtr patch(const Document& stored, const Change& change, InDoubt in_doubt) const {
    Json body = Json::object();
    if (change.permissions) body["permissions"] = to_json(*change.permissions);
    if (const Json data = changed_data(stored, change); !data.empty()) body["data"] = data;
    try {
      const Answer answer = client_.call(patch_call(routes_, schema_.id, stored.id, body, stored.updated_at));
      if (answer.in_doubt) return settled(stored, change, in_doubt, answer.response);
      DocumentPtr written = document_answer(schema_, answer.response);
      check_operators(stored, change, *written);
      return written;
    } catch (const Error& error) {
      if (has_type(error, "document_already_exists")) throw unique_violation(changed(stored, change), error);
      if (has_type(error, "document_invalid_structure")) throw structure_error(stored, change, error);
      throw;
    }
  }

  [[nodiscard]] Json changed_data(const Document& stored, const Change& change) const {
    const bool operators = std::any_of(change.values.begin(), change.values.end(),
                                       [](const auto& one) { return looks_like_operator(one.second); }) &&
                           client_.has(Ability::operators);
    Json data = Json::object();
    for (const auto& [position, value] : change.values) {
      const auto place = static_cast<std::size_t>(position);
      const bool hidden = operators && looks_like_operator(value);
      data[schema_.attributes[place].name] =
          hidden ? Json(operator_that_stores(*value.as<std::string>(), stored.values[place])) : to_json(value);
    }
    if (change.created_at || change.updated_at) client_.require(Ability::keeps_times);
    if (change.created_at) data["$createdAt"] = format_timestamp(*change.created_at);
    if (const auto time = next_time(stored, change)) data["$updatedAt"] = format_timestamp(*time);
    return data;
  }

  /// The `$updatedAt` to ask for: the server gives its own time, unless the record's is in the future. Servers tell
  /// changes apart by the millisecond, so that the next one has to be waited for.
  [[nodiscard]] std::optional<Timestamp> next_time(const Document& stored, const Change& change) const {
    using std::chrono::milliseconds;
    if (change.updated_at) return change.updated_at;
    const Timestamp here = std::chrono::floor<milliseconds>(client_.clock().wall());
    if (stored.updated_at > here && client_.has(Ability::keeps_times)) return next_updated_at(stored.updated_at, here);
    constexpr std::chrono::hours any_wrong_clock{24};
    if (stored.updated_at + any_wrong_clock > here) client_.wait(milliseconds{1});
    return std::nullopt;
  }

  /// What a text that looks like an operator has become. Another record than `stored` was there if it is not it.
  void check_operators(const Document& stored, const Change& change, const Document& written) const {
    for (const auto& [position, value] : change.values) {
      const auto place = static_cast<std::size_t>(position);
      if (looks_like_operator(value) && written.values[place] != value)
        throw Error(Errc::internal,
                    "a text that looks like an operator of the server was not stored as it is: '" + stored.id +
                        "' has another value now",
                    {.attribute = schema_.attributes[place].name});
    }
  }

  /// After an attempt whose answer was lost: the record if that has done the work, null if it is to be done again.
  [[nodiscard]] DocumentPtr settled(const Document& stored, const Change& change, InDoubt in_doubt,
                                    const HttpResponse& refusal) const {
    const Error error = client_.error_of(refusal);
    if (!has_type(error, "document_update_conflict")) throw error;
    if (in_doubt == InDoubt::unknown)
      throw Error(Errc::unavailable,
                  "the answer was lost, and the record is another one by now: whether this is the change's work or "
                  "somebody else's is not known");
    DocumentPtr now = find_document(client_, routes_, schema_, stored.id);
    return now && changes_nothing(differing(*now, change)) ? now : nullptr;
  }

  [[nodiscard]] static Document changed(Document document, const Change& change) {
    for (const auto& [position, value] : change.values) document.values[static_cast<std::size_t>(position)] = value;
    return document;
  }

  [[nodiscard]] static bool is_what_was_wanted(const Document& stored, const Document& wanted) {
    return stored.values == wanted.values && same_permissions(stored.permissions, wanted.permissions) &&
           (wanted.created_at == by_store || wanted.created_at == stored.created_at) &&
           (wanted.updated_at == by_store || wanted.updated_at == stored.updated_at);
  }

  /// Names the unique index, which the server does not, by asking for the record that is in the way.
  [[nodiscard]] Error unique_violation(const Document& wanted, const Error& error) const {
    for (const IndexSchema& index : schema_.indexes) {
      if (index.kind != IndexKind::unique) continue;
      QueryTree query{.limit = 2};
      for (const IndexPart& part : index.parts) {
        const Value& value = wanted.values[static_cast<std::size_t>(part.attribute)];
        if (value.is_null()) query.limit = 0;
        query.where.push_back({.op = Operator::equal, .attribute = part.attribute, .values = {value}});
      }
      if (query.limit == 0) continue;
      for (const DocumentPtr& found : Reader(client_, routes_, schema_, query).list().documents) {
        if (same_id(found->id, wanted.id)) continue;
        ErrorContext context = error.context();
        context.index = index.name;
        return Error(Errc::already_exists,
                     "another record has the same values in the unique index '" + index.name + "'", std::move(context));
      }
    }
    return Error(Errc::already_exists, "another record has the same values in a unique index", error.context());
  }

  /// A value that was allowed when it was stored makes the server refuse every change of the record.
  [[nodiscard]] Error structure_error(const Document& stored, const Change& change, const Error& error) const {
    const Document now = changed(stored, change);
    for (std::size_t i = 0; i < schema_.attributes.size(); ++i) {
      const AttributeSchema& attribute = schema_.attributes[i];
      try {
        Value value = now.values[i];
        reel::detail::validate(attribute, value);
      } catch (const Error& rule) {
        ErrorContext context = error.context();
        context.attribute = attribute.name;
        return Error(Errc::invalid,
                     "the stored " + rule.reason() +
                         "; the server refuses every update of the record that does not "
                         "correct this (" +
                         error.reason() + ")",
                     std::move(context));
      }
    }
    return error;
  }

  const Client& client_;
  const Routes& routes_;
  const CollectionSchema& schema_;
};

}  // namespace reel::appwrite

// The conditions on each attribute of the random records, as queries and as plain code.
#include "random_queries.hpp"

#include <algorithm>

#include <reel/text/utf8.hpp>

namespace random_queries {
namespace {

/// Returns sentences of the words above, and strings without a word of three letters except "abc".
std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> found(1);
  for (const char c : text) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper || (c >= 'a' && c <= 'z')) {
      found.back() += static_cast<char>(upper ? c + 32 : c);
    } else {
      found.emplace_back();
    }
  }
  std::erase_if(found, [](const std::string& word) { return word.size() < 3; });
  return found;
}
bool search(std::string_view text, std::string_view query) {
  const auto found = split(text), wanted = split(query);
  if (query.front() == '"')
    return std::search(found.begin(), found.end(), wanted.begin(), wanted.end()) != found.end() && !wanted.empty();
  return std::any_of(found.begin(), found.end(), [&](const std::string& word) {
    return std::find(wanted.begin(), wanted.end(), word) != wanted.end() || word.starts_with(wanted.back());
  });
}

template <class V>
const V* present(const V& value) {
  return &value;
}
template <class V>
const V* present(const std::optional<V>& value) {
  return value ? &*value : nullptr;
}

template <class Get, class Test>
Asked ask(std::string name, Expression expression, Get get, Test test) {
  return {std::move(expression),
          [=](const Row& row) {
            const auto& value = get(row);
            const auto* there = present(value);
            return there && test(*there);
          },
          [=](const Row& row) {
            const auto& value = get(row);
            const auto* there = present(value);
            return there && !test(*there);
          },
          std::move(name)};
}

/// Equality conditions. `field` and `get` must refer to the same attribute; `draw` returns a value to compare with.
template <class Field, class Get, class Draw>
Asked equality(const std::string& name, Field field, Get get, Draw draw, Chance& chance, const Rules& rules) {
  const auto a = draw(chance);
  const auto equal = [=](const auto& value) { return rules.compare(value, a) == 0; };
  switch (chance() % 5) {
    case 0:
    case 1:
      return ask(name + " ==", field == a, get, equal);
    case 2:
      return ask(name + " !=", field != a, get, [=](const auto& value) { return !equal(value); });
    case 3: {
      std::vector<decltype(draw(chance))> values;
      for (auto n = chance() % 4; n > 0; --n) values.push_back(draw(chance));
      return ask(name + " one_of " + std::to_string(values.size()), field.one_of(values), get, [=](const auto& value) {
        return std::any_of(values.begin(), values.end(),
                           [&](const auto& one) { return rules.compare(value, one) == 0; });
      });
    }
    default: {
      const auto null = [=](const Row& row) {
        const auto& value = get(row);
        return present(value) == nullptr;
      };
      const Asked asked{field.is_null(), null, [=](const Row& row) { return !null(row); }, name + " is null"};
      if (chance() % 2 == 0) return asked;
      return Asked{field.is_not_null(), asked.matches_not, asked.matches, name + " is not null"};
    }
  }
}

template <class Field, class Get, class Draw>
Asked comparison(const std::string& name, Field field, Get get, Draw draw, Chance& chance, const Rules& rules) {
  const auto a = draw(chance), b = draw(chance);
  switch (chance() % 7) {
    case 0:
      return ask(name + " <", field < a, get, [=](const auto& value) { return rules.compare(value, a) < 0; });
    case 1:
      return ask(name + " <=", field <= a, get, [=](const auto& value) { return rules.compare(value, a) <= 0; });
    case 2:
      return ask(name + " >", field > a, get, [=](const auto& value) { return rules.compare(value, a) > 0; });
    case 3:
      return ask(name + " >=", field >= a, get, [=](const auto& value) { return rules.compare(value, a) >= 0; });
    case 4:
      return ask(name + " between", field.between(a, b), get,
                 [=](const auto& value) { return rules.compare(value, a) >= 0 && rules.compare(value, b) <= 0; });
    default:
      return equality(name, field, get, draw, chance, rules);
  }
}

template <class Field, class Get>
Asked text_condition(const std::string& name, Field field, Get get, Chance& chance, const Rules& rules) {
  const std::string a = value_of<std::string>(chance).substr(0, chance() % 3 == 0 ? 1 : 20);
  if (!reel::text::is_valid_utf8(a)) return text_condition(name, field, get, chance, rules);
  switch (chance() % 6) {
    case 0:
      return ask(name + " starts with '" + a + "'", field.starts_with(a), get,
                 [=](const std::string& value) { return rules.starts_with(value, a); });
    case 1:
      return ask(name + " ends with '" + a + "'", field.ends_with(a), get,
                 [=](const std::string& value) { return rules.ends_with(value, a); });
    case 2:
      return ask(name + " contains '" + a + "'", field.contains(a), get,
                 [=](const std::string& value) { return rules.contains(value, a); });
    case 3: {
      std::string typed = sentence(chance);
      if (chance() % 3 == 0) typed = '"' + typed + '"';
      return ask(name + " search " + typed, field.search(typed), get,
                 [=](const std::string& value) { return search(value, typed); });
    }
    default:
      return comparison(name, field, get, value_of<std::string>, chance, rules);
  }
}

template <auto Member>
Column column(const std::string& name) {
  constexpr auto field = reel::field<Member>;
  using C = typename decltype(reel::field<Member>)::C;
  using S = typename C::scalar;
  constexpr auto get = [](const Row& row) -> const auto& { return row.value.*Member; };
  Column made{.name = name};
  made.condition = [=](Chance& chance, const Rules& rules) {
    if constexpr (C::list) {
      const S a = value_of<S>(chance);
      return ask(name + " contains", field.contains(a), get,
                 [=](const std::vector<S>& value) { return std::find(value.begin(), value.end(), a) != value.end(); });
    } else if constexpr (std::is_same_v<S, std::string>) {
      return text_condition(name, field, get, chance, rules);
    } else if constexpr (std::is_same_v<S, bool>) {
      return equality(name, field, get, value_of<S>, chance, rules);
    } else {
      return comparison(name, field, get, value_of<S>, chance, rules);
    }
  };
  if constexpr (!C::list) {
    made.order = [=](const Query& query, bool down) {
      return down ? query.order_by<Member>(reel::descending) : query.order_by<Member>();
    };
    made.compare = [=](const Row& a, const Row& b, const Rules& rules) { return rules.compare(get(a), get(b)); };
  }
  return made;
}

template <class Field, class Get, class Draw>
Column own_column(const std::string& name, Field field, Get get, Draw draw) {
  Column made{.name = name};
  made.condition = [=](Chance& chance, const Rules& rules) {
    if constexpr (std::is_same_v<decltype(draw(chance)), reel::Id<Item>>)
      return equality(name, field, get, draw, chance, rules);
    else
      return comparison(name, field, get, draw, chance, rules);
  };
  made.order = [=](const Query& query, bool down) {
    return down ? query.order_by(field, reel::descending) : query.order_by(field);
  };
  made.compare = [=](const Row& a, const Row& b, const Rules& rules) { return rules.compare(get(a), get(b)); };
  return made;
}

}  // namespace

const std::vector<Column>& columns() {
  static const auto id = [](const Row& row) { return reel::Id<Item>{row.id.str()}; };
  static const std::vector<Column> all = [] {
    std::vector<Column> made{
        column<&Item::number>("number"), column<&Item::size>("size"),     column<&Item::real>("real"),
        column<&Item::flag>("flag"),     column<&Item::level>("level"),   column<&Item::text>("text"),
        column<&Item::note>("note"),     column<&Item::moment>("moment"), column<&Item::code>("code")};
    made.push_back(own_column(
        "created_at", reel::created_at<Item>, [](const Row& row) { return row.created_at; }, moment));
    made.push_back(own_column(
        "updated_at", reel::updated_at<Item>, [](const Row& row) { return row.updated_at; }, moment));
    made.push_back(
        own_column("id", reel::id<Item>, id, [](Chance& chance) { return reel::Id<Item>{random_id(chance)}; }));
    made.push_back(column<&Item::numbers>("numbers"));
    made.push_back(column<&Item::tags>("tags"));
    return made;
  }();
  return all;
}

}  // namespace random_queries

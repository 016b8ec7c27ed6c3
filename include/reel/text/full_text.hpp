#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <reel/text/collation.hpp>
#include <reel/text/collation_table.hpp>
#include <reel/text/posting_list.hpp>
#include <reel/text/utf8.hpp>

namespace reel::text {

/// Whether a character belongs to a word, as InnoDB sees it: letters, digits, combining marks and the underscore.
constexpr bool is_word_character(char32_t point) noexcept {
  if (point > 0xFFFF) return false;
  return (detail::word_pages[detail::word_page_numbers[point >> 8]][point >> 6 & 3] >> (point & 63) & 1) != 0;
}

namespace detail {

/// A word as it stands in a text.
struct Word {
  std::string_view text;
  std::size_t characters = 0;
};

/// Walks over the words of a text. A single character before an apostrophe is no word: "l'ami" is the word "ami".
class WordReader {
 public:
  explicit WordReader(std::string_view text) noexcept : position_{text.data()}, end_{text.data() + text.size()} {}

  /// False at the end of the text.
  bool next(Word& word) noexcept {
    do {
      const char* first = position_;
      for (;; first = position_) {
        if (position_ == end_) return false;
        if (is_word_character(next_code_point(position_, end_))) break;
      }
      word.characters = 1;
      const char* last = position_;
      while (position_ != end_ && is_word_character(next_code_point(position_, end_))) {
        last = position_;
        ++word.characters;
      }
      word.text = {first, static_cast<std::size_t>(last - first)};
    } while (word.characters == 1 && precedes_apostrophe(word));
    return true;
  }

 private:
  bool precedes_apostrophe(const Word& word) const noexcept {
    const char* const after = word.text.data() + word.text.size();
    return after != end_ && *after == '\'';
  }

  const char* position_;
  const char* end_;
};

/// The words that InnoDB leaves out of an index unless it is told otherwise.
inline constexpr std::array<std::string_view, 35> stop_words{
    "a",    "about", "an",  "are", "as",   "at",   "be",    "by",  "com",  "de",   "en",   "for",
    "from", "how",   "i",   "in",  "is",   "it",   "la",    "of",  "on",   "or",   "that", "the",
    "this", "to",    "und", "was", "what", "when", "where", "who", "will", "with", "www"};

/// Case does not count, but an accent makes another word. U+0130 is a capital i.
inline bool is_stop_word(const Word& word) noexcept {
  std::array<char, 5> lower{};
  if (word.characters > lower.size()) return false;
  const char* position = word.text.data();
  for (std::size_t i = 0; i < word.characters; ++i) {
    const char32_t point = next_code_point(position, word.text.data() + word.text.size());
    if (point >= 0x80 && point != 0x130) return false;
    const char32_t letter = point == 0x130 ? 'i' : point >= 'A' && point <= 'Z' ? point + ('a' - 'A') : point;
    lower[i] = static_cast<char>(letter);
  }
  return std::binary_search(stop_words.begin(), stop_words.end(), std::string_view{lower.data(), word.characters});
}

inline constexpr std::size_t shortest_word = 3;
inline constexpr std::size_t longest_word = 84;

/// Whether an index holds the word.
inline bool is_indexed(const Word& word) noexcept {
  return word.characters >= shortest_word && word.characters <= longest_word && !is_stop_word(word);
}

}  // namespace detail

/// Calls visit(token, position) for every word of `text` that an index holds: the word folded (see `fold`, valid during
/// the call), and its number among all words of the text, those that no index holds included.
template <class Visit>
void for_each_token(std::string_view text, Visit visit) {
  detail::WordReader reader{text};
  detail::Word word;
  std::string token;
  for (std::size_t position = 0; reader.next(word); ++position) {
    if (!detail::is_indexed(word)) continue;
    token.clear();
    detail::append_folded(token, word.text);
    visit(std::string_view{token}, position);
  }
}

/// What a user typed into a search box, read as an Appwrite server reads it.
///
/// A text matches if it has one of the words typed; the last may also be only the beginning of a word. If quotation
/// marks enclose everything, the words must follow each other in the text, whole. Case and accents fold, and other
/// characters only part words: there are no operators. A word that no index holds, being a stop word or shorter than 3
/// characters, finds nothing, except as the beginning of another. A query without words matches nothing.
class SearchQuery {
 public:
  struct Word {
    std::string folded;
    /// Whether words that only begin so match, too.
    bool prefix = false;
    /// Whether an index can hold the word itself.
    bool indexed = true;
  };

  explicit SearchQuery(std::string_view typed) {
    const bool quoted = typed.starts_with('"') && typed.ends_with('"');
    const std::string cleaned = clean(typed);
    if (cleaned == "0") return;  // the server takes a lone zero for an empty query
    if (quoted) {
      read_phrase(cleaned);
    } else {
      read_words(cleaned);
    }
  }

  /// One of these is enough, unless phrase().
  const std::vector<Word>& words() const noexcept { return words_; }
  /// Whether the words must follow each other; the first one is then indexed.
  bool phrase() const noexcept { return phrase_; }
  /// Whether InvertedIndex::find gives the matching rows and no others. If not, it gives candidates: ask `matches`.
  bool exact() const noexcept { return !phrase_ || words_.size() < 2; }

  /// Takes time in proportion to the text and no memory.
  bool matches(std::string_view text) const noexcept {
    if (words_.empty()) return false;
    detail::WordReader reader{text};
    for (detail::Word word; reader.next(word);) {
      if (!detail::is_indexed(word)) continue;
      if (phrase_ ? begins_phrase(word, reader) : is_sought(word)) return true;
    }
    return false;
  }

 private:
  /// Without the characters that mean something to the server; one space for each run of white space, none at the ends.
  static std::string clean(std::string_view typed) {
    std::string cleaned;
    for (const char byte : typed) {
      if (std::string_view{"@+-*()<>~\" \t\n\v\f\r"}.find(byte) == std::string_view::npos) {
        cleaned += byte;
      } else if (!cleaned.empty() && cleaned.back() != ' ') {
        cleaned += ' ';
      }
    }
    if (cleaned.ends_with(' ')) cleaned.pop_back();
    return cleaned;
  }

  // Leading words that no index holds are not asked for; further on every word counts.
  void read_phrase(std::string_view cleaned) {
    phrase_ = true;
    detail::WordReader reader{cleaned};
    for (detail::Word word; reader.next(word);) {
      const bool indexed = detail::is_indexed(word);
      if (indexed || !words_.empty()) words_.push_back({fold(word.text), false, indexed});
    }
  }

  // A term may hold several words ("john.doe"): after the first, the short ones are dropped. The last word of the last
  // term becomes a prefix; a last term without words takes that from the others.
  void read_words(std::string_view cleaned) {
    std::size_t of_last_term = 0;
    while (!cleaned.empty()) {
      const std::size_t size = std::min(cleaned.find_first_of(" %"), cleaned.size());
      if (size != 0) of_last_term = read_term(cleaned.substr(0, size));
      cleaned.remove_prefix(std::min(size + 1, cleaned.size()));
    }
    if (of_last_term != 0) words_.back().prefix = true;
  }

  /// How many words it added.
  std::size_t read_term(std::string_view term) {
    std::size_t added = 0;
    detail::WordReader reader{term};
    for (detail::Word word; reader.next(word);) {
      if (word.characters > detail::longest_word || (added != 0 && word.characters < detail::shortest_word)) continue;
      words_.push_back({fold(word.text), false, detail::is_indexed(word)});
      ++added;
    }
    return added;
  }

  static bool matches(const Word& sought, const detail::Word& word) noexcept {
    WeightReader reader{word.text};
    return detail::consume(reader, sought.folded) && (sought.prefix || reader.done());
  }

  bool is_sought(const detail::Word& word) const noexcept {
    return std::any_of(words_.begin(), words_.end(), [&](const Word& sought) { return matches(sought, word); });
  }

  /// Whether the phrase begins with `word`; `rest` is what follows.
  bool begins_phrase(const detail::Word& word, detail::WordReader rest) const noexcept {
    if (!matches(words_.front(), word)) return false;
    detail::Word next;
    return std::all_of(words_.begin() + 1, words_.end(), [&](const Word& sought) {
      return rest.next(next) && matches(sought, next) && (!sought.indexed || detail::is_indexed(next));
    });
  }

  std::vector<Word> words_;
  bool phrase_ = false;
};

/// Which rows hold which words. Rows are numbers that the caller gives out; adding them in ascending order is fastest.
/// The text given on removal must be the one given on adding. Not synchronised.
class InvertedIndex {
 public:
  void add(std::uint32_t row, std::string_view text) {
    for_each_token(text, [&](std::string_view token, std::size_t) {
      auto entry = rows_by_word_.lower_bound(token);
      if (entry == rows_by_word_.end() || entry->first != token) {
        entry = rows_by_word_.emplace_hint(entry, std::string{token}, PostingList{});
      }
      entry->second.add(row);
    });
  }

  void remove(std::uint32_t row, std::string_view text) {
    for_each_token(text, [&](std::string_view token, std::size_t) {
      const auto entry = rows_by_word_.find(token);
      if (entry == rows_by_word_.end()) return;
      entry->second.remove(row);
      if (entry->second.empty()) rows_by_word_.erase(entry);
    });
  }

  /// Calls visit(word, rows) for every word, ascending: to write the index out.
  template <class Visit>
  void for_each_word(Visit visit) const {
    for (const auto& [word, rows] : rows_by_word_) visit(std::string_view{word}, rows);
  }
  /// The rows of a word that sorts behind all others: to read an index back.
  PostingList& append_word(std::string_view word) {
    return rows_by_word_.emplace_hint(rows_by_word_.end(), std::string{word}, PostingList{})->second;
  }

  /// The rows that match, ascending. Unless query.exact(), some of them may not match: see SearchQuery::matches.
  std::vector<std::uint32_t> find(const SearchQuery& query) const {
    return query.phrase() ? rows_with_all(query.words()) : rows_with_any(query.words());
  }

 private:
  using Lists = std::vector<const PostingList*>;

  std::vector<std::uint32_t> rows_with_any(const std::vector<SearchQuery::Word>& words) const {
    Lists lists;
    for (const SearchQuery::Word& word : words) {
      auto entry = rows_by_word_.lower_bound(word.folded);
      for (; entry != rows_by_word_.end(); ++entry) {
        if (word.prefix ? !entry->first.starts_with(word.folded) : entry->first != word.folded) break;
        lists.push_back(&entry->second);
      }
    }
    std::sort(lists.begin(), lists.end());
    lists.erase(std::unique(lists.begin(), lists.end()), lists.end());
    return united(lists);
  }

  static std::vector<std::uint32_t> united(const Lists& lists) {
    std::vector<std::uint32_t> rows;
    std::size_t count = 0;
    std::uint32_t last = 0;
    for (const PostingList* list : lists) {
      count += list->size();
      last = std::max(last, list->last());
    }
    if (lists.size() > 1 && count > last / 64) {  // many rows: cheaper to mark than to sort
      std::vector<bool> marked(std::size_t{last} + 1);
      for (const PostingList* list : lists) list->for_each([&](std::uint32_t row) { marked[row] = true; });
      for (std::size_t row = 0; row <= last; ++row) {
        if (marked[row]) rows.push_back(static_cast<std::uint32_t>(row));
      }
      return rows;
    }
    rows.reserve(count);
    for (const PostingList* list : lists) list->for_each([&](std::uint32_t row) { rows.push_back(row); });
    if (lists.size() > 1) {
      std::sort(rows.begin(), rows.end());
      rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    }
    return rows;
  }

  std::vector<std::uint32_t> rows_with_all(const std::vector<SearchQuery::Word>& words) const {
    Lists lists;
    for (const SearchQuery::Word& word : words) {
      if (!word.indexed) continue;
      const auto entry = rows_by_word_.find(word.folded);
      if (entry == rows_by_word_.end()) return {};
      lists.push_back(&entry->second);
    }
    std::sort(lists.begin(), lists.end(), [](const auto* a, const auto* b) { return a->size() < b->size(); });
    std::vector<std::uint32_t> rows;
    for (std::size_t i = 0; i < lists.size(); ++i) {
      if (i == 0) {
        lists[i]->for_each([&](std::uint32_t row) { rows.push_back(row); });
        continue;
      }
      auto wanted = rows.begin();
      auto kept = rows.begin();
      lists[i]->for_each([&](std::uint32_t row) {
        while (wanted != rows.end() && *wanted < row) ++wanted;
        if (wanted != rows.end() && *wanted == row) *kept++ = *wanted++;
      });
      rows.erase(kept, rows.end());
    }
    return rows;
  }

  std::map<std::string, PostingList, std::less<>> rows_by_word_;
};

}  // namespace reel::text

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

/// Full-text search as an Appwrite server on MariaDB does it: the words of InnoDB's full-text parser, its stop words
/// and limits of length, and Appwrite's treatment of what the user typed.
///
///     text     "The Café in Paris, 1950"
///     words    the 0, café 1, in 2, paris 3, 1950 4
///     tokens   CAFE 1, PARIS 3, 1950 4       folded; stop words and words of less than 3 characters have none
///     index    token -> rows                 InvertedIndex, with one PostingList for each token
///     query    cafe par                      the word CAFE, or a word that starts with PAR
namespace reel::text {

/// Whether a character is part of a word for InnoDB: letters, digits, combining marks and the underscore.
constexpr bool is_word_character(char32_t point) noexcept {
  if (point > 0xFFFF) return false;
  return (detail::word_pages[detail::word_page_numbers[point >> 8]][point >> 6 & 3] >> (point & 63) & 1) != 0;
}

namespace detail {

/// A word of a string.
struct Word {
  /// The bytes of the word, within the string it was read from.
  std::string_view text;
  /// The number of its code points.
  std::size_t characters = 0;
};

/// Reads the words of a string one after the other. A single character before an apostrophe is not a word: "l'ami" has
/// the word "ami".
class WordReader {
 public:
  /// Starts at the beginning of `text`, which must outlive the reader and its words.
  explicit WordReader(std::string_view text) noexcept : position_{text.data()}, end_{text.data() + text.size()} {}

  /// Reads the next word; false at the end of the string.
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

/// The default stop words of InnoDB (INFORMATION_SCHEMA.INNODB_FT_DEFAULT_STOPWORD), sorted.
inline constexpr std::array<std::string_view, 35> stop_words{
    "a",    "about", "an",  "are", "as",   "at",   "be",    "by",  "com",  "de",   "en",   "for",
    "from", "how",   "i",   "in",  "is",   "it",   "la",    "of",  "on",   "or",   "that", "the",
    "this", "to",    "und", "was", "what", "when", "where", "who", "will", "with", "www"};

/// Whether a word is a stop word. Case does not count, but an accent makes another word. U+0130 counts as a capital i.
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

/// Characters of the shortest indexed word: the default of innodb_ft_min_token_size.
inline constexpr std::size_t shortest_word = 3;
/// Characters of the longest indexed word: the default of innodb_ft_max_token_size.
inline constexpr std::size_t longest_word = 84;

/// Whether an index contains the word.
inline bool is_indexed(const Word& word) noexcept {
  return word.characters >= shortest_word && word.characters <= longest_word && !is_stop_word(word);
}

}  // namespace detail

/// Calls `visit(token, position)` for every word of `text` that an index contains. `token`: the folded word (see
/// `fold`), valid during the call. `position`: the number of the word among all words, those that are not indexed
/// included.
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

/// The string that a user typed into a search box, interpreted as an Appwrite server does.
///
/// A string matches if it contains one of the typed words; the last typed word also matches as the beginning of a word.
/// If the whole input is enclosed in quotation marks, its words must occur one after the other, each of them whole.
/// Case and accents are folded. All other characters separate words; operators are not supported. A word that an index
/// does not contain, because it is a stop word or too short, matches nothing except as the beginning of another word.
/// An input without words matches nothing.
class SearchQuery {
 public:
  /// A typed word.
  struct Word {
    /// The folded word.
    std::string folded;
    /// Whether it also matches words that start with it.
    bool prefix = false;
    /// Whether an index can contain the word itself.
    bool indexed = true;
  };

  /// Parses the input of a user.
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

  /// The words. One of them suffices, unless `phrase()`.
  const std::vector<Word>& words() const noexcept { return words_; }
  /// Whether the words must occur one after the other. The first one is then indexed.
  bool phrase() const noexcept { return phrase_; }
  /// Whether `InvertedIndex::find` returns exactly the matching rows. Otherwise it returns candidates, which the caller
  /// checks with `matches`.
  bool exact() const noexcept { return !phrase_ || words_.size() < 2; }

  /// Whether a string matches. Time proportional to its length; allocates nothing.
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
  /// Removes the characters that are operators for the server, and reduces white space to single spaces between words.
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

  // Leading words that are not indexed do not count; later ones do.
  void read_phrase(std::string_view cleaned) {
    phrase_ = true;
    detail::WordReader reader{cleaned};
    for (detail::Word word; reader.next(word);) {
      const bool indexed = detail::is_indexed(word);
      if (indexed || !words_.empty()) words_.push_back({fold(word.text), false, indexed});
    }
  }

  // A term may contain several words ("john.doe"): after the first one, short words are dropped. The last word of the
  // last term becomes a prefix; if the last term has no words, no word does.
  void read_words(std::string_view cleaned) {
    std::size_t of_last_term = 0;
    while (!cleaned.empty()) {
      const std::size_t size = std::min(cleaned.find_first_of(" %"), cleaned.size());
      if (size != 0) of_last_term = read_term(cleaned.substr(0, size));
      cleaned.remove_prefix(std::min(size + 1, cleaned.size()));
    }
    if (of_last_term != 0) words_.back().prefix = true;
  }

  /// Adds the words of a term and returns their number.
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

  /// Whether the phrase begins with `word`. `rest`: the words after it.
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

/// An index from words to the rows that contain them. The caller assigns the row numbers; adding them in ascending
/// order is fastest. Not synchronised: many threads may read, or one may write.
class InvertedIndex {
 public:
  /// Adds the words of a row's text. Time proportional to its length times the logarithm of the number of words.
  void add(std::uint32_t row, std::string_view text) {
    for_each_token(text, [&](std::string_view token, std::size_t) {
      auto entry = rows_by_word_.lower_bound(token);
      if (entry == rows_by_word_.end() || entry->first != token) {
        entry = rows_by_word_.emplace_hint(entry, std::string{token}, PostingList{});
      }
      entry->second.add(row);
    });
  }

  /// Removes the words of a row. `text` must be the string that was added.
  void remove(std::uint32_t row, std::string_view text) {
    for_each_token(text, [&](std::string_view token, std::size_t) {
      const auto entry = rows_by_word_.find(token);
      if (entry == rows_by_word_.end()) return;
      entry->second.remove(row);
      if (entry->second.empty()) rows_by_word_.erase(entry);
    });
  }

  /// Calls `visit(word, rows)` for every word in ascending order, to save the index.
  template <class Visit>
  void for_each_word(Visit visit) const {
    for (const auto& [word, rows] : rows_by_word_) visit(std::string_view{word}, rows);
  }
  /// The rows of a new word that sorts after all others, to load the index.
  PostingList& append_word(std::string_view word) {
    return rows_by_word_.emplace_hint(rows_by_word_.end(), std::string{word}, PostingList{})->second;
  }

  /// The rows that match, ascending. Unless `query.exact()`, these are candidates, which the caller checks with
  /// `SearchQuery::matches`.
  std::vector<std::uint32_t> find(const SearchQuery& query) const {
    return query.phrase() ? rows_with_all(query.words()) : rows_with_any(query.words());
  }

 private:
  using Lists = std::vector<const PostingList*>;

  /// The rows with at least one of the words.
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

  /// The union of the lists. Many rows are marked in a bit vector, few are sorted.
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

  /// The rows with all indexed words. Starts with the shortest list and intersects it with the others.
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

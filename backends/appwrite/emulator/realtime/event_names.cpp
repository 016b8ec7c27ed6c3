#include <emulator/realtime/event_names.hpp>

#include <algorithm>
#include <array>
#include <span>

namespace reel::emulator {
namespace {

using Strings = std::vector<std::string>;

/// Which ids of a name are kept; `*` replaces the others. The order is the server's.
struct Mask {
  bool first = true;
  bool second = true;
  bool third = true;
};
constexpr std::array<Mask, 8> masks_of_collections{{{true, true, true},
                                                    {false, false, false},
                                                    {true, false, true},
                                                    {false, false, true},
                                                    {false, true, true},
                                                    {true, true, false},
                                                    {false, true, false},
                                                    {true, false, false}}};
constexpr std::array<Mask, 8> masks_of_tables{{{true, true, true},
                                               {false, false, false},
                                               {false, true, true},
                                               {true, false, true},
                                               {false, false, true},
                                               {true, true, false},
                                               {false, true, false},
                                               {true, false, false}}};
constexpr std::array<Mask, 4> short_masks_of_collections{{{true, true}, {false, false}, {true, false}, {false, true}}};
constexpr std::array<Mask, 4> short_masks_of_tables{{{true, true}, {false, false}, {false, true}, {true, false}}};

/// The fixed words of a name: `databases`, `collections`, `documents`.
struct Words {
  std::string_view root;
  std::string_view container;
  std::string_view content;
};
constexpr Words legacy_words{"databases", "collections", "documents"};
constexpr Words table_words{"databases", "tables", "rows"};
constexpr Words tablesdb_words{"tablesdb", "tables", "rows"};

void add_once(Strings& list, std::string text) {
  if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(std::move(text));
}

std::string shown(bool kept, std::string_view id) { return std::string{kept ? id : std::string_view{"*"}}; }

std::string long_name(const Words& words, const DocumentPath& path, Mask mask, std::string_view action) {
  std::string name = std::string{words.root} + "." + shown(mask.first, path.database) + "." +
                     std::string{words.container} + "." + shown(mask.second, path.collection) + "." +
                     std::string{words.content} + "." + shown(mask.third, path.document);
  if (!action.empty()) name += "." + std::string{action};
  return name;
}

std::string short_name(const Words& words, const DocumentPath& path, Mask mask) {
  return std::string{words.root} + "." + shown(mask.first, path.database) + "." + std::string{words.container} + "." +
         shown(mask.second, path.collection);
}

/// The words in which every name appears, in order.
std::vector<Words> vocabularies(EventWords words, bool in_tablesdb, Version version) {
  if (version < Version{1, 8, 0}) return {legacy_words};
  if (version >= Version{1, 9, 0} && in_tablesdb) return {tablesdb_words, legacy_words, table_words};
  if (words == EventWords::collections) return {legacy_words, table_words};
  if (version >= Version{1, 9, 5}) return {table_words, legacy_words};
  return {table_words};
}

std::string dotted(std::string_view first, std::string_view second) {
  return std::string{first} + "." + std::string{second};
}

/// Adds the channels of all contents, of those of one container, and of one content.
void add_document_channels(Strings& channels, const Words& words, const DocumentPath& path) {
  const std::string all = std::string{words.root} + "." + path.database + "." + std::string{words.container} + "." +
                          path.collection + "." + std::string{words.content};
  add_once(channels, std::string{words.content});
  add_once(channels, all);
  add_once(channels, dotted(all, path.document));
}

/// From 1.9.5 on each channel exists with a trailing action, too.
Strings with_actions(Strings channels, std::string_view action, Version version) {
  if (version < Version{1, 9, 5}) return channels;
  const std::size_t plain = channels.size();
  for (std::size_t i = 0; i < plain; ++i) add_once(channels, dotted(channels[i], action));
  return channels;
}

}  // namespace

Strings document_event_names(const DocumentPath& path, std::string_view action, EventWords words, bool in_tablesdb,
                             Version version) {
  const std::vector<Words> all = vocabularies(words, in_tablesdb, version);
  const bool tables = words == EventWords::tables;
  const std::span<const Mask> long_masks{tables ? masks_of_tables : masks_of_collections};
  const std::span<const Mask> short_masks{tables ? short_masks_of_tables : short_masks_of_collections};
  Strings names;
  for (const std::string_view ending : {action, std::string_view{}}) {
    for (const Mask& mask : long_masks) {
      for (const Words& each : all) add_once(names, long_name(each, path, mask, ending));
    }
  }
  for (const Mask& mask : short_masks) {
    for (const Words& each : all) add_once(names, short_name(each, path, mask));
  }
  for (const std::string& id : {path.database, std::string{"*"}}) {
    for (const Words& each : all) add_once(names, dotted(each.root, id));
  }
  return names;
}

Strings document_channels(const DocumentPath& path, std::string_view action, Version version) {
  Strings channels;
  if (version >= Version{1, 9, 0}) {
    if (path.collection.empty()) return channels;
    for (const Words& words : {legacy_words, table_words, tablesdb_words}) add_document_channels(channels, words, path);
    return with_actions(std::move(channels), action, version);
  }
  if (version >= Version{1, 8, 0}) add_document_channels(channels, table_words, path);
  add_document_channels(channels, legacy_words, path);
  return channels;
}

Strings file_event_names(std::string_view bucket, std::string_view file, std::string_view action) {
  Strings names;
  for (const std::string_view ending : {action, std::string_view{}}) {
    for (const Mask& mask : short_masks_of_collections) {
      std::string name = dotted("buckets", shown(mask.first, bucket)) + ".files." + shown(mask.second, file);
      if (!ending.empty()) name = dotted(name, ending);
      add_once(names, std::move(name));
    }
  }
  add_once(names, dotted("buckets", bucket));
  add_once(names, "buckets.*");
  return names;
}

Strings file_channels(std::string_view bucket, std::string_view file, std::string_view action, Version version) {
  const std::string all = dotted("buckets", bucket) + ".files";
  return with_actions({"files", all, dotted(all, file)}, action, version);
}

}  // namespace reel::emulator

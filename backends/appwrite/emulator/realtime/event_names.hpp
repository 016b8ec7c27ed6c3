#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <emulator/server/version.hpp>

namespace reel::emulator {

/// The words in which a route declares its events: `collections.C.documents.ID` or `tables.C.rows.ID`.
enum class EventWords { collections, tables };

/// The position of a document or row.
struct DocumentPath {
  std::string database;
  std::string collection;  ///< Empty in the channels of increments up to 1.8, whose payload does not contain it.
  std::string document;
};

/// Names of the event `action` (`create`, `update`, `upsert` or `delete`) of a document, the most specific first.
/// `in_tablesdb`: whether the database was created under `/tablesdb`, which matters from 1.9 on.
///
///     up to 1.7   22 names in the words of collections
///     1.8         42: each name in the words of collections is followed by its twin in those of tables; a route in the
///                 words of tables has only these
///     1.9         64 for a database of `/tablesdb`: `tablesdb.…tables`, `databases.…collections`, `databases.…tables`
std::vector<std::string> document_event_names(const DocumentPath& path, std::string_view action, EventWords words,
                                              bool in_tablesdb, Version version);
/// Channels of an event of a document.
std::vector<std::string> document_channels(const DocumentPath& path, std::string_view action, Version version);

/// Names and channels of an event of a file.
std::vector<std::string> file_event_names(std::string_view bucket, std::string_view file, std::string_view action);
std::vector<std::string> file_channels(std::string_view bucket, std::string_view file, std::string_view action,
                                       Version version);

}  // namespace reel::emulator

#pragma once

#include <string>

#include "json.hpp"

namespace tool {

/// A file for the report of a command. The last report stays until `write` replaces it in one step.
class ReportFile {
 public:
  /// Throws if the file cannot be written, before the command does anything. `path`: empty for no report.
  explicit ReportFile(std::string path);

  /// Replaces the file.
  void write(const Json& report) const;

 private:
  std::string path_;
};

}  // namespace tool

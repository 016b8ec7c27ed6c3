#include "report_file.hpp"

#include <filesystem>
#include <span>
#include <sstream>
#include <system_error>
#include <utility>

#include <reel/driver/file/output_file.hpp>
#include <reel/error.hpp>

namespace tool {
namespace {

/// Calls `body`, and adds to its error that it concerns the report.
template <class F>
void on_report(const std::string& path, F&& body) {
  try {
    body();
  } catch (const reel::Error& error) {
    const std::size_t colon = error.reason().find("': ");
    const std::string why = colon == std::string::npos ? error.reason() : error.reason().substr(colon + 3);
    throw reel::Error(error.code(), "cannot write the report '" + path + "': " + why);
  }
}

}  // namespace

ReportFile::ReportFile(std::string path) : path_(std::move(path)) {
  std::error_code unknown;
  const std::filesystem::file_status found = std::filesystem::status(path_, unknown);
  const bool is_stream = std::filesystem::is_fifo(found) || std::filesystem::is_character_file(found);
  if (!path_.empty() && !is_stream) on_report(path_, [&] { const reel::driver::OutputFile file(path_); });
}

void ReportFile::write(const Json& report) const {
  if (path_.empty()) return;
  std::ostringstream text;
  write_json(text, report);
  on_report(path_, [&] {
    reel::driver::OutputFile file(path_);
    file.write(std::as_bytes(std::span(text.view())));
    file.commit();
  });
}

}  // namespace tool

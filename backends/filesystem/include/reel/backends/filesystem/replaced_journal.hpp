#pragma once

#include <fcntl.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <reel/backends/filesystem/file.hpp>
#include <reel/json/reader.hpp>
#include <reel/json/sealed_line.hpp>
#include <reel/json/writer.hpp>

namespace reel::filesystem {

/// The journal that a compaction replaced. The file `records.previous` names it, for watches that follow the history
/// from one journal to the next. It may be missing at any time:
///
///     {"journal":"6b0b312f29690a236fcc","replaces":"6b0b2f1c55ab90e3d1f2","end":3450,"crc":"06ff8d15"}
///
///     journal    the journal that replaced it. A line that names another one means nothing: the writer was killed
///     replaces   the name of the replaced journal
///     end        the offset after the last committed line in it
struct ReplacedJournal {
  std::string journal{};  ///< its name
  std::int64_t end = 0;   ///< the offset after its last committed line

  /// The journal that `successor` has replaced in `folder`, if that is known.
  [[nodiscard]] static std::optional<ReplacedJournal> read(FileCalls& calls, const std::string& folder,
                                                           const std::string& successor) {
    const auto text = read_file(calls, folder + "/records.previous");
    if (!text || !text->ends_with('\n')) return std::nullopt;
    const auto body = json::unseal(std::string_view(*text).substr(0, text->size() - 1));
    json::Reader in(body ? *body : std::string_view{});
    std::string named;
    ReplacedJournal replaced;
    const bool whole = in.take(R"({"journal":)") && in.string(named) && in.take(R"(,"replaces":)") &&
                       in.string(replaced.journal) && in.take(R"(,"end":)") && in.number(replaced.end) && in.done();
    return whole && named == successor ? std::optional{std::move(replaced)} : std::nullopt;
  }

  /// Writes the file, before `successor` gets its name. A failure costs later watches their history, nothing else, and
  /// is ignored.
  void write(FileCalls& calls, const std::string& folder, const std::string& successor) const {
    std::string line = R"({"journal":)";
    json::append_string(line, successor);
    line += R"(,"replaces":)";
    json::append_string(line, journal);
    line += R"(,"end":)";
    json::append_number(line, end);
    json::seal(line, 0);
    try {
      File(calls, folder + "/records.previous", O_WRONLY | O_CREAT | O_TRUNC).write_at(line, 0);
    } catch (const Error&) {  // see above
    }
  }
};

}  // namespace reel::filesystem

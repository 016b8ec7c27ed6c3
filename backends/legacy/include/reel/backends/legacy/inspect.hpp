#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/legacy/load.hpp>
#include <reel/backends/legacy/model.hpp>

namespace reel::legacy {

/// Whether a file is kept and is text, by the extension of its name.
inline bool is_text(const TreeFile& file) {
  if (file.type != EntryType::regular || !file.readable) return false;
  if (file.role == Role::cache || file.role == Role::store || file.role == Role::foreign) return false;
  for (const std::string_view extension : {".txt", ".py", ".log", ".json", ".srt", ".vtt", ".ass", ".md"})
    if (file.path.ends_with(extension)) return true;
  return false;
}

/// Reads every text file once and reports encoding, line ends, terminal frames in logs, and files that cannot be read.
/// Line ends that differ between the files of a topic are reported for its folder.
///
/// For `ReadOptions::inspect_texts`. Holds one file in memory at a time.
inline void inspect_texts(Tree& tree) {
  struct LineEnds {
    bool crlf = false;
    bool lf = false;
  };
  std::vector<LineEnds> by_topic(tree.topics.size());
  const auto report = [&](Code code, const std::string& path, const char* message) {
    tree.diagnostics.emplace_back(code, path, message);
  };
  for (const TreeFile& file : tree.files) {
    if (!is_text(file)) continue;
    Bytes bytes = load_bytes(tree, file);
    if (bytes.problem) {
      tree.diagnostics.push_back(*std::move(bytes.problem));
      continue;
    }
    const Text text = decode(bytes.data);
    if (text.encoding == Encoding::cp1252) report(Code::cp1252_text, file.path, "not UTF-8, read as cp1252");
    if (text.byte_order_mark) report(Code::byte_order_mark, file.path, "starts with a byte order mark");
    if (text.mixed_line_ends()) report(Code::mixed_line_ends, file.path, "lines end in LF and in CR LF");
    if (text.rich_frames && file.path.ends_with(".log"))
      report(Code::rich_frames, file.path, "contains terminal frames or color codes");
    if (!file.topic) continue;
    if (text.crlf > 0) by_topic[*file.topic].crlf = true;
    if (text.lf > 0) by_topic[*file.topic].lf = true;
  }
  for (std::size_t i = 0; i < by_topic.size(); ++i)
    if (by_topic[i].crlf && by_topic[i].lf)
      report(Code::mixed_line_ends, tree.topics[i].folder, "lines end in LF and in CR LF below this folder");
}

}  // namespace reel::legacy

#include "transfer_line.hpp"

#include <cstdint>
#include <iostream>
#include <utility>

#include "terminal.hpp"
#include "text.hpp"

namespace tool {

std::string transfer_text(const reel::Progress& progress) {
  std::string text = size_text(progress.done);
  if (progress.total) text += " of " + size_text(*progress.total);
  if (progress.rate > 0) text += ", " + size_text(static_cast<std::int64_t>(progress.rate)) + "/s";
  if (!progress.left) return text;
  const std::int64_t seconds = std::chrono::ceil<std::chrono::seconds>(*progress.left).count();
  if (seconds < 60) return text + ", " + std::to_string(seconds) + " s left";
  return text + ", " + std::to_string((seconds + 59) / 60) + " min left";
}

TransferLine::TransferLine(std::string what) : what_(std::move(what)), terminal_(is_terminal(Stream::error)) {}

TransferLine::~TransferLine() {
  if (terminal_) show_in_place("");
}

void TransferLine::show(const reel::Progress& progress) {
  using namespace std::chrono_literals;
  const Clock::time_point now = Clock::now();
  if (!terminal_ || now - shown_ < 100ms) return;
  shown_ = now;
  show_in_place(cut(printable(what_) + ": " + transfer_text(progress), terminal_columns(Stream::error) - 1));
}

}  // namespace tool

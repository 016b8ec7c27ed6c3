#include "progress.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <utility>

#include "terminal.hpp"
#include "text.hpp"

namespace tool {
ProgressLine::ProgressLine(std::string verb, Count count)
    : verb_(std::move(verb)), count_(std::move(count)), terminal_(is_terminal(Stream::error)) {}

ProgressLine::~ProgressLine() {
  if (terminal_) show_in_place("");
}

void ProgressLine::show(const reel::MigrationProgress& progress) {
  using namespace std::chrono_literals;
  rate_.update(progress);
  const Clock::time_point now = Clock::now();
  const bool another = !(progress.kind == kind_);
  if (another) {
    kind_ = progress.kind;
    total_ = progress.total || !count_ ? progress.total : count_(kind_);
  }
  const bool finished = total_ == progress.done;
  const bool due = now - shown_ >= (terminal_ ? Clock::duration(100ms) : 5s);
  const bool waits = !progress.waits_for.empty();
  if (!waits && (total_ == 0 || !(another || due || (terminal_ && finished)))) return;
  shown_ = now;
  if (terminal_) return draw(progress);
  if (waits) std::cerr << verb_ << ' ' << kind_.str() << ": waiting: " << printable(progress.waits_for) << std::endl;
  if (waits) return;
  std::cerr << verb_ << ' ' << kind_.str() << ": ";
  if (another && total_) std::cerr << counted(*total_, kind_.bucket ? "file" : "record") << std::endl;
  if (!another || !total_) std::cerr << amount(progress) << std::endl;
}

std::string ProgressLine::amount(const reel::MigrationProgress& progress) const {
  std::string text = std::to_string(progress.done);
  if (total_) text += " of " + std::to_string(*total_);
  if (progress.bytes > 0) text += ", " + size_text(progress.bytes);
  return text;
}

std::string ProgressLine::overall(const reel::MigrationProgress& progress) const {
  const auto whole = [](double number) { return static_cast<std::int64_t>(number); };
  std::string text = std::to_string(whole(progress.share * 100)) + " %, " + std::to_string(progress.all_done) + " of " +
                     std::to_string(progress.all_total);
  if (rate_.bytes_per_second() >= 1) text += ", " + size_text(whole(rate_.bytes_per_second())) + "/s";
  if (rate_.bytes_per_second() < 1 && rate_.items_per_second() >= 1)
    text += ", " + std::to_string(whole(rate_.items_per_second())) + "/s";
  if (!rate_.left()) return text;
  const std::int64_t seconds = rate_.left()->count();
  return text + ", " + (seconds < 60 ? std::to_string(seconds) + " s" : std::to_string((seconds + 59) / 60) + " min") +
         " left";
}

void ProgressLine::draw(const reel::MigrationProgress& progress) const {
  constexpr std::size_t longest = 40, shortest = 10;
  const bool is_overall = progress.all_total > 0;
  const std::string head = verb_ + ' ' + (is_overall ? kind_.id : kind_.str()) + ' ';
  const std::string waiting = progress.waits_for.empty() ? "" : ", waiting: " + printable(progress.waits_for);
  const std::string tail = ' ' + (is_overall ? overall(progress) : amount(progress)) + waiting.substr(0, 60);
  const std::size_t columns = terminal_columns(Stream::error);
  std::string bar;
  const bool has_share = is_overall || (total_ && *total_ > 0);
  if (has_share && head.size() + tail.size() + shortest + 3 < columns) {
    const std::size_t length = std::min(longest, columns - head.size() - tail.size() - 3);
    const double share = is_overall
                             ? progress.share
                             : static_cast<double>(std::min(progress.done, *total_)) / static_cast<double>(*total_);
    const auto full = static_cast<std::size_t>(share * static_cast<double>(length));
    bar = '[' + std::string(full, '#') + std::string(length - full, '.') + ']';
  }
  show_in_place(cut(head + bar + tail, columns - 1));
}

}  // namespace tool

#include "feed.hpp"

#include <utility>

#include <reel/id.hpp>
#include <reel/text/whole_number.hpp>

namespace tool::web {

Feed::Feed() : run_(reel::make_id()) {}

void Feed::publish(std::string_view name, const Json& data) {
  std::function<void()> call;
  {
    const std::lock_guard lock(mutex_);
    ++position_;
    events_.push_back("id: " + id_of(position_) + "\nevent: " + std::string(name) +
                      "\ndata: " + data.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n\n");
    if (events_.size() > kept) events_.pop_front();
    call = call_;
  }
  if (call) call();
}

std::uint64_t Feed::position() const {
  const std::lock_guard lock(mutex_);
  return position_;
}

std::optional<std::uint64_t> Feed::position_of(std::string_view id) const {
  const std::lock_guard lock(mutex_);
  if (id.empty()) return position_;
  const std::size_t dash = id.find('-');
  if (id.substr(0, dash) != run_ || dash == std::string_view::npos) return std::nullopt;
  const auto number = reel::text::whole_number<std::uint64_t>(id.substr(dash + 1));
  return number && has_after(*number) ? number : std::nullopt;
}

Feed::Part Feed::after(std::optional<std::uint64_t> position) const {
  const std::lock_guard lock(mutex_);
  Part part{.position = position_};
  if (!position || !has_after(*position)) {
    part.text = "id: " + id_of(position_) + "\nevent: reset\ndata: {}\n\n";
    return part;
  }
  const std::size_t count = static_cast<std::size_t>(position_ - *position);
  for (std::size_t i = events_.size() - count; i < events_.size(); ++i) part.text += events_[i];
  return part;
}

void Feed::on_publish(std::function<void()> call) {
  const std::lock_guard lock(mutex_);
  call_ = std::move(call);
}

bool Feed::has_after(std::uint64_t position) const {
  return position <= position_ && position_ - position <= events_.size();
}

std::string Feed::id_of(std::uint64_t number) const { return run_ + "-" + std::to_string(number); }

}  // namespace tool::web

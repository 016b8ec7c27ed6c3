#include <emulator/realtime/hub.hpp>

#include <algorithm>
#include <optional>

#include <emulator/server/app.hpp>
#include <emulator/server/knobs.hpp>
#include <emulator/values/time.hpp>

namespace reel::emulator {
namespace {

bool contains(const std::vector<std::string>& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

/// Whether the readers of the event include the role.
bool may_receive(const Event& event, const std::string& role) {
  return contains(event.readers, "any") || contains(event.readers, role);
}

bool may_receive(const Event& event, const Subscriber& subscriber) {
  return std::any_of(subscriber.roles.begin(), subscriber.roles.end(),
                     [&](const std::string& role) { return may_receive(event, role); });
}

/// The ids of the subscriptions that match.
std::vector<std::string> matching(const Subscriber& subscriber, const Event& event) {
  std::vector<std::string> ids;
  for (const Subscription& subscription : subscriber.subscriptions) {
    if (subscription.matches(event) && !contains(ids, subscription.id)) ids.push_back(subscription.id);
  }
  return ids;
}

bool listens_to(const Subscriber& subscriber, const std::string& channel) {
  return std::any_of(subscriber.subscriptions.begin(), subscriber.subscriptions.end(),
                     [&](const Subscription& one) { return contains(one.channels, channel); });
}

std::vector<std::string> channels_of(const Subscriber& subscriber) {
  std::vector<std::string> channels;
  for (const Subscription& one : subscriber.subscriptions) {
    channels.insert(channels.end(), one.channels.begin(), one.channels.end());
  }
  return channels;
}

bool has_bugs(const App& app) { return app.config().realtime_bugs && app.version() < Version{1, 9, 0}; }

}  // namespace

Hub::Number Hub::attach(Subscriber subscriber, const Frame& greeting, App& app) {
  const std::lock_guard lock{mutex_};
  const Number number = ++last_;
  Subscriber& added = subscribers_.emplace(number, std::move(subscriber)).first->second;
  added.outlet->send(greeting);
  apply_faults(added, channels_of(added), app);
  return number;
}

void Hub::detach(Number number) {
  const std::lock_guard lock{mutex_};
  subscribers_.erase(number);
  if (auto stays = stay_.extract(number)) left_behind_.merge(stays.mapped());
}

void Hub::authenticate(Number number, std::vector<std::string> roles, const std::string& user_id, const Frame& reply,
                       const App& app) {
  update(number, [&](Subscriber& subscriber) {
    if (has_bugs(app)) {
      for (const std::string& role : subscriber.roles) {
        if (contains(roles, role)) continue;
        for (std::string& channel : channels_of(subscriber)) stay_[number].emplace(role, std::move(channel));
        roles.push_back(role);
      }
    }
    subscriber.roles = std::move(roles);
    if (app.version() >= Version{1, 9, 0} && app.version() < Version{1, 9, 5}) return reply;
    for (Subscription& one : subscriber.subscriptions) {
      one.channels = convert_channels(Json(one.channels), user_id, app.version());
    }
    return reply;
  });
}

bool Hub::is_subscribed(const RoleChannel& subscription) const {
  const auto& [role, channel] = subscription;
  return left_behind_.contains(subscription) ||
         std::any_of(subscribers_.begin(), subscribers_.end(), [&](const auto& entry) {
           return contains(entry.second.roles, role) && listens_to(entry.second, channel);
         });
}

bool Hub::found_by_faulty_search(const Subscriber& subscriber, const Event& event) const {
  return std::any_of(subscriber.roles.begin(), subscriber.roles.end(), [&](const std::string& role) {
    if (!may_receive(event, role)) return false;
    const auto first = std::find_if(event.channels.begin(), event.channels.end(), [&](const std::string& channel) {
      return is_subscribed({role, channel});
    });
    return first != event.channels.end() && listens_to(subscriber, *first);
  });
}

void Hub::publish(const Event& event, App& app) {
  if (event.channels.empty() || event.readers.empty()) return;
  const std::lock_guard lock{mutex_};
  const std::string timestamp = write_time(current_time());
  const bool shows_subscriptions = app.version() >= Version{1, 9, 0};
  Frame shared;
  for (auto& [number, subscriber] : subscribers_) {
    if (!may_receive(event, subscriber)) continue;
    const std::vector<std::string> ids = matching(subscriber, event);
    if (ids.empty() || (has_bugs(app) && !found_by_faulty_search(subscriber, event))) continue;
    if (shows_subscriptions) shared = event_frame(event, timestamp, &ids);
    if (shared == nullptr) shared = event_frame(event, timestamp, nullptr);
    deliver(subscriber, event, shared, app);
  }
}

void Hub::deliver(Subscriber& subscriber, const Event& event, const Frame& frame, App& app) {
  if (subscriber.muted) return;
  if (const std::optional<Fault> fault = app.knobs().before_event(event.channels)) {
    if (fault->kind != FaultKind::cut_socket) return;
    subscriber.muted = true;
    return subscriber.outlet->finish();
  }
  subscriber.outlet->send(frame);
  ++subscriber.delivered;
  apply_faults(subscriber, event.channels, app);
}

void Hub::apply_faults(Subscriber& subscriber, const std::vector<std::string>& channels, App& app) {
  const std::optional<Fault> fault = app.knobs().after_events(channels, subscriber.delivered);
  if (!fault) return;
  subscriber.muted = true;
  if (fault->kind == FaultKind::cut_socket) return subscriber.outlet->finish();
  if (!fault->answers_pings) subscriber.outlet->stop_answering();
}

void Hub::close_all() {
  const std::lock_guard lock{mutex_};
  for (auto& [number, subscriber] : subscribers_) {
    subscriber.muted = true;
    subscriber.outlet->finish();
  }
}

std::size_t Hub::size() const {
  const std::lock_guard lock{mutex_};
  return subscribers_.size();
}

}  // namespace reel::emulator

#include "topics.hpp"

#include <cerrno>
#include <fstream>
#include <system_error>

#include <reel/error.hpp>

#include "json.hpp"

namespace tool {
namespace {

reel::legacy::KnownTopic topic_of(const Json& entry) {
  if (entry.is_string()) return entry.get<std::string>();
  if (!entry.is_object()) throw reel::Error(reel::Errc::invalid, "is neither a string nor an object");
  const auto text = [&entry](const char* name) {
    const auto found = entry.find(name);
    if (found == entry.end() || found->is_null()) return std::string();
    if (!found->is_string())
      throw reel::Error(reel::Errc::invalid, std::string("has a ") + name + " that is not a string");
    return found->get<std::string>();
  };
  const std::string topic = text(entry.contains("topic") ? "topic" : "theorem");
  if (topic.empty()) throw reel::Error(reel::Errc::invalid, "has no topic");
  return {topic, text("description")};
}

}  // namespace

std::vector<reel::legacy::KnownTopic> read_topics(const std::string& file) {
  std::ifstream in(file);
  if (!in)
    throw reel::Error(reel::Errc::unavailable,
                      "cannot read the topics in '" + file + "': " + std::generic_category().message(errno));
  const Json list = Json::parse(in, nullptr, false);
  if (!list.is_array()) throw reel::Error(reel::Errc::invalid, "'" + file + "' does not contain a JSON list of topics");
  std::vector<reel::legacy::KnownTopic> topics;
  for (const Json& entry : list) {
    try {
      topics.push_back(topic_of(entry));
    } catch (const reel::Error& error) {
      throw reel::Error(reel::Errc::invalid,
                        "entry " + std::to_string(topics.size() + 1) + " of '" + file + "' " + error.reason());
    }
  }
  return topics;
}

}  // namespace tool

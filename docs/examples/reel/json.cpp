#include "json.hpp"

#include <ostream>
#include <utility>

#include <reel/timestamp.hpp>

#include "printable_output.hpp"

namespace tool {

void write_json(std::ostream& out, const Json& json) {
  const RawOutput raw(out);
  out << json.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

void write_json_line(std::ostream& out, const Json& json) {
  const RawOutput raw(out);
  out << json.dump(-1, ' ', false, Json::error_handler_t::replace) << std::endl;
}

Json json_of(const reel::BlobInfo& info) {
  Json permissions = Json::array();
  for (const reel::Permission& permission : info.permissions) permissions.push_back(permission.str());
  return {{"$id", info.id.str()},
          {"$createdAt", reel::format_timestamp(info.created_at)},
          {"$updatedAt", reel::format_timestamp(info.updated_at)},
          {"$permissions", std::move(permissions)},
          {"name", info.name},
          {"size", info.size},
          {"md5", info.md5},
          {"content_type", info.content_type}};
}

}  // namespace tool

#include "json.hpp"

#include <ostream>

#include "printable_output.hpp"

namespace tool {

void write_json(std::ostream& out, const Json& json) {
  const RawOutput raw(out);
  out << json.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

}  // namespace tool

#pragma once

#include <optional>

#include "support/appwrite_server/request.hpp"
#include "support/appwrite_server/response.hpp"

namespace appwrite_server {

/// Faults that tests ask for.
class Knobs {
 public:
  /// An answer that is given without doing the work, if one is due.
  std::optional<Response> before(const Request& request);
  /// Spoils the answer after the work, if that is due.
  void after(const Request& request, Response& response);
};

}  // namespace appwrite_server

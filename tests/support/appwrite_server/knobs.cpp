#include "support/appwrite_server/knobs.hpp"

namespace appwrite_server {

std::optional<Response> Knobs::before(const Request&) { return std::nullopt; }
void Knobs::after(const Request&, Response&) {}

}  // namespace appwrite_server

#pragma once

#include <vector>

#include "support/appwrite_server/multipart.hpp"
#include "support/appwrite_server/parameters.hpp"
#include "support/appwrite_server/request.hpp"
#include "support/appwrite_server/version.hpp"

namespace appwrite_server {

/// The parameters of a request: the query of a GET or HEAD, else the body (JSON, form or multipart without its files).
/// Throws `crash()` for a JSON body that is a scalar.
Parameters read_parameters(const Request& request, Version version);

/// The files of a multipart request, in order; they lie in its body.
std::vector<UploadedFile> read_files(const Request& request);

}  // namespace appwrite_server

#pragma once

#include <vector>

#include <emulator/http/multipart.hpp>
#include <emulator/http/request.hpp>
#include <emulator/server/version.hpp>
#include <emulator/values/parameters.hpp>

namespace reel::emulator {

/// The parameters of a request: those of the query string for GET and HEAD, otherwise those of the body, which is JSON,
/// a URL-encoded form or a multipart form without its files. A body that cannot be parsed has no parameters. Throws 500
/// (`crash()`) for a JSON body that is a scalar other than null, false, 0, "" and "0".
Parameters read_parameters(const Request& request, Version version);

/// The files of a multipart request in order; none for other requests and damaged bodies. They refer to bytes in
/// `request.body`, which must outlive them.
std::vector<UploadedFile> read_files(const Request& request);

}  // namespace reel::emulator

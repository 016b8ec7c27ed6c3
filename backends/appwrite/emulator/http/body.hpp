#pragma once

#include <vector>

#include <emulator/http/multipart.hpp>
#include <emulator/http/request.hpp>
#include <emulator/server/version.hpp>
#include <emulator/values/parameters.hpp>

namespace reel::emulator {

/// The parameters of a request: the query of a GET or HEAD, else the body (JSON, form or multipart without its files).
/// Throws `crash()` for a JSON body that is a scalar.
Parameters read_parameters(const Request& request, Version version);

/// The files of a multipart request, in order; they lie in its body.
std::vector<UploadedFile> read_files(const Request& request);

}  // namespace reel::emulator

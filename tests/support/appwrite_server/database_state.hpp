#pragma once

#include "support/appwrite_server/worker_queue.hpp"

namespace appwrite_server {

/// The databases of a project.
struct DatabaseState {
  WorkerQueue work;
};

}  // namespace appwrite_server

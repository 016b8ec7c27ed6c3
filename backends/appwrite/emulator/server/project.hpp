#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <emulator/server/config.hpp>

namespace reel::emulator {

struct DatabaseState;  // database_state.hpp
class Hub;             // hub.hpp
struct StorageState;   // storage_state.hpp
struct UserState;      // user_state.hpp

/// All data of one project. Everything but `id` and `hub` is guarded by `mutex`.
struct Project {
  explicit Project(std::string project_id);
  ~Project();

  std::string id;
  std::vector<ApiKey> keys;
  std::unique_ptr<DatabaseState> databases;
  std::unique_ptr<StorageState> storage;
  std::unique_ptr<UserState> users;
  const std::unique_ptr<Hub> hub;  ///< The connections to `/v1/realtime`. Has its own mutex.
  std::mutex mutex;                ///< Held while a handler runs, so requests of one project run one at a time.
};

}  // namespace reel::emulator

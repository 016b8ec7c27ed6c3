#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <emulator/server/config.hpp>

namespace reel::emulator {

struct DatabaseState;  // database_state.hpp
struct StorageState;   // storage_state.hpp
struct UserState;      // user_state.hpp

/// All data of one project. Everything but `id` is guarded by `mutex`.
struct Project {
  explicit Project(std::string project_id);
  ~Project();

  std::string id;
  std::vector<ApiKey> keys;
  std::unique_ptr<DatabaseState> databases;
  std::unique_ptr<StorageState> storage;
  std::unique_ptr<UserState> users;
  std::mutex mutex;  ///< Held while a handler runs, so requests of one project run one at a time.
};

}  // namespace reel::emulator

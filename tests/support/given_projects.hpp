#pragma once

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include <reel/backends/appwrite/config.hpp>
#include <reel/error.hpp>

/// A pool of the projects of a server on which no project can be created. Buckets belong to a project, so two stores
/// that must not share buckets need two projects. Thread-safe; projects in use may outlive the pool.
class GivenProjects {
 public:
  explicit GivenProjects(std::vector<reel::AppwriteConfig> projects) : pool_(std::make_shared<Pool>()) {
    for (reel::AppwriteConfig& project : projects) pool_->idle.push_back(std::move(project));
  }

  /// Returns the first unused project. It is in use until the last copy of the pointer is destroyed.
  /// \throws reel::Error `invalid` if every project is in use; the message names the variables that specify another one
  [[nodiscard]] std::shared_ptr<const reel::AppwriteConfig> lend() const {
    const std::scoped_lock lock(pool_->mutex);
    if (pool_->idle.empty()) {
      throw reel::Error(reel::Errc::invalid,
                        "cannot open another store beside the open ones: every given project is in use, and stores of "
                        "one project share their buckets; set REEL_APPWRITE_SECOND_PROJECT_ID and "
                        "REEL_APPWRITE_SECOND_API_KEY to an empty project of the same server");
    }
    auto lent = std::make_unique<reel::AppwriteConfig>(std::move(pool_->idle.front()));
    pool_->idle.erase(pool_->idle.begin());
    return {lent.release(), [pool = pool_](const reel::AppwriteConfig* config) {
              const std::unique_ptr<const reel::AppwriteConfig> returned(config);
              const std::scoped_lock returning(pool->mutex);
              pool->idle.insert(pool->idle.begin(), *returned);
            }};
  }

 private:
  struct Pool {
    std::mutex mutex{};
    std::vector<reel::AppwriteConfig> idle{};
  };

  std::shared_ptr<Pool> pool_;
};

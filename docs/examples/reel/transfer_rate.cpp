#include "transfer_rate.hpp"

namespace tool {

void TransferRate::update(const reel::MigrationProgress& progress) {
  const Clock::time_point now = Clock::now();
  if (!first_) {
    first_ = progress;
    begun_ = now;
  }
  const std::chrono::duration<double> took = now - begun_;
  if (took < std::chrono::milliseconds(200)) return;
  items_ = static_cast<double>(progress.all_done - first_->all_done) / took.count();
  bytes_ = static_cast<double>(progress.all_bytes - first_->all_bytes) / took.count();
  const double gained = progress.share - first_->share;
  if (gained > 0) left_ = std::chrono::ceil<std::chrono::seconds>(took * ((1 - progress.share) / gained));
}

}  // namespace tool

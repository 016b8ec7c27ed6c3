#pragma once

#include <csignal>
#include <ctime>

#include <pthread.h>

namespace reel::driver {

/// Blocks SIGPIPE in the calling thread for a scope and discards one that was raised meanwhile: by a write to a pipe or
/// a connection that the other side has closed. The write itself fails with EPIPE.
///
/// A library must neither ignore the signal for the whole process, which belongs to the program, nor let it end the
/// program. Construct and destroy the object in the same thread.
class SigpipeBlocked {
 public:
  /// Blocks the signal.
  SigpipeBlocked() {
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  /// Discards the signal, unless it was pending before, and restores the signal mask.
  ~SigpipeBlocked() {
    const timespec at_once{};
    if (!was_pending_) sigtimedwait(&pipe_, nullptr, &at_once);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  SigpipeBlocked(const SigpipeBlocked&) = delete;
  SigpipeBlocked& operator=(const SigpipeBlocked&) = delete;

 private:
  sigset_t pipe_{};
  sigset_t before_{};
  bool was_pending_ = false;
};

}  // namespace reel::driver

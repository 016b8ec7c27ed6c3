#pragma once

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <utility>
#include <vector>

#include <reel/descriptor.hpp>

/// What a handle does in the child of fork(2). The child has a copy of the parent's memory and one thread, so that
/// mutexes may be locked and tables half changed by threads it does not have, and it shares the parent's open files:
/// a lock (flock) or a connection of one is the other's as well. Hence a child leaves what it has inherited untouched,
/// gives up the copies of descriptors that must not be shared, and opens its own.
///
///     parent                 fork            child
///     PerProcess<T> -> T      ------>        the same T: never touched, never destroyed (reel/per_process.hpp)
///     NotShared(7)            ------>        descriptor 7 is /dev/null
///     LeafMutex               ------>        free, and what it protects is whole
///                                            first use: PerProcess<T> makes a T for this process
namespace reel::detail {

class MutexLock {
 public:
  explicit MutexLock(pthread_mutex_t& mutex) : mutex_(mutex) { ::pthread_mutex_lock(&mutex_); }
  ~MutexLock() { ::pthread_mutex_unlock(&mutex_); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  pthread_mutex_t& mutex_;
};

/// Counts forks, and holds the descriptors that children must not share. One for the program: forks are its.
class Forks {
 public:
  /// How many forks are between the start of the program and this process. Different in parent and child, where a
  /// process id may be one that was used before. An atomic load.
  [[nodiscard]] static unsigned count() noexcept { return instance().count_.load(std::memory_order_acquire); }

  /// Descriptors that children give up.
  static void add(int descriptor) { enter(instance().descriptors_, descriptor); }
  static void remove(int descriptor) noexcept { leave(instance().descriptors_, descriptor); }

  /// Mutexes that are taken before a fork, and so are free in the child.
  static void add(pthread_mutex_t* leaf) { enter(instance().leaves_, leaf); }
  static void remove(pthread_mutex_t* leaf) noexcept { leave(instance().leaves_, leaf); }

  /// Held while something inherited is replaced.
  class Renewal {
   public:
    Renewal() = default;

   private:
    MutexLock lock_{instance().renewal_};
  };

  /// Memory that belongs to the parent, which no child may destroy. Kept in reach, so that no leak checker takes it for
  /// lost.
  class Abandoned {
   public:
    Abandoned() = default;
    Abandoned(const Abandoned&) = delete;
    Abandoned& operator=(const Abandoned&) = delete;
    virtual ~Abandoned() = default;

   private:
    friend Forks;
    Abandoned* next_ = nullptr;
  };
  static void abandon(Abandoned& one) noexcept {
    std::atomic<Abandoned*>& first = instance().abandoned_;
    one.next_ = first.load();
    while (!first.compare_exchange_weak(one.next_, &one)) continue;
  }

 private:
  Forks() { ::pthread_atfork(&before, &in_parent, &in_child); }

  static Forks& instance() {
    static Forks forks;
    return forks;
  }

  template <class T>
  static void enter(std::vector<T>& list, T one) {
    const MutexLock lock(instance().lists_);
    list.push_back(one);
  }
  template <class T>
  static void leave(std::vector<T>& list, T one) noexcept {
    const MutexLock lock(instance().lists_);
    std::erase(list, one);
  }

  // Lock order: the lists, then the leaves. Whoever holds a leaf takes no other mutex and does not fork.
  static void before() {
    ::pthread_mutex_lock(&instance().lists_);
    for (pthread_mutex_t* const leaf : instance().leaves_) ::pthread_mutex_lock(leaf);
  }
  static void in_parent() {
    for (pthread_mutex_t* const leaf : instance().leaves_) ::pthread_mutex_unlock(leaf);
    ::pthread_mutex_unlock(&instance().lists_);
  }
  static void in_child() {
    in_parent();
    Forks& forks = instance();
    forks.renewal_ = PTHREAD_MUTEX_INITIALIZER;  // a thread of the parent may hold it
    forks.count_.fetch_add(1, std::memory_order_release);
    const int nothing = open_descriptor("/dev/null", O_RDWR);
    for (const int descriptor : forks.descriptors_) {
      // Its number stays occupied: what was inherited may still hold it.
      if (nothing < 0 || !replace_descriptor(descriptor, nothing)) ::close(descriptor);
    }
    if (nothing >= 0) ::close(nothing);
    forks.descriptors_.clear();
  }

  std::atomic<unsigned> count_{0};
  std::atomic<Abandoned*> abandoned_{nullptr};
  pthread_mutex_t renewal_ = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_t lists_ = PTHREAD_MUTEX_INITIALIZER;  ///< of both below
  std::vector<int> descriptors_;
  std::vector<pthread_mutex_t*> leaves_;
};

/// A descriptor that a child gives up at the fork: one that carries a lock, or is a connection. Destroy it before the
/// descriptor is closed.
class NotShared {
 public:
  NotShared() = default;
  explicit NotShared(int descriptor) : descriptor_(descriptor) { Forks::add(descriptor); }
  NotShared(NotShared&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  NotShared& operator=(NotShared&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~NotShared() {
    if (descriptor_ >= 0) Forks::remove(descriptor_);
  }

 private:
  int descriptor_ = -1;
};

/// A mutex for a few lines that call nothing which waits, takes another mutex or forks. A fork waits for it, so that
/// the child finds it free, and what it protects as it should be.
class LeafMutex {
 public:
  LeafMutex() { Forks::add(&mutex_); }
  ~LeafMutex() { Forks::remove(&mutex_); }
  LeafMutex(const LeafMutex&) = delete;
  LeafMutex& operator=(const LeafMutex&) = delete;

  void lock() { ::pthread_mutex_lock(&mutex_); }
  void unlock() { ::pthread_mutex_unlock(&mutex_); }

 private:
  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
};

}  // namespace reel::detail

#pragma once

#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <utility>
#include <vector>

#include <reel/driver/file/descriptor.hpp>

/// Support for handles that are used in the child of a fork(2). The child has a copy of the parent's memory but only
/// one thread: other threads of the parent may have left mutexes locked and data structures half changed. It also
/// shares the parent's open files, including their locks (flock) and connections. Therefore a child never touches
/// inherited state, closes its copies of descriptors that must not be shared, and opens its own.
///
///     parent                 fork            child
///     PerProcess<T> -> T      ------>        the same T: never touched, never destroyed (reel/driver/per_process.hpp)
///     NotShared(7)            ------>        descriptor 7 is /dev/null, unless the socket 7 was closed meanwhile
///     LeafMutex               ------>        free, and its protected state is consistent
///                                            first use: PerProcess<T> creates a T for this process
///
/// A child that calls execve(2) needs none of this, because all descriptors are close-on-exec.
namespace reel::driver {

/// Holds a POSIX mutex for a scope. `std::mutex` cannot be used here, because the child has to initialise a mutex again
/// that another thread of the parent held.
class MutexLock {
 public:
  /// Waits for the mutex and locks it. `mutex` must outlive this object.
  explicit MutexLock(pthread_mutex_t& mutex) : mutex_(mutex) { ::pthread_mutex_lock(&mutex_); }
  /// Unlocks it.
  ~MutexLock() { ::pthread_mutex_unlock(&mutex_); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  pthread_mutex_t& mutex_;
};

/// Counts forks and lists what must be handled around one. One object for the whole program, created by the first use.
///
/// Lock order: `Renewal`, then the lists, then the leaves. A thread that holds a leaf locks no other mutex and does not
/// fork.
class Forks {
 public:
  /// The number of forks between the start of the program and this process. It differs between parent and child even if
  /// the system reuses a process id. One atomic load.
  [[nodiscard]] static unsigned count() noexcept { return instance().count_.load(std::memory_order_acquire); }

  /// Adds an open descriptor that children replace by `/dev/null`. See `NotShared`.
  static void add(int descriptor) {
    std::vector<OpenFile>& files = instance().open_files_;
    const OpenFile added(descriptor);
    const MutexLock lock(instance().lists_);
    erase(files, descriptor);
    files.push_back(added);
  }
  /// Removes a descriptor before it is closed. If a socket is closed without this call, children keep the file that has
  /// its number by then: libcurl 7.88 closes the socket of a connection that fails without calling back.
  static void remove(int descriptor) noexcept {
    const MutexLock lock(instance().lists_);
    erase(instance().open_files_, descriptor);
  }

  /// Adds a mutex that is locked around a fork, so that it is free in the child. See `LeafMutex`.
  static void add(pthread_mutex_t* leaf) {
    const MutexLock lock(instance().lists_);
    instance().leaves_.push_back(leaf);
  }
  /// Removes a mutex before it is destroyed.
  static void remove(pthread_mutex_t* leaf) noexcept {
    const MutexLock lock(instance().lists_);
    std::erase(instance().leaves_, leaf);
  }

  /// Held while inherited state is replaced, so that only one thread does so.
  class Renewal {
   public:
    /// Waits for the mutex.
    Renewal() = default;

   private:
    MutexLock lock_{instance().renewal_};
  };

  /// Memory of the parent that a child must not destroy. It stays reachable, so that leak checkers do not report it.
  class Abandoned {
   public:
    /// Not copied: it is linked into a list.
    Abandoned() = default;
    Abandoned(const Abandoned&) = delete;
    Abandoned& operator=(const Abandoned&) = delete;
    virtual ~Abandoned() = default;

   private:
    friend Forks;
    Abandoned* next_ = nullptr;
  };
  /// Keeps an object forever without destroying it. Lock-free.
  static void abandon(Abandoned& one) noexcept {
    std::atomic<Abandoned*>& first = instance().abandoned_;
    one.next_ = first.load();
    while (!first.compare_exchange_weak(one.next_, &one)) continue;
  }

 private:
  /// A descriptor and, for a socket, its identity.
  struct OpenFile {
    explicit OpenFile(int number) : descriptor(number) {
      struct stat found {};
      is_socket = ::fstat(number, &found) == 0 && S_ISSOCK(found.st_mode);
      if (is_socket) inode = found.st_ino;
    }
    friend bool operator==(const OpenFile&, const OpenFile&) = default;

    int descriptor;
    bool is_socket = false;
    ino_t inode = 0;  ///< no two sockets have the same one
  };

  Forks() { ::pthread_atfork(&before, &in_parent, &in_child); }

  static Forks& instance() {
    static Forks forks;
    return forks;
  }

  static void erase(std::vector<OpenFile>& files, int descriptor) noexcept {
    std::erase_if(files, [&](const OpenFile& file) { return file.descriptor == descriptor; });
  }

  // Lock order: the lists, then the leaves.
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
    for (const OpenFile& file : forks.open_files_) {
      if (file.is_socket && file != OpenFile(file.descriptor)) continue;
      // Its number stays occupied: what was inherited may still hold it.
      if (nothing < 0 || !replace_descriptor(file.descriptor, nothing)) ::close(file.descriptor);
    }
    if (nothing >= 0) ::close(nothing);
    forks.open_files_.clear();
  }

  std::atomic<unsigned> count_{0};
  std::atomic<Abandoned*> abandoned_{nullptr};
  pthread_mutex_t renewal_ = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_t lists_ = PTHREAD_MUTEX_INITIALIZER;  ///< protects both lists
  std::vector<OpenFile> open_files_;
  std::vector<pthread_mutex_t*> leaves_;
};

/// Registers a descriptor that children must not share, because it carries a lock or is a connection. Destroy this
/// object before the descriptor is closed.
class NotShared {
 public:
  /// Registers nothing.
  NotShared() = default;
  /// Registers an open descriptor.
  explicit NotShared(int descriptor) : descriptor_(descriptor) { Forks::add(descriptor); }
  /// Takes over the registration.
  NotShared(NotShared&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  /// Exchanges the registrations.
  NotShared& operator=(NotShared&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  /// Ends the registration.
  ~NotShared() {
    if (descriptor_ >= 0) Forks::remove(descriptor_);
  }

 private:
  int descriptor_ = -1;
};

/// A mutex for short critical sections that do not wait, lock another mutex or fork. A fork waits for it, so in the
/// child the mutex is free and the protected state is consistent. Meets the requirements of BasicLockable.
class LeafMutex {
 public:
  /// Registers the mutex; one allocation at most.
  LeafMutex() { Forks::add(&mutex_); }
  /// Ends the registration. The mutex must be free.
  ~LeafMutex() { Forks::remove(&mutex_); }
  LeafMutex(const LeafMutex&) = delete;
  LeafMutex& operator=(const LeafMutex&) = delete;

  /// Waits for the mutex and locks it.
  void lock() { ::pthread_mutex_lock(&mutex_); }
  /// Unlocks it.
  void unlock() { ::pthread_mutex_unlock(&mutex_); }

 private:
  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
};

}  // namespace reel::driver

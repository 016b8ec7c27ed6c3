#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <string>

/// The moments of a process: its calls that change a file or send something. This program replaces these functions of
/// the C library, so that a test can end a process at any of them, in the journal of a migration, in a store or in
/// libcurl.
namespace moments {

/// What `Plan::throws` throws.
struct Killed {};

/// The moments that were reached, for a process and its parent.
struct Tally {
  static constexpr std::size_t most = 20'000;
  std::atomic<int> reached{0};
  std::array<std::atomic<bool>, most>
      is_journal{};  ///< whether the moment is a write of the journal; by number, from 1
};

/// The calls to count, and the last of them.
struct Plan {
  Tally* tally = nullptr;  ///< null: nothing is counted
  std::string journal{};   ///< the path of the journal
  int last = 0;            ///< the number of the moment at which the process is killed, from 1; 0: none
  /// Throw `Killed` at this moment and every later one, instead of killing the process. Only writes of the journal and
  /// calls of `reach` are moments then.
  bool throws = false;
};

/// Begins to count in this process. A write at the last moment writes half of its bytes.
void begin(const Plan& plan);
/// Ends counting.
void end();
/// A moment that is not a call of the system.
void reach();

}  // namespace moments

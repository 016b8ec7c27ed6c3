#pragma once

#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

/// Drops root's right to read every file during the lifetime of the object.
class OrdinaryUser {
 public:
  OrdinaryUser() : was_{geteuid()} {
    if (was_ == 0 && seteuid(65534) != 0) throw std::runtime_error{"seteuid"};
  }
  OrdinaryUser(const OrdinaryUser&) = delete;
  OrdinaryUser& operator=(const OrdinaryUser&) = delete;
  ~OrdinaryUser() {
    if (geteuid() != was_ && seteuid(was_) != 0) std::abort();
  }

 private:
  uid_t was_;
};

#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

namespace waybill_test {

/// Runs `work` in a child process, which never comes back into the test.
template <class Work>
pid_t in_child(Work const& work) {
  std::fflush(nullptr);
  pid_t const child = ::fork();
  if (child == 0) ::_exit(work() ? 0 : 1);
  return child;
}

inline bool ended_well(pid_t child) {
  int status = 0;
  return ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace waybill_test

#pragma once

#include <waybill/error.hpp>

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

namespace waybill_cli {

/// A program that was started; it is ended, if it has not ended itself, and waited for.
class child {
 public:
  /// Starts a program, looked for as a shell does, whose output goes to `out`; its input is empty and no signal is
  /// blocked in it. @errors system errors, the path is the program
  [[nodiscard]] static waybill::result<child> start(std::vector<std::string> const& words, int out);
  child(child&& other) noexcept : id_{std::exchange(other.id_, -1)} {}
  child& operator=(child&&) = delete;
  ~child();

  /// Asks it to end. @param signal  SIGINT, SIGTERM
  void ask(int signal) const noexcept;
  /// Its exit code; 128 and the signal's number where one ended it.
  [[nodiscard]] int wait();

 private:
  explicit child(pid_t id) noexcept : id_{id} {}
  pid_t id_;
};

}  // namespace waybill_cli

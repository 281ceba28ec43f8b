#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/scan/file.hpp>

#include <sys/types.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {

/// A program, and what it is started with.
struct program_call {
  std::vector<std::string> words{};        ///< the program, looked for as a shell does, and its arguments
  std::vector<std::string> environment{};  ///< `NAME=value`; all that it gets
  std::string directory{};                 ///< where it runs; empty: here
};

/** A program that is written to and answers, without a shell. What it says on its error output is kept apart.

    While one side is written to, the others are read, so that neither waits for the other. It is killed and waited for
    where this ends first.
    @threads one call at a time */
class dialogue {
 public:
  /// @errors system errors, the path is the program
  [[nodiscard]] static result<dialogue> start(program_call const& call);
  dialogue(dialogue&& other) noexcept;
  dialogue& operator=(dialogue&&) = delete;
  ~dialogue();

  /// Writes to its input. @return false when it does not listen any more  @errors system errors
  [[nodiscard]] result<bool> send(std::string_view text);
  /// Tells it that nothing follows.
  void end_input() noexcept { in_.reset(); }
  /// Waits for more of its output, and appends it to `answer`. @return false at the end  @errors system errors
  [[nodiscard]] result<bool> receive();
  /// What it wrote and nobody took yet; who takes it erases it.
  [[nodiscard]] std::string& answer() noexcept { return answer_; }

  /// Reads to the end of both outputs, and waits. @return its exit code; 128 and the number of a signal  @errors system
  /// errors
  [[nodiscard]] result<int> finish();
  /// The end of what it said on its error output; complete after `finish`.
  [[nodiscard]] std::string const& complaint() const noexcept { return complaint_; }

 private:
  dialogue(pid_t id, file_descriptor in, file_descriptor out, file_descriptor err)
      : id_{id}, in_{std::move(in)}, out_{std::move(out)}, err_{std::move(err)} {}
  [[nodiscard]] result<void> exchange(bool writing);
  [[nodiscard]] int wait() noexcept;

  pid_t id_;
  file_descriptor in_, out_, err_;
  std::string_view unsent_;
  std::string answer_, complaint_;
};

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/dolt/dialogue.ipp>
#endif

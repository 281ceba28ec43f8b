#pragma once

#include <waybill/driver/dolt/dialogue.hpp>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {
namespace detail {

inline std::vector<char*> pointers_to(std::vector<std::string> const& texts) {
  std::vector<char*> out;
  for (auto const& text : texts) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

struct spawn_setup {
  spawn_setup() {
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawnattr_init(&attributes);
    sigset_t none;
    sigemptyset(&none);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  }
  spawn_setup(spawn_setup const&) = delete;
  spawn_setup& operator=(spawn_setup const&) = delete;
  ~spawn_setup() {
    ::posix_spawn_file_actions_destroy(&actions);
    ::posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
};

/// The two ends of a channel: ours, which does not block, and the program's.
struct channel {
  file_descriptor ours, theirs;
};

/// A socket, not a pipe, where we write: a program that ended is then an error, and no signal.
inline result<channel> open_channel(bool for_writing) {
  std::array<int, 2> ends{-1, -1};
  int const failed =
      for_writing ? ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) : ::pipe2(ends.data(), O_CLOEXEC);
  if (failed != 0) return system_error(errno, "no channel to a program");
  channel out{file_descriptor{ends[0]}, file_descriptor{ends[1]}};
  if (::fcntl(out.ours.get(), F_SETFL, O_NONBLOCK) != 0) return system_error(errno, "no channel to a program");
  return out;
}

/// Appends what can be read at once; closes at the end.
inline result<void> read_available(file_descriptor& from, std::string& to) {
  constexpr std::size_t piece = std::size_t{256} << 10;
  auto const before = to.size();
  to.resize(before + piece);
  auto const n = ::read(from.get(), to.data() + before, piece);
  int const failed = errno;
  to.resize(before + (n > 0 ? static_cast<std::size_t>(n) : 0));
  if (n == 0) from.reset();
  if (n < 0 && failed != EAGAIN && failed != EINTR) return system_error(failed, "a program cannot be listened to");
  return {};
}

}  // namespace detail

WAYBILL_DECL dialogue::dialogue(dialogue&& other) noexcept
    : id_{std::exchange(other.id_, -1)},
      in_{std::move(other.in_)},
      out_{std::move(other.out_)},
      err_{std::move(other.err_)},
      unsent_{other.unsent_},
      answer_{std::move(other.answer_)},
      complaint_{std::move(other.complaint_)} {}

WAYBILL_DECL dialogue::~dialogue() {
  if (id_ <= 0) return;
  ::kill(id_, SIGKILL);
  (void)wait();
}

WAYBILL_DECL result<dialogue> dialogue::start(program_call const& call) {
  auto in = detail::open_channel(true);
  auto out = detail::open_channel(false);
  auto err = detail::open_channel(false);
  for (auto const* c : {&in, &out, &err})
    if (!*c) return c->error();
  detail::spawn_setup setup;
  ::posix_spawn_file_actions_adddup2(&setup.actions, in->theirs.get(), STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&setup.actions, out->theirs.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&setup.actions, err->theirs.get(), STDERR_FILENO);
  if (!call.directory.empty()) ::posix_spawn_file_actions_addchdir_np(&setup.actions, call.directory.c_str());
  auto words = detail::pointers_to(call.words);
  auto environment = detail::pointers_to(call.environment);
  pid_t id = -1;
  int const failed =
      ::posix_spawnp(&id, words.front(), &setup.actions, &setup.attributes, words.data(), environment.data());
  if (failed != 0) return system_error(failed, "cannot be started", call.words.front());
  return dialogue{id, std::move(in->ours), std::move(out->ours), std::move(err->ours)};
}

/// Waits until something can be done, and does it.
WAYBILL_DECL result<void> dialogue::exchange(bool writing) {
  std::array<pollfd, 3> sides{pollfd{writing ? in_.get() : -1, POLLOUT, 0}, pollfd{out_.get(), POLLIN, 0},
                              pollfd{err_.get(), POLLIN, 0}};
  if (::poll(sides.data(), sides.size(), -1) < 0 && errno != EINTR)
    return system_error(errno, "a program cannot be listened to");
  if (sides[1].revents != 0)
    if (auto const r = detail::read_available(out_, answer_); !r) return r.error();
  if (sides[2].revents != 0) {
    if (auto const r = detail::read_available(err_, complaint_); !r) return r.error();
    constexpr std::size_t kept = std::size_t{64} << 10;
    if (complaint_.size() > 2 * kept) complaint_.erase(0, complaint_.size() - kept);
  }
  if (sides[0].revents == 0) return {};
  auto const n = ::send(in_.get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
  if (n >= 0) unsent_.remove_prefix(static_cast<std::size_t>(n));
  else if (errno == EPIPE || errno == ECONNRESET) in_.reset();
  else if (errno != EAGAIN && errno != EINTR) return system_error(errno, "a program cannot be written to");
  return {};
}

WAYBILL_DECL result<bool> dialogue::send(std::string_view text) {
  unsent_ = text;
  while (!unsent_.empty() && in_)
    if (auto const r = exchange(true); !r) return r.error();
  return static_cast<bool>(in_);
}

WAYBILL_DECL result<bool> dialogue::receive() {
  auto const before = answer_.size();
  while (out_ && answer_.size() == before)
    if (auto const r = exchange(false); !r) return r.error();
  return answer_.size() != before;
}

WAYBILL_DECL result<int> dialogue::finish() {
  end_input();
  while (out_ || err_)
    if (auto const r = exchange(false); !r) return r.error();
  return wait();
}

WAYBILL_DECL int dialogue::wait() noexcept {
  constexpr int signalled = 128;
  int status = 0;
  while (::waitpid(id_, &status, 0) < 0 && errno == EINTR) {
  }
  id_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : signalled + WTERMSIG(status);
}

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI

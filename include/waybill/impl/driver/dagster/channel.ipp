#pragma once

#include <waybill/driver/dagster/channel.hpp>

#include <waybill/scan/file.hpp>
#include <waybill/store/object.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace dagster {
namespace detail {

/// A part is written where the system takes no more at once: half a line that is completed is better than half a line.
inline result<void> write_line(int fd, std::string_view line, std::string const& where) {
  while (!line.empty()) {
    auto const n = ::write(fd, line.data(), line.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return system_error(errno, "a message to Dagster cannot be written", where);
    line.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

class file_channel final : public message_channel {
 public:
  file_channel(file_descriptor fd, std::string path) : fd_{std::move(fd)}, path_{std::move(path)} {}
  [[nodiscard]] result<void> write(std::string_view line) override { return write_line(fd_.get(), line, path_); }
  [[nodiscard]] result<void> finish() override { return {}; }

 private:
  file_descriptor fd_;
  std::string path_;
};

class stream_channel final : public message_channel {
 public:
  explicit stream_channel(dagster_pipes::stream_place place) : place_{place} {}

  [[nodiscard]] result<void> write(std::string_view line) override {
    if (place_.buffered) waiting_.emplace_back(line);
    return place_.buffered ? result<void>{} : send(line);
  }
  [[nodiscard]] result<void> finish() override {
    for (auto const& line : std::exchange(waiting_, {}))
      if (auto const sent = send(line); !sent) return sent;
    return {};
  }

 private:
  [[nodiscard]] result<void> send(std::string_view line) const {
    return place_.standard_error ? write_line(STDERR_FILENO, line, "stderr")
                                 : write_line(STDOUT_FILENO, line, "stdout");
  }

  dagster_pipes::stream_place place_;
  std::vector<std::string> waiting_;
};

class chunk_channel final : public message_channel {
 public:
  chunk_channel(any_store store, std::string const& prefix, std::chrono::milliseconds interval)
      : store_{std::move(store)},
        prefix_{prefix.empty() ? prefix : prefix + "/"},
        sender_{[this, interval](std::stop_token const& stop) { send_now_and_then(stop, interval); }} {}

  [[nodiscard]] result<void> write(std::string_view line) override {
    std::lock_guard const lock{guard_};
    waiting_.append(line);
    return {};
  }
  [[nodiscard]] result<void> finish() override {
    sender_.request_stop();
    if (sender_.joinable()) sender_.join();
    auto const sent = send();  // what could not be sent before, if there is some
    return sent ? send() : sent;
  }

 private:
  void send_now_and_then(std::stop_token const& stop, std::chrono::milliseconds interval) {
    std::mutex idle;
    std::unique_lock lock{idle};
    std::condition_variable_any wake;
    while (!wake.wait_for(lock, stop, interval, [&] { return stop.stop_requested(); }) && !stop.stop_requested())
      (void)send();
  }

  /// A chunk whose storing failed may be there all the same, and read: it stays what it is, under its number.
  [[nodiscard]] result<void> send() {
    if (chunk_.empty()) {
      std::lock_guard const lock{guard_};
      chunk_ = std::exchange(waiting_, {});
    }
    if (chunk_.empty()) return {};
    auto const lines = std::string_view{chunk_}.substr(0, chunk_.size() - 1);  // Dagster dies of an empty last line
    auto const stored = store_.put(prefix_ + std::to_string(number_) + ".json", memory_content{lines});
    if (!stored) return stored.error();
    ++number_;
    chunk_.clear();
    return {};
  }

  any_store store_;
  std::string prefix_;
  std::mutex guard_;
  std::string waiting_;
  std::string chunk_;       ///< what is being sent; of the sender, and of `finish` once that has ended
  std::size_t number_ = 1;  ///< its number; likewise
  std::jthread sender_;     ///< the last member: it uses the others
};

}  // namespace detail

WAYBILL_DECL result<std::unique_ptr<message_channel>> open_channel(dagster_pipes::messages_place const& place,
                                                                   bucket_opener const& open_bucket,
                                                                   std::chrono::milliseconds interval) {
  using opened = std::unique_ptr<message_channel>;
  if (auto const* stream = std::get_if<dagster_pipes::stream_place>(&place))
    return opened{std::make_unique<detail::stream_channel>(*stream)};
  if (auto const* chunks = std::get_if<dagster_pipes::chunk_place>(&place)) {
    auto store = open_bucket(chunks->bucket);
    if (!store) return store.error();
    return opened{std::make_unique<detail::chunk_channel>(std::move(*store), chunks->prefix, interval)};
  }
  auto const& path = std::get<dagster_pipes::file_place>(place).path;
  file_descriptor fd{::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644)};
  if (!fd) return system_error(errno, "the file for messages to Dagster cannot be opened", path);
  return opened{std::make_unique<detail::file_channel>(std::move(fd), path)};
}

}  // namespace dagster
}  // namespace waybill::inline WAYBILL_ABI

#include "common/surroundings.hpp"

#include <waybill/scan/file.hpp>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <string_view>
#include <utility>

#include "common/child.hpp"

extern char** environ;

namespace waybill_cli {
using waybill::errc;
using waybill::make_error;
using waybill::result;

namespace {

constexpr std::size_t largest_file = std::size_t{4} << 20;
constexpr std::size_t largest_output = std::size_t{64} << 10;
constexpr std::chrono::seconds program_time{30};

/// Reads to the end of the output. @errors errc::temporary when that takes too long; interrupted, too_large
result<std::string> read_output(int from, std::string const& program, std::stop_token const& stop) {
  auto const end = std::chrono::steady_clock::now() + program_time;
  std::string out;
  std::array<char, 4096> buffer;
  for (;;) {
    if (stop.stop_requested()) return make_error(errc::interrupted, "stopped while a program ran", program);
    if (std::chrono::steady_clock::now() > end) return make_error(errc::temporary, "takes too long to answer", program);
    pollfd waiting{.fd = from, .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, 100) <= 0) continue;
    auto const n = ::read(from, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return waybill::system_error(errno, "its output cannot be read", program);
    if (n == 0) return out;
    out.append(buffer.data(), static_cast<std::size_t>(n));
    if (out.size() > largest_output) return make_error(errc::too_large, "prints more than credentials", program);
  }
}

result<std::string> run(std::vector<std::string> const& words, std::stop_token const& stop) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return waybill::system_error(errno, "no pipe for", words.front());
  waybill::file_descriptor const reading{ends[0]};
  waybill::file_descriptor writing{ends[1]};
  auto program = child::start(words, writing.get());
  writing.reset();
  if (!program) return program.error();
  auto out = read_output(reading.get(), words.front(), stop);
  if (!out) return out;
  if (program->wait() != 0) return make_error(errc::denied, "ended with an error", words.front());
  return out;
}

}  // namespace

waybill::aws_surroundings aws_surroundings_here(waybill::any_http_client* metadata, std::stop_token stop) {
  waybill::aws_surroundings here;
  for (char** at = environ; at != nullptr && *at != nullptr; ++at) {
    std::string_view const variable{*at};
    auto const equals = variable.find('=');
    auto const name = variable.substr(0, equals);
    if (equals != std::string_view::npos && (name.starts_with("AWS_") || name == "HOME"))
      here.environment.insert_or_assign(std::string{name}, std::string{variable.substr(equals + 1)});
  }
  here.read_file = [](std::string const& path) { return waybill::read_file(path, largest_file); };
  here.run = [stop = std::move(stop)](std::vector<std::string> const& words) { return run(words, stop); };
  here.client = metadata;
  here.now = [] { return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now()); };
  return here;
}

}  // namespace waybill_cli

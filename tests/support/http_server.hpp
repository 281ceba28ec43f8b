#pragma once

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

extern char** environ;

namespace waybill_test {

/// tests/servers/http_server.py, running as long as the object lives; one for a program is enough.
class http_server {
 public:
  /// Nothing where Python or openssl is absent: `why_absent` says so.
  static http_server* instance() {
    static http_server server;
    return server.said_.empty() ? nullptr : &server;
  }
  static std::string why_absent() {
    return "tests/servers/http_server.py did not start: are python3 and openssl there?";
  }

  [[nodiscard]] std::string plain(std::string_view target) const { return url("http://127.0.0.1:", "port", target); }
  [[nodiscard]] std::string other(std::string_view target) const {
    return url("http://127.0.0.1:", "other_port", target);
  }
  [[nodiscard]] std::string tls(std::string_view target) const { return url("https://127.0.0.1:", "tls_port", target); }
  /// The same place by a name its certificate does not hold.
  [[nodiscard]] std::string tls_misnamed(std::string_view target) const {
    return url("https://localhost:", "tls_port", target);
  }
  [[nodiscard]] std::string named(std::string_view target) const { return url("http://localhost:", "port", target); }
  [[nodiscard]] std::string ca_file() const { return said("ca"); }
  [[nodiscard]] std::string ca_directory() const { return said("ca_directory"); }

  ~http_server() {
    if (input_ >= 0) ::close(input_);  // the server ends with its input
    if (output_ >= 0) ::close(output_);
    if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
  }
  http_server(http_server const&) = delete;
  http_server& operator=(http_server const&) = delete;

 private:
  http_server() {
    int in[2], out[2];
    if (::pipe2(in, O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
    input_ = in[1];
    if (::pipe2(out, O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
    output_ = out[0];
    posix_spawn_file_actions_t files;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawn_file_actions_adddup2(&files, in[0], 0);
    ::posix_spawn_file_actions_adddup2(&files, out[1], 1);
    std::string arguments[] = {"python3", "tests/servers/http_server.py", "--tls"};
    std::array<char*, 4> const argv{arguments[0].data(), arguments[1].data(), arguments[2].data(), nullptr};
    if (::posix_spawnp(&pid_, "python3", &files, nullptr, argv.data(), environ) != 0) pid_ = -1;
    ::posix_spawn_file_actions_destroy(&files);
    ::close(in[0]);
    ::close(out[1]);
    std::array<char, 512> text;
    for (ssize_t n = 0;
         pid_ > 0 && said_.find('\n') == std::string::npos && (n = ::read(output_, text.data(), text.size())) > 0;)
      said_.append(text.data(), static_cast<std::size_t>(n));
  }

  /// A member of the flat JSON object the server prints: a number, or a text without escapes.
  [[nodiscard]] std::string said(std::string_view name) const {
    auto const mark = '"' + std::string{name} + "\": ";
    auto const at = said_.find(mark);
    if (at == std::string::npos) throw std::runtime_error("the server does not say " + std::string{name});
    auto const value = said_.substr(at + mark.size(), said_.find_first_of(",}", at) - at - mark.size());
    return value.starts_with('"') ? value.substr(1, value.size() - 2) : value;
  }
  [[nodiscard]] std::string url(std::string_view front, std::string_view port, std::string_view target) const {
    return std::string{front} + said(port) + std::string{target};
  }

  pid_t pid_ = -1;
  int input_ = -1, output_ = -1;
  std::string said_;
};

}  // namespace waybill_test

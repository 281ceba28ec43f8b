#pragma once

// A client that plays a script: every request must be one the script expects, and what it expects must be asked for.

#include <waybill/hash/openssl.hpp>
#include <waybill/http/client.hpp>

#include <algorithm>
#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace waybill_test {

using namespace waybill;

/// A request as it reached the service, with its body.
struct seen_request {
  std::string method, url;
  header_list headers;
  std::string body;

  /// The value of a header field; `-` where there is none.
  [[nodiscard]] std::string header(std::string_view name) const {
    auto const* found = headers.find(name);
    return found ? *found : "-";
  }
};

/// An answer from memory; with `cut`, it breaks off behind so many bytes of its body.
struct scripted_answer {
  int status = 200;
  header_list headers{};
  std::string body{};
  std::optional<std::size_t> cut{};
};

class scripted_response final : public http_response {
 public:
  scripted_response(scripted_answer answer, bool head) : answer_{std::move(answer)} {
    status_ = answer_.status;
    headers_ = answer_.headers;
    if (headers_.find("Content-Length") == nullptr)
      headers_.add({"Content-Length", std::to_string(answer_.body.size())});
    if (head) answer_.body.clear();
    rest_ = memory_source{std::string_view{answer_.body}.substr(0, answer_.cut.value_or(std::string::npos))};
  }
  result<std::size_t> read(std::span<std::byte> buffer) override {
    auto const n = rest_.read(buffer);
    if (n && *n == 0 && answer_.cut) return make_error(errc::temporary, "the connection was lost");
    return n;
  }

 private:
  scripted_answer answer_;
  memory_source rest_{byte_view{}};
};

/// Plays a script; shared by the copies of a store and by threads. Requests that may come in any order match by method
/// and URL.
class scripted_client {
 public:
  ~scripted_client() { CHECK(left() == ""); }

  using answering = std::function<scripted_answer(seen_request const&)>;

  /// The next request, or one of those that may come now.
  void expect(std::string method, std::string url, scripted_answer answer) {
    expect(std::move(method), std::move(url), [answer](seen_request const&) { return answer; });
  }
  void expect(std::string method, std::string url, answering answer) {
    std::scoped_lock const lock{guard_};
    script_.push_back({std::move(method), std::move(url), std::move(answer)});
  }
  /// Any request gets an error of the client, as if there were no connection.
  void fail(std::string method, std::string url, error e) {
    std::scoped_lock const lock{guard_};
    script_.push_back({std::move(method), std::move(url), {}, std::move(e)});
  }

  result<std::unique_ptr<http_response>> send(http_request const& request, http_body const* body,
                                              std::stop_token const& stop) {
    if (stop.stop_requested()) return make_error(errc::interrupted, "stopped");
    if (auto const ok = check_request(request); !ok) return ok.error();
    seen_request seen{request.method, request.url, request.headers, {}};
    if (body != nullptr) {
      auto read = read_body_of(*body);
      if (!read) return read.error();
      seen.body = std::move(*read);
    }
    std::unique_lock lock{guard_};
    auto const at = std::ranges::find_if(
        script_, [&](step const& s) { return s.method == request.method && s.url == request.url; });
    if (at == script_.end()) {
      unexpected_ += request.method + " " + request.url + "\n";
      return make_error(errc::usage, "the script does not expect " + request.method + " " + request.url);
    }
    auto const now = *at;
    script_.erase(at);
    requests_.push_back(seen);
    lock.unlock();
    if (now.failure) return *now.failure;
    return std::unique_ptr<http_response>{
        std::make_unique<scripted_response>(now.answer(seen), request.method == "HEAD")};
  }

  /// What was asked and not expected, and what was expected and not asked; empty when all went by the script.
  [[nodiscard]] std::string left() {
    std::scoped_lock const lock{guard_};
    auto text = unexpected_.empty() ? std::string{} : "unexpected: " + unexpected_;
    for (auto const& s : script_) text += "not asked: " + s.method + " " + s.url + "\n";
    return text;
  }
  [[nodiscard]] std::vector<seen_request> const& requests() const { return requests_; }
  [[nodiscard]] seen_request const& last() const { return requests_.at(requests_.size() - 1); }

 private:
  struct step {
    std::string method, url;
    answering answer;
    std::optional<error> failure{};
  };
  static result<std::string> read_body_of(http_body const& body) {
    auto source = body.open();
    if (!source) return source.error();
    std::string text;
    std::array<std::byte, 65536> buffer;
    for (;;) {
      auto const n = (*source)->read(buffer);
      if (!n) return n.error();
      if (*n == 0) break;
      text.append(as_text(std::span{buffer}.first(*n)));
    }
    if (text.size() != body.size) throw std::runtime_error("a body of another size than announced");
    return text;
  }

  std::mutex guard_;
  std::list<step> script_;
  std::vector<seen_request> requests_;
  std::string unexpected_;
};
static_assert(http_client<scripted_client>);

/// An S3 answer of failure.
inline scripted_answer s3_refusal(int status, std::string const& code, std::string const& rest = {}) {
  return {status,
          {},
          "<?xml version=\"1.0\"?><Error><Code>" + code + "</Code><Message>said so</Message>" + rest + "</Error>"};
}

}  // namespace waybill_test

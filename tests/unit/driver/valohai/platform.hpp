#pragma once

// A platform in memory: answers by method and URL, remembers what was asked, and directories for one test.

#include <waybill/core/timestamp.hpp>
#include <waybill/driver/valohai/api.hpp>
#include <waybill/driver/valohai/outputs.hpp>
#include <waybill/hash/openssl.hpp>
#include <waybill/json/parse.hpp>
#include <waybill/json/write.hpp>

#include <unistd.h>

#include <deque>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/data.hpp"
#include "support/results.hpp"

namespace waybill_test {

using namespace waybill;
namespace v = waybill::valohai;

class fake_platform final : public any_http_client {
 public:
  struct answer {
    int status = 200;
    std::string body{};
    header_list headers{{"Content-Type", "application/json"}};
    bool lost = false;  ///< the request arrives, the answer does not
  };
  struct seen {
    std::string line;  ///< `GET https://…`
    std::string body;
    bool has_token = false;
  };

  /// Later answers of one request come when the earlier ones were given; the last one stays.
  void reply(std::string const& line, answer a) { answers_[line].push_back(std::move(a)); }
  void on(std::string const& line, std::string body) { reply(line, answer{.body = std::move(body)}); }

  result<std::unique_ptr<http_response>> send(http_request const& request, http_body const* body,
                                              std::stop_token const& stop) override {
    if (stop.stop_requested()) return make_error(errc::interrupted, "stopped");
    if (auto const r = check_request(request); !r) return r.error();
    std::scoped_lock const lock{guard_};
    seen now{request.method + " " + request.url, body != nullptr ? text_of(*body) : "", false};
    now.has_token = request.headers.find("Authorization") != nullptr;
    requests.push_back(now);
    auto const at = answers_.find(now.line);
    if (at == answers_.end()) return make_error(errc::permanent, "nothing answers " + now.line);
    auto given = at->second.front();
    if (at->second.size() > 1) at->second.pop_front();
    if (given.lost) return make_error(errc::temporary, "the connection was lost");
    return std::unique_ptr<http_response>{std::make_unique<response>(std::move(given))};
  }

  /// What was asked, without the host.
  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> out;
    for (auto const& r : requests) {
      auto line = r.line;
      if (auto const at = line.find("https://app.example"); at != std::string::npos) line.erase(at, 19);
      out.push_back(line);
    }
    return out;
  }
  [[nodiscard]] int count(std::string const& line) const {
    int n = 0;
    for (auto const& r : requests) n += r.line == line;
    return n;
  }

  std::vector<seen> requests;

 private:
  struct response final : http_response {
    explicit response(answer a) : given{std::move(a)}, rest{given.body} {
      status_ = given.status;
      headers_ = given.headers;
    }
    result<std::size_t> read(std::span<std::byte> buffer) override { return rest.read(buffer); }
    answer given;
    memory_source rest;
  };
  static std::string text_of(http_body const& body) {
    auto const source = body.open().value();
    std::string out(body.size, '\0');
    auto const n = source->read(std::as_writable_bytes(std::span{out}));
    CHECK(n.value() == body.size);
    return out;
  }

  std::mutex guard_;
  std::map<std::string, std::deque<answer>> answers_;
};

inline constexpr char const* base_url = "https://app.example/api/v0/";
inline std::string get_line(std::string const& path) { return std::string{"GET "} + base_url + path; }
inline std::string const post_line = std::string{"POST "} + base_url + "dataset-versions/";

/// The API of a fake platform; waits are counted, not waited.
inline v::api api_of(fake_platform& platform, int* waits = nullptr, std::stop_token stop = {}) {
  retry_policy retry{.attempts = 3};
  retry.sleep = [waits](std::chrono::milliseconds) -> result<void> {
    if (waits != nullptr) ++*waits;
    return {};
  };
  return v::api{platform, {.base = "https://app.example", .token = "t0ken", .retry = retry, .stop = std::move(stop)}};
}

/// A directory for one test case, removed with it.
class workplace {
 public:
  workplace() {
    char name[] = "/tmp/waybill-valohai-XXXXXX";
    root = std::filesystem::canonical(::mkdtemp(name));
    std::filesystem::create_directories(content());
  }
  ~workplace() { std::filesystem::remove_all(root); }
  workplace(workplace const&) = delete;
  workplace& operator=(workplace const&) = delete;

  [[nodiscard]] std::filesystem::path content() const { return root / "content"; }
  [[nodiscard]] std::filesystem::path out() const { return root / "outputs"; }
  [[nodiscard]] v::output_directory outputs() const { return v::output_directory::open(out().string(), "").value(); }
  void put(std::string const& name, std::string const& text) const { put_at(content() / name, text); }
  static void put_at(std::filesystem::path const& path, std::string const& text) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream{path, std::ios::binary} << text;
  }
  /// Everything below a directory, by name.
  static std::map<std::string, std::string> files(std::filesystem::path const& below) {
    std::map<std::string, std::string> found;
    if (!std::filesystem::exists(below)) return found;
    for (auto const& at : std::filesystem::recursive_directory_iterator{below})
      if (!at.is_directory()) found[at.path().lexically_relative(below).string()] = waybill_test::read_file(at.path());
    return found;
  }

  std::filesystem::path root;
};

inline timestamp const some_time = parse_rfc3339("2026-01-02T03:04:05.678901Z").value();

/// A file of a version: a datum with that content, of which size and sha256 are known.
inline std::string file_json(std::string const& id, std::string const& name, std::string const& content) {
  return R"({"datum":{"id":")" + id + R"(","name":")" + name + R"(","size":)" + std::to_string(content.size()) +
         R"(,"sha256":")" + hash_bytes<sha256_hasher>(as_bytes(content)).hex() + "\"}}";
}
/// A dataset `demo` with id d5 whose latest version is aa with these files; no version for an empty text.
inline void serve_dataset(fake_platform& platform, std::string const& files) {
  auto const latest = files.empty() ? "null" : R"({"id":"aa","name":"v1"})";
  platform.on(get_line("datasets/d5/"), std::string{R"({"id":"d5","name":"demo","latest_version":)"} + latest + "}");
  if (!files.empty())
    platform.on(get_line("dataset-versions/aa/"), R"({"id":"aa","name":"v1","files":[)" + files + "]}");
}

}  // namespace waybill_test

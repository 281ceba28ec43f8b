#pragma once

#include <waybill/driver/aws_settings.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace waybill_test {

/// Answers from memory by `METHOD URL`; what is not there cannot be connected to, and what hangs waits to be stopped.
class scripted_client final : public waybill::any_http_client {
 public:
  struct answer {
    int status = 200;
    std::string body;
    bool hangs = false;
  };
  std::map<std::string, answer> answers;
  std::vector<waybill::http_request> requests;

  waybill::result<std::unique_ptr<waybill::http_response>> send(waybill::http_request const& request,
                                                                waybill::http_body const*,
                                                                std::stop_token const& stop) override {
    requests.push_back(request);
    auto const at = answers.find(request.method + " " + request.url);
    if (at == answers.end()) return waybill::make_error(waybill::errc::temporary, "no connection");
    while (at->second.hangs) {
      if (stop.stop_requested()) return waybill::make_error(waybill::errc::interrupted, "stopped");
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    return std::make_unique<response>(at->second);
  }

 private:
  struct response final : waybill::http_response {
    explicit response(answer a) : given{std::move(a)}, rest{given.body} { status_ = given.status; }
    waybill::result<std::size_t> read(std::span<std::byte> buffer) override { return rest.read(buffer); }
    answer given;
    waybill::memory_source rest;
  };
};

/// A process and machine in memory.
struct lab {
  std::map<std::string, std::string, std::less<>> environment{{"HOME", "/home/me"}};
  std::map<std::string, std::string> files;
  std::map<std::string, std::string> programs;  ///< words joined by `|` -> output
  std::vector<std::string> ran;
  scripted_client client;
  waybill::timestamp now = waybill::parse_rfc3339("2026-11-20T12:00:00Z").value();

  [[nodiscard]] waybill::aws_surroundings surroundings() {
    return {environment,
            [this](std::string const& path) -> waybill::result<std::string> {
              auto const at = files.find(path);
              if (at == files.end()) return waybill::make_error(waybill::errc::file_not_found, "no such file", path);
              return at->second;
            },
            [this](std::vector<std::string> const& words) -> waybill::result<std::string> {
              std::string line;
              for (auto const& word : words) line += (line.empty() ? "" : "|") + word;
              ran.push_back(line);
              auto const at = programs.find(line);
              if (at == programs.end()) return waybill::make_error(waybill::errc::permanent, "ended with status 1");
              return at->second;
            },
            &client,
            [this] { return now; },
            std::chrono::milliseconds{50}};
  }
};

}  // namespace waybill_test

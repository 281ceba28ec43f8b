#pragma once

// A Clowder in memory, of either version: just enough of it, with faults on request, and a directory for one test.

#include <waybill/driver/clowder/api.hpp>
#include <waybill/http/url.hpp>
#include <waybill/json/parse.hpp>
#include <waybill/json/write.hpp>

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "support/results.hpp"

namespace waybill_test {

using namespace waybill;
namespace c = waybill::clowder;

class fake_clowder final : public any_http_client {
 public:
  struct stored {
    std::string id, dataset, folder, name, bytes;
    std::uint64_t version = 1;
    bool lost = false;  ///< answered well, and not kept
  };
  struct named {
    std::string id, parent, name;  ///< of a folder: the parent's id, else that of its dataset; of a dataset: its space
    bool top = true;
  };
  enum class kind : std::uint8_t { lost_request, lost_answer, status, html, lost_bytes };
  struct fault {
    std::string part;  ///< of `METHOD path`
    kind what = kind::lost_request;
    int times = 1;
    int status = 503;
    int skip = 0;  ///< so many are spared before
  };

  explicit fake_clowder(c::api_version v) : version{v} {}

  result<std::unique_ptr<http_response>> send(http_request const& request, http_body const* body,
                                              std::stop_token const& stop) override {
    if (stop.stop_requested()) return make_error(errc::interrupted, "stopped");
    if (auto const r = check_request(request); !r) return r.error();
    auto const text = body != nullptr ? text_of(*body) : result<std::string>{std::string{}};
    if (!text) return text.error();
    std::scoped_lock const lock{guard_};
    auto const url = split_http_url(request.url).value();
    auto const line = request.method + " " + std::string{url.path};
    lines.push_back(line + (url.query.empty() ? "" : "?" + std::string{url.query}));
    if (url.host != "clowder.example" && request.headers.find("X-API-Key") != nullptr) leaked = true;
    auto* const f = meet(line);
    if (f != nullptr && f->what == kind::lost_request) return make_error(errc::temporary, "the connection was lost");
    if (f != nullptr && f->what == kind::status) return reply(f->status, "no");
    if (f != nullptr && f->what == kind::html) return reply(200, "<html></html>");
    losing_ = f != nullptr && f->what == kind::lost_bytes;
    auto const* key = request.headers.find("X-API-Key");
    known_ = key != nullptr && *key == "k3y";
    auto answered = answer(request, url, *text);
    if (f != nullptr && f->what == kind::lost_answer) return make_error(errc::temporary, "the answer was lost");
    return answered;
  }

  [[nodiscard]] std::string add_dataset(std::string const& name, std::string const& space = {}) {
    datasets.push_back({next_id(), space, name});
    return datasets.back().id;
  }
  void add_file(std::string const& dataset, std::string const& name, std::string const& bytes) {
    files.push_back({next_id(), dataset, {}, name, bytes});
  }
  [[nodiscard]] int count(std::string_view part) const {
    return static_cast<int>(std::ranges::count_if(lines, [&](auto const& l) { return l.find(part) != l.npos; }));
  }
  /// Path and bytes of everything; a path that stands there twice is marked.
  [[nodiscard]] std::map<std::string, std::string> contents() const {
    std::map<std::string, std::string> out;
    for (auto const& file : files) {
      auto const path = path_of(file.folder) + file.name;
      if (!out.emplace(path, file.bytes).second) out[path] += " TWICE";
    }
    return out;
  }

  c::api_version version;
  std::vector<fault> faults;
  std::vector<std::string> lines;
  std::vector<named> spaces, datasets, folders;
  std::vector<stored> files;
  std::vector<std::pair<std::string, json::value>> metadata;  ///< dataset, content
  int freezes = 0;
  bool leaked = false;

 private:
  struct response final : http_response {
    response(int status, std::string body) : text{std::move(body)}, rest{std::string_view{text}} { status_ = status; }
    result<std::size_t> read(std::span<std::byte> buffer) override { return rest.read(buffer); }
    std::string text;
    memory_source rest;
  };
  using answer_type = result<std::unique_ptr<http_response>>;

  static answer_type reply(int status, std::string body) {
    return std::unique_ptr<http_response>{std::make_unique<response>(status, std::move(body))};
  }
  static answer_type reply(json::value const& v) { return reply(200, json::compact(v)); }

  static result<std::string> text_of(http_body const& body) {
    auto const source = body.open();
    if (!source) return source.error();
    std::string out;
    for (std::vector<std::byte> buffer(4096);;) {
      auto const n = (*source)->read(buffer);
      if (!n) return n.error();
      if (*n == 0) break;
      out.append(as_text(byte_view{buffer}.first(*n)));
    }
    CHECK(out.size() == body.size);
    return out;
  }

  fault* meet(std::string const& line) {
    for (auto& f : faults)
      if (f.times > 0 && line.find(f.part) != std::string::npos && f.skip-- <= 0) {
        --f.times;
        return &f;
      }
    return nullptr;
  }
  std::string next_id() {
    char text[32];
    std::snprintf(text, sizeof text, "65a0%020d", ++last_id_);
    return text;
  }
  [[nodiscard]] std::string path_of(std::string const& folder) const {
    for (auto const& f : folders)
      if (f.id == folder) return (f.top ? "" : path_of(f.parent)) + f.name + "/";
    return {};
  }
  [[nodiscard]] json::value shown(stored const& f) const {
    if (version == c::api_version::v2)
      return json::object{{"id", f.id},
                          {"name", f.name},
                          {"bytes", json::value::integer(std::uint64_t{f.bytes.size()})},
                          {"version_num", json::value::integer(f.version)},
                          {"folder_id", f.folder.empty() ? json::value{nullptr} : json::value{f.folder}}};
    json::object out{{"id", f.id}, {"filename", f.name}, {"size", std::to_string(f.bytes.size())}};
    if (!f.folder.empty()) out.emplace_back("folders", json::object{{"id", f.folder}, {"name", ""}});
    return out;
  }
  /// A list of version 2 is cut to three rows a page, newest first.
  answer_type list(json::array all, std::string_view query) {
    if (version == c::api_version::v1) return reply(json::value{std::move(all)});
    std::size_t skip = 0;
    for (auto const& p : parse_query(query))
      if (p.name == "skip") skip = std::stoul(p.value);
    std::ranges::reverse(all);
    auto const total = std::uint64_t{all.size()};
    json::array page;
    for (auto i = skip; i < all.size() && i < skip + 3; ++i) page.push_back(all[i]);
    return reply(json::object{{"metadata", json::object{{"total_count", json::value::integer(total)}}},
                              {"data", std::move(page)}});
  }

  answer_type answer(http_request const& request, http_url const& url, std::string const& body) {
    if (url.host == "store.example") {
      auto const at = std::ranges::find(files, url.path.substr(1), &stored::id);
      return at != files.end() ? reply(200, at->bytes) : reply(403, "");
    }
    std::string_view const root = version == c::api_version::v1 ? "/api/" : "/api/v2/";
    if (!url.path.starts_with(root)) return reply(404, "<h1>Action not found</h1>");
    std::vector<std::string> words;
    for (auto rest = url.path.substr(root.size()); !rest.empty();) {
      auto const slash = std::min(rest.find('/'), rest.size());
      words.emplace_back(rest.substr(0, slash));
      rest.remove_prefix(std::min(slash + 1, rest.size()));
    }
    if (version == c::api_version::v1 && words[0] == "version") return reply(200, R"({"version":{"number":"1.23.0"}})");
    if (version == c::api_version::v2 && words[0] == "status") return reply(200, R"({"version":"2.0.0"})");
    if (!known_ && (version == c::api_version::v2 || request.method != "GET")) return reply(401, "Not authorized");
    if (words[0] == "spaces") return answer_spaces(request.method, words, body);
    if (words[0] == "files") return answer_file(request, words);
    if (words[0] == "uploadToDataset") return upload(words[1], url.query, body);
    return answer_dataset(request.method, words, url.query, body);
  }

  answer_type answer_spaces(std::string const& method, std::vector<std::string> const& words, std::string const& body) {
    if (version == c::api_version::v2) return reply(404, "{}");
    if (method == "POST") {
      spaces.push_back({next_id(), {}, *json::parse(body).value().find("name")->as_string()});
      return reply(json::object{{"id", spaces.back().id}});
    }
    json::array rows;
    for (auto const& s : spaces)
      if (words.size() == 1 || words[1] == s.id) rows.emplace_back(json::object{{"id", s.id}, {"name", s.name}});
    if (words.size() == 1) return reply(json::value{std::move(rows)});
    return rows.empty() ? reply(400, "Space not found") : reply(rows.front());
  }

  answer_type answer_file(http_request const& request, std::vector<std::string> const& words) {
    auto const at = std::ranges::find(files, words[1], &stored::id);
    if (at == files.end()) return version == c::api_version::v1 ? reply(400, "Invalid file ID") : reply(404, "{}");
    if (request.method == "DELETE") {
      files.erase(at);
      return reply(200, "{}");
    }
    if (words.size() > 2) return reply(200, R"({"presigned_url":"https://store.example/)" + at->id + "\"}");
    if (at->lost) return version == c::api_version::v1 ? reply(404, "") : reply(500, "Internal Server Error");
    if (request.headers.find("Range") != nullptr) return reply(206, at->bytes.substr(at->bytes.size() - 1));
    return reply(200, at->bytes);
  }

  answer_type upload(std::string const& dataset, std::string_view query, std::string const& body) {
    auto const head = body.find("\r\n\r\n");
    auto const named_at = body.find("filename=\"") + 10;
    std::string name;
    for (auto i = named_at; body.compare(i, 3, "\"\r\n") != 0; ++i) name += body[i] == '\\' ? body[++i] : body[i];
    auto const mark = body.substr(0, body.find("\r\n"));
    auto const end = body.rfind("\r\n" + mark + "--\r\n");
    stored made{next_id(), dataset, {}, name, body.substr(head + 4, end - head - 4), 1, losing_};
    for (auto const& p : parse_query(query))
      if (p.name == "folder_id") made.folder = p.value;
    files.push_back(made);
    return version == c::api_version::v1 ? reply(json::object{{"id", made.id}}) : reply(shown(made));
  }

  answer_type answer_dataset(std::string const& method, std::vector<std::string> const& words, std::string_view query,
                             std::string const& body) {
    if (words.size() == 1 && method == "GET") {
      json::array rows;
      for (auto const& d : datasets) rows.push_back(row_of(d));
      return list(std::move(rows), query);
    }
    if (words.size() == 1 || words[1] == "createempty") {
      auto const v = json::parse(body).value();
      if (v.find("name") == nullptr) return reply(400, "Missing parameter [name]");
      auto const* space = v.find("space");
      (void)add_dataset(*v.find("name")->as_string(), space != nullptr ? *space->as_array()->front().as_string() : "");
      return reply(row_of(datasets.back()));
    }
    auto const at = std::ranges::find(datasets, words[1], &named::id);
    if (at == datasets.end()) return reply(404, "");
    if (words.size() == 2) return reply(row_of(*at));
    if (words[2] == "files" && method == "POST") return upload(at->id, query, body);
    if (words[2] == "files") return list_of_files(at->id, query);
    if (words[2] == "folders" && method == "GET") return list_of_folders(query);
    if (words[2] == "folders" || words[2] == "newFolder") return make_folder(at->id, json::parse(body).value());
    if (words[2] == "download") return reply(200, "PK a bag");
    if (words[2] == "freeze") {
      if (method == "POST")
        return reply(json::object{{"frozen_version_num", json::value::integer(std::int64_t{++freezes})}});
      return reply(json::value::integer(std::int64_t{freezes == 0 ? -999 : freezes}));
    }
    if (method == "POST") {
      metadata.emplace_back(at->id, *json::parse(body).value().find("content"));
      return reply(200, "\"added\"");
    }
    json::array rows;
    for (auto const& [dataset, content] : metadata)
      if (dataset == at->id) rows.emplace_back(json::object{{"content", content}});
    return reply(json::value{std::move(rows)});
  }

  static json::value row_of(named const& d) {
    json::array spaces;
    if (!d.parent.empty()) spaces.emplace_back(d.parent);
    return json::object{{"id", d.id}, {"name", d.name}, {"spaces", std::move(spaces)}};
  }
  answer_type list_of_files(std::string const& dataset, std::string_view query) {
    json::array rows;
    for (auto const& f : files)
      if (f.dataset == dataset) rows.push_back(shown(f));
    return list(std::move(rows), query);
  }
  answer_type list_of_folders(std::string_view query) {
    std::string parent;
    for (auto const& p : parse_query(query))
      if (p.name == "parent_folder") parent = p.value;
    json::array rows;
    for (auto const& f : folders) {
      auto const path = "/" + path_of(f.id);
      if (version == c::api_version::v1)
        rows.emplace_back(json::object{{"id", f.id}, {"name", path.substr(0, path.size() - 1)}});
      else if (parent.empty() ? f.top : f.parent == parent)
        rows.emplace_back(json::object{{"id", f.id}, {"name", f.name}});
    }
    return list(std::move(rows), query);
  }
  answer_type make_folder(std::string const& dataset, json::value const& v) {
    auto const* parent = v.find(version == c::api_version::v1 ? "parentId" : "parent_folder");
    bool const top = parent == nullptr || *parent->as_string() == dataset;
    folders.push_back({next_id(), top ? dataset : *parent->as_string(), *v.find("name")->as_string(), top});
    return reply(json::object{{"id", folders.back().id}, {"name", folders.back().name}});
  }

  std::mutex guard_;
  int last_id_ = 0;
  bool losing_ = false, known_ = false;
};

/// The API of a fake platform; waits are counted, not waited.
inline c::api api_of(fake_clowder& platform, int* waits = nullptr, std::stop_token stop = {}) {
  retry_policy retry{.attempts = 3};
  retry.sleep = [waits](std::chrono::milliseconds) -> result<void> {
    if (waits != nullptr) ++*waits;
    return {};
  };
  return c::api::open(platform,
                      {.base = "https://clowder.example", .key = "k3y", .retry = retry, .stop = std::move(stop)},
                      platform.version)
      .value();
}

/// A directory for one test case, removed with it.
class clowder_place {
 public:
  clowder_place() {
    char name[] = "/tmp/waybill-clowder-XXXXXX";
    root = std::filesystem::canonical(::mkdtemp(name));
    std::filesystem::create_directories(content());
  }
  ~clowder_place() { std::filesystem::remove_all(root); }
  clowder_place(clowder_place const&) = delete;
  clowder_place& operator=(clowder_place const&) = delete;

  [[nodiscard]] std::filesystem::path content() const { return root / "content"; }
  void put(std::string const& name, std::string const& text) const {
    std::filesystem::create_directories((content() / name).parent_path());
    std::ofstream{content() / name, std::ios::binary} << text;
  }

  std::filesystem::path root;
};

inline constexpr std::array both_versions{c::api_version::v1, c::api_version::v2};

}  // namespace waybill_test

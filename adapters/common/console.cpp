#include "common/console.hpp"

#include <waybill/core/utf8.hpp>
#include <waybill/json/write.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <mutex>

#include "common/exit_code.hpp"

namespace waybill_cli {
namespace json = waybill::json;

namespace {

bool stderr_is_terminal() {
  char const* term = std::getenv("TERM");
  return ::isatty(STDERR_FILENO) != 0 && term != nullptr && std::string_view{term} != "dumb";
}

/// What a terminal may get: names cannot move the cursor, change colours or turn text around.
std::string terminal_text(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    auto const end = std::min(text.find_first_of("\n\t"), text.size());
    out += waybill::printable(text.substr(0, end));
    if (end < text.size()) out += text[end];
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

json::value progress_document(waybill::progress const& p) {
  return json::object{{"schema", "waybill/progress/1"},
                      {"stage", p.stage},
                      {"files_done", json::value::integer(p.files_done)},
                      {"files_total", json::value::integer(p.files_total)},
                      {"bytes_done", json::value::integer(p.bytes_done)},
                      {"bytes_total", json::value::integer(p.bytes_total)}};
}

/// Draws one line on stderr and removes it when the job is over.
class bar {
 public:
  explicit bar(bool at_once) : start_{clock::now()}, at_once_{at_once} {}
  ~bar() {
    if (drawn_) std::fputs("\r\x1b[K", stderr);
  }

  void draw(waybill::progress const& p) {
    auto const elapsed = std::chrono::duration<double>(clock::now() - start_).count();
    if (!at_once_ && elapsed < 1.0) return;
    drawn_ = true;
    double const done = p.bytes_total != 0   ? double(p.bytes_done) / double(p.bytes_total)
                        : p.files_total != 0 ? double(p.files_done) / double(p.files_total)
                                             : 0.0;
    std::string line = "\r\x1b[K" + std::string{p.stage};
    if (p.files_total == 0) {  // not known yet
      line += " " + counted(p.files_done, "file") + "…";
    } else {
      auto const filled = static_cast<std::size_t>(std::lround(20 * std::min(done, 1.0)));
      double const rate = elapsed > 0 ? double(p.bytes_done) / elapsed : 0.0;
      line += " [" + std::string(filled, '#') + std::string(20 - filled, ' ') + "] " + std::to_string(p.files_done) +
              "/" + std::to_string(p.files_total) + " files, " + human_bytes(p.bytes_done) + "/" +
              human_bytes(p.bytes_total) + ", " + human_bytes(static_cast<std::uint64_t>(rate)) + "/s";
      if (done > 0.01 && done < 1) line += ", " + std::to_string(std::lround(elapsed * (1 - done) / done)) + " s left";
    }
    std::fputs(line.c_str(), stderr);
    std::fflush(stderr);
  }

 private:
  using clock = std::chrono::steady_clock;
  clock::time_point start_;
  bool at_once_;
  bool drawn_ = false;
};

}  // namespace

int console::print(std::string_view verb, answer const& a) const {
  std::string out;
  if (format == output_format::text) {
    out = ::isatty(STDOUT_FILENO) != 0 ? terminal_text(a.text) : a.text;
  } else {
    json::value const* rows = nullptr;
    if (format == output_format::json_lines && !a.rows.empty())
      for (auto const& [name, v] : a.members)
        if (name == a.rows) rows = &v;
    if (rows != nullptr && rows->as_array() != nullptr) {
      for (auto const& row : *rows->as_array()) {
        json::append_compact(out, row);
        out += '\n';
      }
    } else {
      json::object document{{"schema", std::string{"waybill/"}.append(verb).append("/1")}};
      document.insert(document.end(), a.members.begin(), a.members.end());
      json::append_compact(out, document);
      out += '\n';
    }
  }
  if (auto const written = write(out); !written) {
    if (written.error().code.value() == EPIPE) return a.exit;  // the reader has seen enough
    return print(written.error());
  }
  return a.exit;
}

int console::print(waybill::error const& e) const {
  auto const c = waybill::condition_of(e.code);
  if (format != output_format::text) {
    json::object inner{{"condition", waybill::name_of(c)},
                       {"code", waybill::name_of(e.code)},
                       {"detail", e.detail.empty() ? e.code.message() : e.detail}};
    if (!e.path.empty()) inner.emplace_back("path", e.path);
    std::string out;
    json::append_compact(out, json::object{{"schema", "waybill/error/1"}, {"error", std::move(inner)}});
    (void)write(out + "\n");
  }
  std::fprintf(stderr, "waybill: %s\n", waybill::printable(e.message()).c_str());
  return exit_code(c);
}

void console::note(std::string_view line) const {
  if (!quiet) std::fprintf(stderr, "%s\n", waybill::printable(line).c_str());
}

void console::detail(std::string_view line) const {
  if (verbosity > 0) note(line);
}

waybill::result<void> console::write(std::string_view bytes) const {
  while (!bytes.empty()) {
    auto const n = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return waybill::system_error(errno, "cannot write the result", "stdout");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

waybill::progress_callback console::reporter() const {
  bool const wants_bar =
      progress == progress_mode::bar || (progress == progress_mode::automatic && !quiet && stderr_is_terminal());
  if (progress == progress_mode::json)
    return
        [](waybill::progress const& p) { std::fprintf(stderr, "%s\n", json::compact(progress_document(p)).c_str()); };
  if (!wants_bar) return {};
  return [drawing = std::make_shared<bar>(progress == progress_mode::bar)](waybill::progress const& p) {
    drawing->draw(p);
  };
}

std::string human_bytes(std::uint64_t bytes) {
  static constexpr std::array units{"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; value >= 999.5 && unit + 1 < units.size(); ++unit) value /= 1000;
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 || value >= 100 ? "%.0f %s" : "%.1f %s", value, units[unit]);
  return text;
}

std::string counted(std::uint64_t n, std::string_view singular, std::string_view plural) {
  std::string out = std::to_string(n) + " ";
  if (n == 1) return out.append(singular);
  return plural.empty() ? out.append(singular).append("s") : out.append(plural);
}

std::string short_hash(std::string_view top_hash) { return std::string{top_hash.substr(0, 9)}; }

}  // namespace waybill_cli

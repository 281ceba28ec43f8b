#pragma once

#include <waybill/core/progress.hpp>
#include <waybill/error.hpp>
#include <waybill/json/value.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace waybill_cli {

enum class output_format : std::uint8_t { text, json, json_lines };
enum class progress_mode : std::uint8_t { automatic, bar, json, none };

/// What a verb found out, in both forms; the console prints one of them.
struct answer {
  waybill::json::object members;  ///< of the JSON document, after `schema`
  std::string text;               ///< for people, on stdout; lines end in `\n`
  int exit = 0;
  std::string_view rows{};  ///< the member that `--json=lines` prints item by item
};

/** The one place that prints: results on stdout, everything else on stderr. */
class console {
 public:
  output_format format = output_format::text;
  progress_mode progress = progress_mode::automatic;
  bool quiet = false;
  int verbosity = 0;

  /// Prints a verb's answer. @return its exit code, or 75 when stdout cannot be written
  int print(std::string_view verb, answer const& a) const;
  /// Prints an error: one JSON document on stdout with `--json`, a line on stderr for people. @return the exit code
  int print(waybill::error const& e) const;
  /// A remark for people, on stderr; silent with `-q`.
  void note(std::string_view line) const;
  /// The same, only with `-v`.
  void detail(std::string_view line) const;
  /// Bytes on stdout, unchanged. @errors system errors
  [[nodiscard]] waybill::result<void> write(std::string_view bytes) const;
  /// Reports for long jobs: a bar on a terminal once a job lasts about a second, JSON lines, or nothing.
  [[nodiscard]] waybill::progress_callback reporter() const;
};

/// Bytes for people: `41.2 MB`.
[[nodiscard]] std::string human_bytes(std::uint64_t bytes);
/// `1 file`, `2 files`.
[[nodiscard]] std::string counted(std::uint64_t n, std::string_view singular, std::string_view plural = {});
/// First nine digits of a top hash, as people see it.
[[nodiscard]] std::string short_hash(std::string_view top_hash);

}  // namespace waybill_cli

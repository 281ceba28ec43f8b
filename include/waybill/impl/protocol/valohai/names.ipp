#pragma once

#include <waybill/protocol/valohai/names.hpp>

#include <waybill/core/ascii.hpp>
#include <waybill/core/logical_key.hpp>
#include <waybill/core/utf8.hpp>

#include <algorithm>
#include <cstdio>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

WAYBILL_DECL bool is_metadata_name(std::string_view name) noexcept {
  return name == metadata_lines_name || name.ends_with(sidecar_suffix);
}

WAYBILL_DECL result<void> check_content_name(std::string_view name, bool pass_sidecars) {
  if (auto const key = logical_key::parse(name); !key) return key.error();
  std::string text{name};
  if (name == manifest_name || name == extended_manifest_name)
    return make_error(errc::protected_name, "is the name of a file that phase 1 writes; rename the content", text);
  if (!is_metadata_name(name) || (pass_sidecars && name != metadata_lines_name)) return {};
  std::string const why = "would be taken for metadata of another output and never become data; rename the content";
  auto const* const advice = name == metadata_lines_name ? "" : ", or pass it on as metadata (--pass-sidecars)";
  return make_error(errc::protected_name, why + advice, text);
}

WAYBILL_DECL std::string version_name(timestamp now) {
  using namespace std::chrono;
  auto const second = floor<seconds>(now);
  auto const day = floor<days>(second);
  year_month_day const date{day};
  hh_mm_ss const time{second - day};
  char text[48];
  std::snprintf(text, sizeof text, "%04d%02u%02u-%02d%02d%02d", int{date.year()}, unsigned{date.month()},
                unsigned{date.day()}, static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()));
  return text;
}

WAYBILL_DECL std::string version_uri(std::string_view dataset, std::string_view version) {
  return std::string{"dataset://"}.append(dataset).append("/").append(version);
}

WAYBILL_DECL result<void> check_uri_part(std::string_view part) {
  auto const bad = [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '/' || c == '?' || c == '#';
  };
  if (!part.empty() && find_invalid_utf8(part) == std::string_view::npos && std::ranges::none_of(part, bad)) return {};
  return make_error(errc::malformed_name,
                    "cannot be a part of a dataset:// URI: it is empty, not UTF-8, or holds one of / ? # or a control "
                    "character; rename it",
                    printable(part));
}

WAYBILL_DECL bool is_id(std::string_view text) noexcept {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char const c = text[i];
    bool const dash = i == 8 || i == 13 || i == 18 || i == 23;
    bool const hex = waybill::detail::ascii_hex_value(c) >= 0;
    if (dash ? c != '-' : !hex) return false;
  }
  return true;
}

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

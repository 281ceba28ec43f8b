// What several groups of verbs print.
#include <waybill/json/parse.hpp>

#include "common/exit_code.hpp"
#include "verbs.hpp"

namespace waybill_cli {
namespace json = waybill::json;

json::array strings(std::vector<std::string> const& texts) { return {texts.begin(), texts.end()}; }

json::value size_and_key(waybill::entry const& e) {
  return json::object{{"key", e.key.str()}, {"size", e.size ? number(*e.size) : json::value{}}};
}

json::value optional_text(std::optional<std::string> const& text) { return text ? json::value{*text} : json::value{}; }

json::value summary_of(waybill::diff const& d) {
  return json::object{{"added", number(d.added.size())},
                      {"removed", number(d.removed.size())},
                      {"modified", number(d.modified.size())},
                      {"renamed", number(d.renamed.size())},
                      {"unchanged", number(d.unchanged)}};
}

json::object push_members(std::string top_hash, std::string_view name, std::vector<std::string> const& tags,
                          waybill::transfer_report const& moved) {
  return {{"top_hash", std::move(top_hash)},
          {"name", name},
          {"tags", strings(tags)},
          {"bytes_copied", number(moved.bytes_copied)},
          {"bytes_skipped", number(moved.bytes_skipped)},
          {"files_copied", number(moved.files_copied)},
          {"files_skipped", number(moved.files_skipped)}};
}

waybill::result<json::value> parse_metadata(std::string const& text, std::string_view option) {
  auto parsed = json::parse(text);
  if (parsed) return parsed;
  auto e = parsed.error();
  e.detail = std::string{option}.append(" takes JSON: ").append(e.detail);
  return e;
}

answer differences_answer(waybill::lazy_verification const& found, std::string_view what) {
  answer out;
  json::array rows;
  for (auto const& d : found.differences) {
    rows.push_back(json::object{{"key", d.key}, {"kind", waybill::name_of(d.kind)}, {"detail", d.detail}});
    out.text.append(d.key).append(": ").append(d.detail).append("\n");
  }
  out.rows = "differences";
  bool const clean = found.differences.empty();
  out.members = {{"clean", clean}, {"differences", std::move(rows)}, {"placeholders", number(found.placeholders)}};
  if (clean) out.text.append(what).append("\n");
  if (found.placeholders != 0)
    out.text += counted(found.placeholders, "file is", "files are") + " not fetched: see waybill fetch\n";
  out.exit = clean ? 0 : exit_differences;
  return out;
}

waybill::result<std::optional<waybill::installed_package>> installed_lazily(std::string const& directory) {
  std::optional<waybill::installed_package> none;
  auto const place = waybill::workspace::at(directory);
  if (!place) return place.error();
  auto const recorded = place->recorded_placeholders();
  if (!recorded) return recorded.error();
  return *recorded ? place->load_installed() : none;
}

std::string without_slash(std::string_view text) {
  while (text.ends_with('/')) text.remove_suffix(1);
  return std::string{text};
}

}  // namespace waybill_cli

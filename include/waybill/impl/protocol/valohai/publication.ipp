#pragma once

#include <waybill/protocol/valohai/publication.hpp>

#include <waybill/json/write.hpp>
#include <waybill/protocol/valohai/python_json.hpp>

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

namespace detail {

inline result<void> check_output(datum const& output, extended_file const& expected) {
  if (output.size && *output.size != expected.size)
    return make_error(errc::size_mismatch,
                      "the output has " + std::to_string(*output.size) + " bytes, phase 1 wrote " +
                          std::to_string(expected.size) + "; run phase 1 again",
                      output.name);
  auto const* there = output.digests.find(algorithms::sha256);
  if (there != nullptr && expected.sha256 && *there != *expected.sha256)
    return make_error(
        errc::digest_mismatch,
        "the output's sha256 is " + there->hex() + ", phase 1 wrote " + expected.sha256->hex() + "; run phase 1 again",
        output.name);
  return {};
}

}  // namespace detail

WAYBILL_DECL result<std::vector<std::string>> select_data(update_manifest const& m, std::vector<datum> const& outputs,
                                                          extended_manifest const* checks) {
  if (!m.execution_id || m.execution_id->empty())
    return make_error(errc::refused,
                      "the manifest names no execution, and an empty filter could match every file of the account; run "
                      "phase 1 with VH_EXECUTION_ID set");
  std::unordered_map<std::string_view, std::vector<datum const*>> by_name;
  for (auto const& output : outputs)
    if (!output.purged) by_name[output.name].push_back(&output);
  std::unordered_map<std::string_view, extended_file const*> expected;
  if (checks != nullptr)
    for (auto const& file : checks->files) expected.emplace(file.name, &file);
  std::vector<std::string> out;
  for (auto const& name : m.new_files) {
    auto const found = by_name.find(name);
    if (found == by_name.end())
      return make_error(errc::refused,
                        "the manifest names this file, but the execution " + *m.execution_id +
                            " has no such output; was its upload cut short?",
                        name);
    if (found->second.size() > 1)
      return make_error(errc::refused,
                        "the execution has several outputs of this name, " + found->second[0]->id + " and " +
                            found->second[1]->id + "; which is meant cannot be told",
                        name);
    auto const& output = *found->second.front();
    if (auto const at = expected.find(name); at != expected.end())
      if (auto const r = detail::check_output(output, *at->second); !r) return r.error();
    out.push_back(output.id);
  }
  for (auto const& [name, id] : m.keep) out.push_back(id);
  std::ranges::sort(out);
  out.erase(std::ranges::unique(out).begin(), out.end());
  return out;
}

WAYBILL_DECL std::string post_body(update_manifest const& m, std::vector<std::string> const& data) {
  json::array files;
  for (auto const& id : data) files.emplace_back(json::object{{"datum", id}});
  return json::compact(json::object{{"previous_version", text_or_null(m.old_version_id ? &*m.old_version_id : nullptr)},
                                    {"name", m.new_version_name},
                                    {"dataset", m.dataset_id},
                                    {"files", std::move(files)}});
}

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

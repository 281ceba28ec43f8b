#pragma once

#include <waybill/driver/dagster/volume_memo.hpp>

#include <waybill/json/number.hpp>
#include <waybill/json/parse.hpp>
#include <waybill/json/record.hpp>
#include <waybill/json/write.hpp>
#include <waybill/scan/file.hpp>

#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace dagster {
namespace detail {

inline constexpr std::string_view memo_schema = "waybill/volume/1";
/// Coarser than the clocks of all file systems in use (FAT: 2 s).
inline constexpr std::int64_t unsure_ns = 2'000'000'000;

}  // namespace detail

WAYBILL_DECL bool volume_memo::read_line(std::string_view line, std::string_view root, bool first) {
  auto const document = json::parse(line);
  if (!document) return false;
  json::record_reader reader{*document};
  if (first) {
    bool const ours = reader.required_string("schema") == detail::memo_schema && reader.required_string("root") == root;
    begun_ns_ = static_cast<std::int64_t>(reader.required_uint64("begun_ns"));
    return ours && reader.ok();
  }
  auto dataset = reader.required_string("dataset");
  record one{reader.required_string("fingerprint"),
             {reader.required_string("version"), reader.required_uint64("files"), reader.required_uint64("bytes")}};
  if (reader.ok()) records_.insert_or_assign(std::move(dataset), std::move(one));
  return reader.ok();
}

WAYBILL_DECL volume_memo volume_memo::load(std::string const& file, std::string_view root) {
  volume_memo out;
  auto const text = read_file(file);
  if (!text) return out;
  bool first = true;
  for (std::string_view rest{*text}; !rest.empty(); first = false) {
    auto const end = rest.find('\n');
    if (end == std::string_view::npos || !out.read_line(rest.substr(0, end), root, first)) return {};
    rest.remove_prefix(end + 1);
  }
  return out;
}

WAYBILL_DECL dataset_content const* volume_memo::find(leaf_directory const& leaf) const {
  auto const known = records_.find(leaf.path);
  if (known == records_.end() || known->second.fingerprint != leaf.fingerprint) return nullptr;
  return leaf.changed_ns < begun_ns_ - detail::unsure_ns ? &known->second.content : nullptr;
}

WAYBILL_DECL void volume_memo::add(leaf_directory const& leaf, dataset_content content) {
  records_.insert_or_assign(leaf.path, record{leaf.fingerprint, std::move(content)});
}

WAYBILL_DECL result<void> volume_memo::save(std::string const& file, std::string_view root,
                                            std::int64_t begun_ns) const {
  auto text = json::compact(json::object{
                  {"schema", detail::memo_schema}, {"root", root}, {"begun_ns", json::value::integer(begun_ns)}}) +
              "\n";
  for (auto const& [dataset, one] : records_) {
    json::append_compact(text, json::object{{"dataset", std::string_view{dataset}},
                                            {"fingerprint", std::string_view{one.fingerprint}},
                                            {"version", std::string_view{one.content.version}},
                                            {"files", json::value::integer(one.content.files)},
                                            {"bytes", json::value::integer(one.content.bytes)}});
    text += '\n';
  }
  return waybill::detail::replace_file(file, text, 0600, waybill::detail::durability::volatile_file);
}

}  // namespace dagster
}  // namespace waybill::inline WAYBILL_ABI

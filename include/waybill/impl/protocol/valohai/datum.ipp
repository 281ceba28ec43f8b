#pragma once

#include <waybill/protocol/valohai/datum.hpp>

#include <waybill/json/record.hpp>

#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

WAYBILL_DECL void read_checksums(json::value const& v, digest_set& out) {
  for (algorithm const a : {algorithm{algorithms::sha256}, algorithm{algorithms::sha1}, algorithm{algorithms::md5}}) {
    auto const* member = v.find(a.name());
    auto const* text = member != nullptr ? member->as_string() : nullptr;
    if (text == nullptr) continue;
    if (auto const known = digest::parse(a, *text)) out.insert(*known);
  }
}

WAYBILL_DECL result<datum> read_datum(json::value const& v, std::string pointer) {
  datum out;
  if (auto const* id = v.as_string()) {
    out.id = *id;
    return out;
  }
  json::record_reader record{v, std::move(pointer)};
  out.id = record.required_string("id");
  out.name = record.required_string("name");
  out.size = record.optional_uint64("size");
  out.purged = record.optional_bool("purged").value_or(false);
  if (out.id.empty()) record.fail(errc::missing_member, "a datum has no id", "id");
  if (out.name.empty()) record.fail(errc::missing_member, "a datum has no name", "name");
  if (auto const r = record.finish(); !r) return r.error();
  read_checksums(v, out.digests);
  return out;
}

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

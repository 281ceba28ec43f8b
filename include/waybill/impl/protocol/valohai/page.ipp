#pragma once

#include <waybill/protocol/valohai/page.hpp>

#include <waybill/json/record.hpp>

#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

WAYBILL_DECL result<page> read_page(json::value body) {
  page out;
  if (auto* items = body.as_array()) {
    out.results = std::move(*items);
    return out;
  }
  json::record_reader record{body};
  (void)record.required_array("results");
  auto const next = record.optional_string("next");
  if (auto const r = record.finish(); !r) return r.error();
  out.results = std::move(*body.find("results")->as_array());
  out.says_next = body.find("next") != nullptr;
  if (!next) return out;
  auto const query = next->find('?');
  if (query == std::string::npos || query + 1 == next->size())
    return make_error(errc::malformed_url, "the URL of the next page has no query", "/next");
  out.next = next->substr(query + 1, next->find('#') - query - 1);
  return out;
}

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

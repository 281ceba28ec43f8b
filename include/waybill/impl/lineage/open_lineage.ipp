#pragma once

#include <waybill/lineage/open_lineage.hpp>

#include <waybill/core/bytes.hpp>
#include <waybill/hash/openssl.hpp>
#include <waybill/lineage/run_view.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace lineage {
namespace detail {

inline constexpr std::string_view facets_url = "https://openlineage.io/spec/facets/";

/// All that is known of an attempt, by position in its log.
struct attempt_records {
  std::vector<std::size_t> positions;
  run_record const* end = nullptr;
};

class event_maker {
 public:
  event_maker(run_log const& log, open_lineage_options const& options) : log_{log}, view_{log}, options_{options} {}

  std::vector<json::value> all() const {
    std::vector<attempt_id> order;
    std::map<attempt_id, attempt_records> attempts;
    for (std::size_t i = 0; i < log_.records.size(); ++i) {
      auto const& r = log_.records[i];
      auto& a = attempts[r.attempt];
      if (a.positions.empty()) order.push_back(r.attempt);
      a.positions.push_back(i);
      if (r.kind == record_kind::end) a.end = &r;
    }
    std::vector<json::value> out;
    for (auto const& id : order) append_attempt(out, attempts[id]);
    return out;
  }

 private:
  json::object facet(std::string_view version, std::string_view type) const {
    std::string url{facets_url};
    url.append(version).append("/").append(type).append(".json#/$defs/").append(type);
    return {{"_producer", options_.producer}, {"_schemaURL", std::move(url)}};
  }

  json::object job(std::string name) const {
    return {{"namespace", options_.job_namespace}, {"name", std::move(name)}};
  }

  json::value dataset(run_record const& r) const {
    auto const* t = r.table();
    json::object out{{"namespace", t != nullptr ? t->db : options_.package_namespace},
                     {"name", t != nullptr ? t->table : r.package()->name}};
    auto version = t == nullptr ? std::optional{r.package()->top_hash} : t->commit;
    if (t != nullptr && (t->dirty || (!version && r.kind == record_kind::read))) version = t->hash;
    if (!version) return out;
    auto facts = facet("1-0-1", "DatasetVersionDatasetFacet");
    facts.emplace_back("datasetVersion", std::move(*version));
    out.emplace_back("facets", json::object{{"version", std::move(facts)}});
    return out;
  }

  json::array datasets(attempt_records const& a, record_kind kind) const {
    json::array out;
    for (auto const i : a.positions) {
      auto const& r = log_.records[i];
      if (r.kind != kind || view_.superseded(i)) continue;
      auto data = dataset(r);
      if (std::ranges::find(out, data) == out.end()) out.push_back(std::move(data));
    }
    return out;
  }

  json::object run_facets(run_record const& r, bool failed) const {
    auto parent = facet("1-2-0", "ParentRunFacet");
    parent.emplace_back("run", json::object{{"runId", open_lineage_id(log_.name)}});
    parent.emplace_back("job", job(log_.name.flow));
    json::object out{{"parent", std::move(parent)}};
    if (!failed) return out;
    auto why = facet("1-0-1", "ErrorMessageRunFacet");
    why.emplace_back("message", r.failure.value_or("the step failed"));
    why.emplace_back("programmingLanguage", options_.language);
    out.emplace_back("errorMessage", std::move(why));
    return out;
  }

  /// @param when  a record of the attempt: the event's time, and the failure of a FAIL
  json::object event(std::string_view type, run_record const& when) const {
    auto type_of_job = facet("2-0-4", "JobTypeJobFacet");
    type_of_job.emplace_back("processingType", "BATCH");
    type_of_job.emplace_back("integration", options_.integration);
    type_of_job.emplace_back("jobType", "TASK");
    auto step = job(when.attempt.flow + "." + when.attempt.step);
    step.emplace_back("facets", json::object{{"jobType", std::move(type_of_job)}});
    return {
        {"eventType", type},
        {"eventTime", to_rfc3339(when.time)},
        {"run", json::object{{"runId", open_lineage_id(when.attempt)}, {"facets", run_facets(when, type == "FAIL")}}},
        {"job", std::move(step)},
        {"producer", options_.producer},
        {"schemaURL", "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"}};
  }

  void append_attempt(std::vector<json::value>& out, attempt_records const& a) const {
    auto const& first = log_.records[a.positions.front()];
    auto const& last = log_.records[a.positions.back()];
    out.push_back(event("START", first));
    auto const state = view_.state_of(first.attempt);
    if (state == attempt_state::unfinished && a.positions.size() == 1) return;
    auto over = state == attempt_state::unfinished ? event("RUNNING", last)
                : state == attempt_state::failed   ? event("FAIL", a.end != nullptr ? *a.end : last)
                                                   : event("COMPLETE", a.end != nullptr ? *a.end : last);
    over.emplace_back("inputs", datasets(a, record_kind::read));
    over.emplace_back("outputs", datasets(a, record_kind::write));
    out.push_back(std::move(over));
  }

  run_log const& log_;
  run_view view_;
  open_lineage_options const& options_;
};

/// The namespace of URLs. @format RFC 9562 section 6.6
inline constexpr std::array<unsigned char, 16> url_namespace{0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1,
                                                             0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8};

WAYBILL_DECL std::string uuid5(byte_view name_space, std::string_view name) {
  sha1_hasher hasher;
  hasher.update(name_space);
  hasher.update(as_bytes(name));
  auto const sum = hasher.finish();
  std::array<std::byte, 16> id;
  std::copy_n(sum.bytes().begin(), id.size(), id.begin());
  id[6] = (id[6] & std::byte{0x0F}) | std::byte{0x50};
  id[8] = (id[8] & std::byte{0x3F}) | std::byte{0x80};
  auto out = to_hex(id);
  for (std::size_t const at : {8, 13, 18, 23}) out.insert(at, "-");
  return out;
}

}  // namespace detail

WAYBILL_DECL std::vector<json::value> open_lineage_events(run_log const& log, open_lineage_options const& options) {
  return detail::event_maker{log, options}.all();
}

WAYBILL_DECL std::string open_lineage_id(run_name const& run) {
  return detail::uuid5(std::as_bytes(std::span{detail::url_namespace}), "waybill:" + run.flow + "/" + run.run);
}

WAYBILL_DECL std::string open_lineage_id(attempt_id const& a) {
  return detail::uuid5(
      std::as_bytes(std::span{detail::url_namespace}),
      "waybill:" + a.flow + "/" + a.run + "/" + a.step + "/" + a.task + "/" + std::to_string(a.number));
}

}  // namespace lineage
}  // namespace waybill::inline WAYBILL_ABI

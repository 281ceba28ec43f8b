#pragma once

#include <waybill/manifest/top_hash.hpp>

#include <waybill/core/utf8.hpp>
#include <waybill/json/write.hpp>
#include <waybill/manifest/quilt_hash.hpp>

#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// Text gathered before the hasher is called: enough to make the call cheap, little enough to stay in cache.
inline constexpr std::size_t hashed_at_once = 16 * 1024;

}  // namespace detail

WAYBILL_DECL top_hasher::top_hasher(manifest_header const& header) {
  json::append_canonical(buffer_, json::value{header.members});
}

WAYBILL_DECL result<void> quilt::append_hashed_entry(std::string& out, entry const& e) {
  if (!e.size) return make_error(errc::missing_member, "entry without a size; build the draft first", printable(e.key));
  if (!has_hash(e))
    return make_error(errc::missing_member, "entry without a hash that Quilt manifests hold; hash its content first",
                      printable(e.key));
  auto const* const meta = e.meta.as_object();
  if (meta == nullptr) return make_error(errc::wrong_type, "metadata of an entry must be an object", printable(e.key));
  out += R"({"hash":)";
  append_canonical_hash(out, e);
  out += R"(,"logical_key":)";
  json::append_canonical_string(out, e.key);
  out += R"(,"meta":)";
  if (meta->empty()) out += "{}";
  else json::append_canonical(out, e.meta);
  out += R"(,"size":)";
  out += std::to_string(*e.size);
  out += '}';
  return {};
}

WAYBILL_DECL result<void> top_hasher::add(entry const& e) {
  auto const appended = quilt::append_hashed_entry(buffer_, e);
  if (buffer_.size() >= detail::hashed_at_once) add_text({});
  return appended;
}

WAYBILL_DECL void top_hasher::add_text(std::string_view text) {
  hash_.update(as_bytes(buffer_));
  buffer_.clear();
  hash_.update(as_bytes(text));
}

WAYBILL_DECL digest top_hasher::finish() {
  hash_.update(as_bytes(buffer_));
  buffer_.clear();
  return hash_.finish();
}

namespace detail {

WAYBILL_DECL result<digest> top_hash_of(manifest_header const& header, std::span<entry const> entries) {
  top_hasher hash{header};
  for (auto const& e : entries)
    if (auto const added = hash.add(e); !added) return added.error();
  return hash.finish();
}

}  // namespace detail
}  // namespace waybill::inline WAYBILL_ABI

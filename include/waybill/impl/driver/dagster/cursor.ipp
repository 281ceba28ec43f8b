#pragma once

#include <waybill/driver/dagster/cursor.hpp>

#include <waybill/core/bytes.hpp>
#include <waybill/hash/openssl.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace dagster {

WAYBILL_DECL volume_cursor::id volume_cursor::id_of(std::string_view text) {
  auto const sum = hash_bytes<sha256_hasher>(as_bytes(text));
  id out{};
  std::ranges::copy_n(as_text(sum.bytes()).begin(), out.size(), out.begin());
  return out;
}

WAYBILL_DECL std::string volume_cursor::body() const {
  std::string out{go_on_behind.begin(), go_on_behind.end()};
  for (auto const& [dataset, known] : records_) {
    out.append(dataset.data(), dataset.size());
    out.push_back(static_cast<char>(known.times & 255));
    out.push_back(static_cast<char>(known.times >> 8));
    out.push_back(static_cast<char>(known.versions.size()));
    for (auto const& version : known.versions) out.append(version.data(), version.size());
  }
  return out;
}

WAYBILL_DECL std::string volume_cursor::text() const {
  auto const rest = body();
  auto const sum = id_of(rest);
  return "w1." + to_base64(as_bytes(std::string{sum.begin(), sum.end()} + rest));
}

WAYBILL_DECL bool volume_cursor::read_body(std::string_view bytes) {
  auto const take = [&] {
    id out{};
    std::ranges::copy_n(bytes.begin(), out.size(), out.begin());
    bytes.remove_prefix(out.size());
    return out;
  };
  constexpr std::size_t numbers = 3;
  if (bytes.size() < sizeof(id)) return false;
  go_on_behind = take();
  while (!bytes.empty()) {
    if (bytes.size() < sizeof(id) + numbers) return false;
    auto const dataset = take();
    auto const byte = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
    record known{.times = static_cast<std::uint16_t>(byte(0) | byte(1) << 8)};
    auto const count = byte(2);
    bytes.remove_prefix(numbers);
    if (bytes.size() / sizeof(id) < count) return false;
    for (unsigned i = 0; i < count; ++i) known.versions.push_back(take());
    records_.insert_or_assign(dataset, std::move(known));
  }
  return true;
}

WAYBILL_DECL result<volume_cursor> volume_cursor::parse(std::string_view text) {
  volume_cursor out;
  if (text.empty()) return out;
  auto const strange = make_error(
      errc::corrupt_state, "no scan wrote this cursor; leave it out to look at every dataset anew", "the cursor");
  if (!text.starts_with("w1.")) return strange;
  auto const bytes = from_base64(text.substr(3));
  if (!bytes || bytes->size() < sizeof(id)) return strange;
  auto const sum = as_text(*bytes).substr(0, sizeof(id)), rest = as_text(*bytes).substr(sizeof(id));
  if (!std::ranges::equal(sum, id_of(rest)) || !out.read_body(rest)) return strange;
  return out;
}

WAYBILL_DECL volume_cursor::standing volume_cursor::look(std::string_view dataset, std::string_view version) const {
  auto const known = records_.find(id_of(dataset));
  if (known == records_.end() || known->second.versions.empty()) return standing::unknown;
  return known->second.versions.front() == id_of(version) ? standing::same : standing::changed;
}

WAYBILL_DECL std::uint16_t volume_cursor::ask(std::string_view dataset, std::string_view version) {
  auto& known = records_[id_of(dataset)];
  auto const now = id_of(version);
  auto const returned = std::ranges::find(known.versions, now);
  auto const times = returned == known.versions.end() ? std::uint16_t{0} : known.times;
  if (times != 0) known.versions.erase(returned);
  known.versions.insert(known.versions.begin(), now);
  if (known.versions.size() > remembered) known.versions.pop_back();
  if (known.times != std::numeric_limits<std::uint16_t>::max()) ++known.times;
  return times;
}

WAYBILL_DECL void volume_cursor::keep(volume_cursor const& from, std::string_view dataset) {
  if (auto const known = from.records_.find(id_of(dataset)); known != from.records_.end()) records_.insert(*known);
}

}  // namespace dagster
}  // namespace waybill::inline WAYBILL_ABI

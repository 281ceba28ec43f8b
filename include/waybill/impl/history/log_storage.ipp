#pragma once

#include <waybill/history/log_storage.hpp>

#include <waybill/core/ascii.hpp>
#include <waybill/core/drain.hpp>
#include <waybill/scan/pool.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace history {
namespace detail {

inline constexpr std::size_t number_digits = 20;

inline std::string twenty_digits(std::uint64_t n) {
  auto const text = std::to_string(n);
  return std::string(number_digits - text.size(), '0') + text;
}

/// The number in `<20 digits><suffix>`.
inline std::optional<std::uint64_t> number_of(std::string_view name, std::string_view suffix) {
  if (name.size() != number_digits + suffix.size() || !name.ends_with(suffix)) return std::nullopt;
  std::uint64_t out = 0;
  for (char const c : name.substr(0, number_digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    out = out * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return out;
}

/// Encodes a batch, and reads it again: what cannot be read is never written.
inline result<log_end> encode(std::string& out, log_end const& end, std::span<record const> batch) {
  auto const start = out.size();
  auto const after = append_batch(out, end, batch);
  auto const again = read_log(std::string_view{out}.substr(start), end);
  if (!again.damage && again.end == after && again.torn == 0) return after;
  return make_error(errc::not_representable,
                    "what is to be recorded cannot be read again as JSON; nothing was written");
}

/// What is read of a checkpoint where its front is enough.
inline constexpr std::uint64_t bytes_of_a_front = 4096;
/// How often a file that grew while it was read is read again.
inline constexpr int reading_attempts = 100;
/// How often a batch whose fate is unknown is sent.
inline constexpr int sending_attempts = 4;

}  // namespace detail

WAYBILL_DECL log_storage::log_storage(any_store store, std::string_view id)
    : store_{std::move(store)}, prefix_{".waybill/logs/" + std::string{id} + "/"} {}

WAYBILL_DECL std::string log_storage::batch_key(std::uint64_t first_record) const {
  return prefix_ + "log/" + detail::twenty_digits(first_record) + ".jsonl";
}

WAYBILL_DECL result<std::string> log_storage::text_of(std::string const& key, byte_range range) const {
  for (int attempt = 1;; ++attempt) {
    auto const source = store_.open(key, range);
    if (!source) return source.error();
    auto text = read_text(**source);
    // A file that somebody appends to is read again; what was there before stays.
    if (text || text.error().code != errc::source_changed || attempt == detail::reading_attempts) return text;
  }
}

WAYBILL_DECL result<void> log_storage::take(stored_log& into, log_reading& r, std::string const& key,
                                            std::optional<std::uint64_t> until) const {
  for (auto& e : r.records) {
    if (until && into.at.end.records >= *until) return {};
    into.at.end = e.after;
    into.records.push_back(std::move(e));
  }
  if (!r.damage || (until && into.at.end.records >= *until)) return {};
  r.damage->path = store_.url(key).url() + ": " + r.damage->path;
  return *r.damage;
}

WAYBILL_DECL result<bool> log_storage::read_file(stored_log& into, std::optional<std::uint64_t> until) const {
  auto const text = text_of(file_key(), {.offset = into.at.next});
  if (!text && text.error().code == errc::object_not_found) return false;
  if (!text) return text.error();
  auto r = read_log(*text, into.at.end);
  if (auto const ok = take(into, r, file_key(), until); !ok) return ok.error();
  into.at.next += r.length;
  into.tail = text->substr(r.length);
  into.needs_newline = r.needs_newline;
  return true;
}

WAYBILL_DECL result<void> log_storage::read_batches(stored_log& into, std::vector<std::uint64_t> const& numbers,
                                                    std::optional<std::uint64_t> until) const {
  std::vector<std::string> texts(numbers.size());
  auto const read = parallel_for(numbers.size(), {.workers = 16}, [&](unsigned, std::size_t i) -> result<void> {
    auto text = text_of(batch_key(numbers[i]), {});
    if (!text) return text.error();
    texts[i] = std::move(*text);
    return {};
  });
  if (!read) return read.error();
  auto const add = [&](std::string const& text, std::uint64_t number) -> result<void> {
    auto const key = batch_key(number);
    auto r = read_log(text, into.at.end);
    if (r.torn != 0 && !r.damage)
      return make_error(errc::corrupt_state, "the object does not hold a whole batch; restore it from a copy",
                        store_.url(key).url());
    return take(into, r, key, until);
  };
  for (std::size_t i = 0; i < numbers.size(); ++i)
    if (auto const ok = add(texts[i], numbers[i]); !ok) return ok;
  // A listing may be behind: the next name tells whether there is more.
  while (!until || into.at.end.records < *until) {
    auto const number = into.at.end.records;
    auto const text = text_of(batch_key(number), {});
    if (!text && text.error().code == errc::object_not_found) break;
    if (!text) return text.error();
    if (auto const ok = add(*text, number); !ok) return ok;
  }
  return {};
}

WAYBILL_DECL result<stored_log> log_storage::read(log_position const& from, std::optional<std::uint64_t> until) const {
  std::vector<std::uint64_t> numbers;
  bool has_batches = false;
  bool has_file = store_.can_append();
  auto const listed = store_.list(prefix_ + "log", [&](object_info const& info) -> result<void> {
    has_file = has_file || info.key == file_key();
    auto const name = std::string_view{info.key}.substr(prefix_.size() + 3);
    auto const n = name.starts_with('/') ? detail::number_of(name.substr(1), ".jsonl") : std::nullopt;
    has_batches = has_batches || n.has_value();
    if (n && *n >= from.end.records && (!until || *n < *until)) numbers.push_back(*n);
    return {};
  });
  if (!listed) return listed.error();
  stored_log out;
  out.at = from;
  if (has_file) {
    auto const read = read_file(out, until);
    if (!read) return read.error();
    has_file = *read;
  }
  out.in_batches = has_batches || !has_file || !store_.can_append();
  if (out.in_batches) {
    // What a killed writer left in the file was not followed by those who went on behind it.
    out.tail.clear();
    out.needs_newline = false;
    if (auto const ok = read_batches(out, numbers, until); !ok) return ok.error();
  }
  if (out.at.end.records != 0) return out;
  auto const where = store_.url(has_file ? file_key() : batch_key(0)).url();
  if (!has_file) return make_error(errc::object_not_found, "there is no such log", where);
  return make_error(errc::corrupt_state, "record 0: the log holds no whole batch; restore it from a copy", where);
}

WAYBILL_DECL result<void> log_storage::put_new(std::string const& key, std::string const& text, errc when_taken) {
  for (int attempt = 1;; ++attempt) {
    auto const stored = store_.put(key, memory_content{text}, {.only_if_absent = true});
    if (stored) return {};
    bool const taken = stored.error().code == errc::collision || stored.error().code == errc::lost_race;
    bool const unknown = stored.error().code == condition::transient;
    if (!taken && !unknown) return stored.error();
    // The answer may have been lost, and the name may be taken by nobody but us: a batch is known by its text.
    auto const there = text_of(key, {});
    if (there && *there == text) return {};
    if (there || taken) return make_error(when_taken, "somebody else was first; read again, then repeat", key);
    if (there.error().code != errc::object_not_found || attempt == detail::sending_attempts) return stored.error();
  }
}

WAYBILL_DECL result<log_position> log_storage::create(std::span<record const> batch) {
  log_position out;
  std::string text;
  auto const end = detail::encode(text, {}, batch);
  if (!end) return end.error();
  out.end = *end;
  if (auto const ok = put_new(store_.can_append() ? file_key() : batch_key(0), text, errc::collision); !ok)
    return ok.error();
  if (store_.can_append()) out.next = text.size();
  return out;
}

WAYBILL_DECL result<log_position> log_storage::append(stored_log const& seen, std::span<record const> batch) {
  log_position out = seen.at;
  std::string text = seen.needs_newline ? "\n" : "";
  auto const end = detail::encode(text, seen.at.end, batch);
  if (!end) return end.error();
  out.end = *end;
  if (seen.in_batches) {
    if (auto const ok = put_new(batch_key(seen.at.end.records), text, errc::lost_race); !ok) return ok.error();
    return out;
  }
  out.next += text.size();
  if (auto const ok = store_.append(file_key(), seen.at.next, seen.tail, text); !ok) return ok.error();
  return out;
}

WAYBILL_DECL std::string log_storage::checkpoint_key(std::uint64_t records) const {
  return prefix_ + "checkpoint/" + detail::twenty_digits(records) + ".json";
}

WAYBILL_DECL std::vector<std::uint64_t> log_storage::checkpoint_numbers(std::optional<std::uint64_t> until) const {
  std::vector<std::uint64_t> numbers;
  auto const prefix = prefix_ + "checkpoint/";
  auto const listed = store_.list(prefix, [&](object_info const& info) -> result<void> {
    auto const n = detail::number_of(std::string_view{info.key}.substr(prefix.size()), ".json");
    if (n && (!until || *n <= *until)) numbers.push_back(*n);
    return {};
  });
  if (!listed) return {};
  std::ranges::sort(numbers, std::ranges::greater{});
  return numbers;
}

WAYBILL_DECL std::optional<checkpoint> log_storage::newest_checkpoint(std::optional<std::uint64_t> until,
                                                                      bool files) const {
  for (auto const n : checkpoint_numbers(until)) {
    auto const text = text_of(checkpoint_key(n), {});
    if (!text) continue;
    if (auto out = read_checkpoint(*text, files); out && out->at.end.records == n) return out;
  }
  return std::nullopt;
}

WAYBILL_DECL std::optional<checkpoint_front> log_storage::newest_front() const {
  auto const numbers = checkpoint_numbers({});
  auto const text = numbers.empty() ? result<std::string>{std::string{}}
                                    : text_of(checkpoint_key(numbers.front()), {.length = detail::bytes_of_a_front});
  auto out = text ? read_checkpoint_front(*text) : std::nullopt;
  return out && out->at.end.records == numbers.front() ? out : std::nullopt;
}

WAYBILL_DECL void log_storage::keep_checkpoint(dataset const& d, log_position const& at) {
  auto const text = checkpoint_text(d, at);
  (void)store_.put(checkpoint_key(at.end.records), memory_content{text}, {.only_if_absent = true});
}

WAYBILL_DECL result<void> log_storage::add_fork(std::string_view fork_id, std::string_view name) {
  auto const stored = store_.put(prefix_ + "forks/" + std::string{fork_id}, memory_content{name});
  if (!stored) return stored.error();
  return {};
}

WAYBILL_DECL result<std::vector<std::pair<std::string, std::string>>> log_storage::forks() const {
  std::vector<std::pair<std::string, std::string>> out;
  auto const prefix = prefix_ + "forks/";
  auto const listed = store_.list(prefix, [&](object_info const& info) -> result<void> {
    out.emplace_back(info.key.substr(prefix.size()), std::string{});
    return {};
  });
  if (!listed) return listed.error();
  for (auto& [id, name] : out) {
    auto text = text_of(prefix + id, {});
    if (!text) return text.error();
    name = std::move(*text);
  }
  return out;
}

WAYBILL_DECL result<void> log_storage::remove() {
  std::vector<std::string> keys;
  auto const listed = store_.list(prefix_, [&](object_info const& info) -> result<void> {
    keys.push_back(info.key);
    return {};
  });
  if (!listed) return listed.error();
  for (auto const& key : keys)
    if (auto const ok = store_.remove(key); !ok) return ok;
  return {};
}

}  // namespace history
}  // namespace waybill::inline WAYBILL_ABI

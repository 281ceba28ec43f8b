#pragma once

#include <waybill/driver/dolt/session.hpp>

#include <waybill/core/ascii.hpp>
#include <waybill/protocol/dolt/failure.hpp>
#include <waybill/protocol/dolt/invocation.hpp>
#include <waybill/protocol/dolt/sql_text.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {

WAYBILL_DECL result<dialogue> start_dolt(connection const& c, std::vector<std::string> words) {
  auto started =
      dialogue::start({std::move(words), session_environment(c.address, c.environment), c.address.directory});
  if (!started && started.error().code == boost::system::error_code{ENOENT, boost::system::system_category()})
    return make_error(errc::file_not_found, "there is no such program; install Dolt, or say where it is with --dolt",
                      c.program);
  return started;
}

WAYBILL_DECL result<session> session::open(connection const& c) {
  std::optional<local_lock> turn;
  if (!c.address.server) {
    auto taken = local_lock::take(c.address.directory, c.wait);
    if (!taken) return taken.error();
    turn = std::move(*taken);
  }
  auto started = start_dolt(c, session_words(c.address, c.program));
  if (!started) return started.error();
  session out{c, std::move(turn), std::move(*started)};
  if (auto const r = out.say(session_start); !r) return r.error();
  return out;
}

/// Why the session ended without being asked to.
WAYBILL_DECL error session::failed() {
  constexpr int signalled = 128;
  auto const code = dolt_.finish();
  if (!code) return code.error();
  if (*code > signalled)
    return make_error(errc::temporary, "dolt was ended by signal " + std::to_string(*code - signalled), name_);
  return complained();
}

/// The failure that Dolt complains of; of the last statement only the reason counts, as of the others.
WAYBILL_DECL error session::complained() const {
  std::string_view complaint = dolt_.complaint();
  auto const repeated = last_.empty() ? std::string_view::npos : complaint.find(last_);
  if (repeated != std::string_view::npos) complaint.remove_prefix(repeated + last_.size());
  return failure_of(complaint, name_);
}

WAYBILL_DECL result<void> session::say(std::string_view statements) {
  auto const heard = dolt_.send(statements);
  if (!heard) return heard.error();
  if (!*heard) return failed();
  return {};
}

WAYBILL_DECL result<std::vector<table::row>> session::ask(std::string_view statement) {
  if (auto const r = say(std::string{statement}.append(statement_end).append(answers_.mark())); !r) return r.error();
  for (;;) {
    auto records = answers_.take(dolt_.answer());
    if (!records) return records.error();
    if (*records) {
      if (!(*records)->empty()) (*records)->erase((*records)->begin());
      return std::move(**records);
    }
    auto const more = dolt_.receive();
    if (!more) return more.error();
    if (!*more) return failed();
  }
}

WAYBILL_DECL result<table::cell> session::ask_one(std::string_view statement) {
  auto rows = ask(statement);
  if (!rows) return rows.error();
  if (rows->empty() || rows->front().empty()) return table::cell{};
  return std::move(rows->front().front());
}

WAYBILL_DECL result<void> session::begin_last(std::string_view statement) {
  // Without the tail, which would become part of a column's name.
  last_ = waybill::detail::ascii_trimmed(statement);
  auto const r = say(last_);
  dolt_.end_input();
  return r;
}

WAYBILL_DECL result<std::size_t> session::read(std::span<std::byte> buffer) {
  while (taken_ == dolt_.answer().size()) {
    dolt_.answer().clear();
    taken_ = 0;
    auto const more = dolt_.receive();
    if (!more) return more.error();
    if (*more) continue;
    if (auto const r = end(); !r) return r.error();
    return std::size_t{0};
  }
  auto const n = std::min(buffer.size(), dolt_.answer().size() - taken_);
  std::memcpy(buffer.data(), dolt_.answer().data() + taken_, n);
  taken_ += n;
  return n;
}

WAYBILL_DECL result<void> session::stream(std::string_view statement, byte_sink& to) {
  if (auto const r = begin_last(statement); !r) return r.error();
  for (;;) {
    if (!dolt_.answer().empty())
      if (auto const r = to.write(as_bytes(dolt_.answer())); !r) return r.error();
    dolt_.answer().clear();
    auto const more = dolt_.receive();
    if (!more) return more.error();
    if (!*more) return end();
  }
}

WAYBILL_DECL result<void> session::end() {
  auto const code = dolt_.finish();
  if (!code) return code.error();
  if (*code != 0) return complained();
  return {};
}

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/protocol/dagster_pipes/session.hpp>

#include <algorithm>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace dagster_pipes {

/// @pre guard_ is held
WAYBILL_DECL result<void> session::send(std::string const& line) {
  if (state_ != state::open)
    return make_error(errc::usage, state_ == state::fresh ? "the session is not open yet" : "the session is closed");
  if (line.size() > largest_message)
    return make_error(errc::too_large, "a message to Dagster of " + std::to_string(line.size()) +
                                           " bytes; put what is long into a file and report its path");
  return out_(line);
}

WAYBILL_DECL result<void> session::open() {
  std::lock_guard const lock{guard_};
  if (state_ != state::fresh) return make_error(errc::usage, "the session was opened already");
  state_ = state::open;
  return send(opened_message());
}

WAYBILL_DECL result<void> session::log(log_level level, std::string_view text) {
  std::lock_guard const lock{guard_};
  return send(log_message(level, text));
}

WAYBILL_DECL result<void> session::stream(bool standard_error, std::string_view text) {
  std::lock_guard const lock{guard_};
  return send(stream_message(standard_error, text));
}

WAYBILL_DECL result<void> session::custom(json::value const& payload) {
  std::lock_guard const lock{guard_};
  return send(custom_message(payload));
}

WAYBILL_DECL result<std::string> session::own_key(std::string key) const {
  auto const& own = context_.asset_keys;
  if (key.empty() && own.size() == 1) return own.front();
  if (!key.empty() && std::ranges::find(own, key) != own.end()) return key;
  if (own.empty()) return make_error(errc::usage, "this step makes no assets", std::move(key));
  std::string all;
  for (auto const& one : own) all += (all.empty() ? "" : ", ") + one;
  return make_error(errc::usage,
                    (key.empty() ? "which asset is it? those of this step are " : "is no asset of this step: ") + all,
                    std::move(key));
}

WAYBILL_DECL result<void> session::materialize(materialization m) {
  std::lock_guard const lock{guard_};
  auto key = own_key(std::move(m.asset_key));
  if (!key) return key.error();
  if (made_.contains(*key)) return make_error(errc::usage, "the asset was reported already", *key);
  m.asset_key = *key;
  auto sent = send(materialization_message(m));
  if (sent) made_.insert(std::move(*key));
  return sent;
}

WAYBILL_DECL result<void> session::check(asset_check c) {
  std::lock_guard const lock{guard_};
  auto key = own_key(std::move(c.asset_key));
  if (!key) return key.error();
  c.asset_key = std::move(*key);
  return send(check_message(c));
}

WAYBILL_DECL result<void> session::end(std::string const& line) {
  std::lock_guard const lock{guard_};
  if (state_ == state::closed) return {};
  auto sent = send(line);
  if (state_ == state::open) state_ = state::closed;
  return sent;
}

WAYBILL_DECL result<void> session::close() { return end(closed_message()); }

WAYBILL_DECL result<void> session::close(exception const& why) {
  auto line = closed_message(why);
  if (line.size() > largest_message)
    line = closed_message({.message = short_enough(why.message), .name = short_enough(why.name)});
  return end(line);
}

}  // namespace dagster_pipes
}  // namespace waybill::inline WAYBILL_ABI

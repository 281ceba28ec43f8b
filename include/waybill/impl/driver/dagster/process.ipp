#pragma once

#include <waybill/driver/dagster/process.hpp>

#include <waybill/core/drain.hpp>
#include <waybill/core/in_file.hpp>
#include <waybill/json/parse.hpp>
#include <waybill/scan/file.hpp>

#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace dagster {
namespace detail {

inline constexpr std::size_t largest_context = std::size_t{64} << 20;

inline result<std::string> read_object(any_store const& store, std::string const& key) {
  auto const source = store.open(key);
  if (!source) return source.error();
  auto text = read_text(**source, largest_context, "the context");
  if (text || text.error().code != errc::too_large) return text;
  return make_error(errc::too_large, text.error().detail, key);
}

inline result<dagster_pipes::context> parse_context(std::string_view text, std::string const& where) {
  auto const document = json::parse(text, {.python_extensions = true});
  if (document) return dagster_pipes::read_context(*document, where);
  return in_file(document.error(), where);
}

inline result<dagster_pipes::context> load_context(dagster_pipes::context_place const& place,
                                                   bucket_opener const& open_bucket) {
  if (auto const* given = std::get_if<dagster_pipes::given_data>(&place))
    return dagster_pipes::read_context(given->data, dagster_pipes::context_variable);
  if (auto const* file = std::get_if<dagster_pipes::file_place>(&place)) {
    auto const text = read_file(file->path, largest_context);
    if (!text) return text.error();
    return parse_context(*text, file->path);
  }
  auto const& object = std::get<dagster_pipes::object_place>(place);
  auto const store = open_bucket(object.bucket);
  if (!store) return store.error();
  auto const text = read_object(*store, object.key);
  if (!text) return text.error();
  return parse_context(*text, "s3://" + object.bucket + "/" + object.key);
}

}  // namespace detail

WAYBILL_DECL result<process> process::start(dagster_pipes::encoded_parameters const& given,
                                            bucket_opener const& open_bucket) {
  process out;
  auto const started = dagster_pipes::read_bootstrap(given);
  if (!started) return started.error();
  if (!*started) return out;
  auto channel = open_channel((*started)->messages, open_bucket);
  if (!channel) return channel.error();
  out.channel_ = std::move(*channel);
  auto about = detail::load_context((*started)->context, open_bucket);
  if (about) out.about_ = std::move(*about);
  out.session_ = std::make_unique<dagster_pipes::session>(
      out.about_, [to = out.channel_.get()](std::string_view line) { return to->write(line); });
  if (auto const opened = out.session_->open(); !opened) return opened.error();
  if (about) return out;
  (void)out.fail(dagster_pipes::exception_of(about.error()));
  return about.error();
}

WAYBILL_DECL result<void> process::log(dagster_pipes::log_level level, std::string_view text) {
  return inside() ? session_->log(level, text) : result<void>{};
}
WAYBILL_DECL result<void> process::stream(bool standard_error, std::string_view text) {
  return inside() ? session_->stream(standard_error, text) : result<void>{};
}
WAYBILL_DECL result<void> process::custom(json::value const& payload) {
  return inside() ? session_->custom(payload) : result<void>{};
}
WAYBILL_DECL result<void> process::materialize(dagster_pipes::materialization m) {
  return inside() ? session_->materialize(std::move(m)) : result<void>{};
}
WAYBILL_DECL result<void> process::check(dagster_pipes::asset_check c) {
  return inside() ? session_->check(std::move(c)) : result<void>{};
}

WAYBILL_DECL result<void> process::finish() {
  if (!inside()) return {};
  auto closed = session_->close();
  auto finished = channel_->finish();
  return closed ? finished : closed;
}

WAYBILL_DECL result<void> process::fail(dagster_pipes::exception const& why) {
  if (!inside()) return {};
  auto closed = session_->close(why);
  auto finished = channel_->finish();
  return closed ? finished : closed;
}

}  // namespace dagster
}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/protocol/dagster_pipes/bootstrap.hpp>

#include <waybill/core/bytes.hpp>
#include <waybill/json/parse.hpp>
#include <waybill/json/record.hpp>
#include <waybill/protocol/dagster_pipes/inflate.hpp>

#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace dagster_pipes {
namespace detail {

/// The value of an option at `arguments[at]`, which is removed.
inline std::optional<std::string> take_option(std::vector<std::string>& arguments, std::size_t at,
                                              std::string_view option) {
  auto const here = arguments.begin() + static_cast<std::ptrdiff_t>(at);
  if (*here == option) {
    std::string value = here + 1 == arguments.end() ? std::string{} : *(here + 1);
    arguments.erase(here, here + (here + 1 == arguments.end() ? 1 : 2));
    return value;
  }
  if (!here->starts_with(option) || (*here)[option.size()] != '=') return std::nullopt;
  std::string value = here->substr(option.size() + 1);
  arguments.erase(here);
  return value;
}

inline error undecodable(std::string const& name, std::string const& why) {
  return make_error(errc::wrong_type,
                    why + "; it is base64 of zlib of JSON, as Dagster's encode_param makes it. Pass it on unchanged",
                    name);
}

inline result<context_place> read_context_place(json::value const& params) {
  json::record_reader reader{params, context_variable};
  if (auto path = reader.optional_string("path")) {
    if (auto const r = reader.finish(); !r) return r.error();
    return context_place{file_place{std::move(*path)}};
  }
  if (auto const* data = reader.optional_object("data")) return context_place{given_data{*data}};
  auto bucket = reader.optional_string("bucket"), key = reader.optional_string("key");
  if (auto const r = reader.finish(); !r) return r.error();
  if (bucket && key) return context_place{object_place{std::move(*bucket), std::move(*key)}};
  return make_error(errc::unsupported, "the context is in a place of no kind that is known: path, data, bucket and key",
                    context_variable);
}

inline result<messages_place> read_messages_place(json::value const& params) {
  json::record_reader reader{params, messages_variable};
  auto path = reader.optional_string("path"), direct = reader.optional_string("stdio"),
       buffered = reader.optional_string("buffered_stdio"), bucket = reader.optional_string("bucket"),
       prefix = reader.optional_string("key_prefix");
  if (auto const r = reader.finish(); !r) return r.error();
  if (path) return messages_place{file_place{std::move(*path)}};
  if (auto const& stream = direct ? direct : buffered) {
    if (*stream == "stdout" || *stream == "stderr")
      return messages_place{stream_place{.standard_error = *stream == "stderr", .buffered = !direct}};
    return make_error(errc::wrong_type, "messages go to stdout or stderr, not to \"" + *stream + "\"",
                      messages_variable);
  }
  if (bucket) return messages_place{chunk_place{std::move(*bucket), prefix.value_or("")}};
  return make_error(errc::unsupported,
                    "messages go to a place of no kind that is known: path, stdio, buffered_stdio, bucket",
                    messages_variable);
}

}  // namespace detail

WAYBILL_DECL encoded_parameters take_parameters(std::vector<std::string>& arguments) {
  encoded_parameters out;
  for (std::size_t at = 0; at < arguments.size();) {
    if (auto context = detail::take_option(arguments, at, "--dagster-pipes-context")) out.context = std::move(context);
    else if (auto messages = detail::take_option(arguments, at, "--dagster-pipes-messages"))
      out.messages = std::move(messages);
    else ++at;
  }
  return out;
}

WAYBILL_DECL encoded_parameters or_environment(encoded_parameters given,
                                               std::function<std::optional<std::string>(char const*)> const& variable) {
  if (!given.context) given.context = variable(context_variable);
  if (!given.messages) given.messages = variable(messages_variable);
  return given;
}

WAYBILL_DECL result<json::value> decode_parameter(std::string_view text, std::string const& name) {
  auto const packed = from_base64(text);
  if (!packed) return detail::undecodable(name, "is no base64");
  auto const unpacked = inflate_zlib(*packed);
  if (!unpacked) return detail::undecodable(name, unpacked.error().detail);
  auto document = json::parse(*unpacked, {.python_extensions = true});
  if (!document) return detail::undecodable(name, "is no JSON: " + document.error().detail);
  if (document->as_object() == nullptr) return detail::undecodable(name, "is no JSON object");
  return document;
}

WAYBILL_DECL result<std::optional<bootstrap>> read_bootstrap(encoded_parameters const& given) {
  if (!given.context && !given.messages) return std::optional<bootstrap>{};
  for (auto const& [text, name] :
       {std::pair{&given.context, context_variable}, std::pair{&given.messages, messages_variable}})
    if (!*text)
      return make_error(errc::missing_member,
                        "is not set, but the other parameter of Dagster Pipes is; pass both on to this process", name);
  auto const context = decode_parameter(*given.context, context_variable);
  if (!context) return context.error();
  auto const messages = decode_parameter(*given.messages, messages_variable);
  if (!messages) return messages.error();
  auto from = detail::read_context_place(*context);
  if (!from) return from.error();
  auto to = detail::read_messages_place(*messages);
  if (!to) return to.error();
  return std::optional{bootstrap{std::move(*from), std::move(*to)}};
}

}  // namespace dagster_pipes
}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/http/aws_credentials.hpp>

#include <waybill/core/utf8.hpp>
#include <waybill/json/parse.hpp>
#include <waybill/json/record.hpp>

#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace detail {

/// Metadata services answer a refusal as a document too, with `Code` or `code` in it.
inline result<void> check_answer_code(json::value const& document) {
  for (auto const* const name : {"Code", "code"}) {
    auto const* const code = document.find(name);
    if (code == nullptr || code->as_string() == nullptr || *code->as_string() == "Success") continue;
    return make_error(errc::denied, "no credentials were given: " + printable(code->as_string()->substr(0, 64)));
  }
  return {};
}

inline result<void> check_process_version(json::record_reader& record) {
  auto const version = record.required_uint64("Version");
  if (!record.ok()) return record.finish();
  if (version == 1) return {};
  return make_error(errc::unsupported, "credentials of version " + std::to_string(version) + "; version 1 is known");
}

}  // namespace detail

WAYBILL_DECL result<aws_credentials> parse_aws_credentials(std::string_view text, aws_credential_answer from) {
  auto const document = json::parse(text, {.max_depth = 16, .refuse_duplicates = true});
  // The parser's own words could show a part of the text.
  if (!document) return error{document.error().code, "the answer is not JSON", document.error().path};
  if (auto const given = detail::check_answer_code(*document); !given) return given.error();
  bool const process = from == aws_credential_answer::process;
  json::record_reader record{*document};
  if (process)
    if (auto const known = detail::check_process_version(record); !known) return known.error();
  aws_credentials out;
  out.access_key_id = record.required_string("AccessKeyId");
  out.secret_access_key = record.required_string("SecretAccessKey");
  out.session_token = record.optional_string(process ? "SessionToken" : "Token").value_or("");
  auto const expires = process ? record.optional_string("Expiration") : record.required_string("Expiration");
  if (record.ok() && (out.access_key_id.empty() || out.secret_access_key.empty()))
    record.fail(errc::missing_member, "is empty", out.access_key_id.empty() ? "AccessKeyId" : "SecretAccessKey");
  if (record.ok() && expires && !expires->empty()) {
    auto const at = parse_rfc3339(*expires);
    if (at) out.expires = *at;
    else record.fail(errc::wrong_type, "is no RFC 3339 time", "Expiration");
  }
  if (auto const read = record.finish(); !read) return read.error();
  return out;
}

}  // namespace waybill::inline WAYBILL_ABI

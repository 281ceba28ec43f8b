#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/json/value.hpp>

#include <memory>
#include <string>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

/** A JSON Schema, compiled once and then asked about any number of documents.

    Draft 7 without `$id` and remote references: `$ref` names a schema of the same document (`#/definitions/size`).
    `format` is checked for `date`, `time` and `date-time` and says nothing otherwise. Patterns are ECMAScript without
    look-behind and see bytes. `1.0` is an integer, as draft 7 says.

    @format JSON Schema draft-07 (json-schema.org/draft-07/json-schema-validation); validation by valijson 1.0
    @threads one thread at a time, copies included
*/
class json_schema {
 public:
  /** @param pointer where the schema stands in its document, for errors
      @errors errc::usage with a JSON pointer as path: not a schema, a reference to nowhere or to itself, a pattern that
              is no regular expression, nested more than 64 levels */
  [[nodiscard]] static result<json_schema> compile(json::value const& schema, std::string const& pointer = {});

  /** What is wrong with a document: sentences, each behind the JSON pointer it is about; none means it is valid.

      A document nested more than 64 levels, a text over 1024 bytes where the schema has patterns or formats, and NaN or
      infinities are violations, too. */
  [[nodiscard]] std::vector<std::string> violations(json::value const& document) const;

 private:
  struct compiled;
  explicit json_schema(std::shared_ptr<compiled> c) noexcept : compiled_{std::move(c)} {}
  std::shared_ptr<compiled> compiled_;
};

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/algebra/json_schema.ipp>
#endif

#pragma once

#include <waybill/config.hpp>
#include <waybill/json/value.hpp>

#include <boost/json/value.hpp>

#include <string>
#include <vector>

namespace waybill::inline WAYBILL_ABI::detail::schemas {

inline constexpr int max_levels = 64;

/// A document in the form valijson reads, and whatever makes it unfit for that.
struct document_form {
  boost::json::value value;
  std::vector<std::string> problems;  ///< sentences, each behind the JSON pointer it is about
};

/** Turns a document into that form; a number without fraction becomes an integer, as draft 7 says.
    @param limit_texts  makes texts over 1024 bytes a problem; what a pattern costs grows with them */
[[nodiscard]] WAYBILL_DECL document_form convert_document(json::value const& document, bool limit_texts);

}  // namespace waybill::inline WAYBILL_ABI::detail::schemas

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/algebra/schema_document.ipp>
#endif

#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

/// An element of an XML document; attributes, comments and prefixes of names are left out.
struct xml_element {
  std::string name;
  std::string text;  ///< UTF-8, what stands beside the children
  std::vector<xml_element> children;

  /// The first child of that name, or null.
  [[nodiscard]] WAYBILL_DECL xml_element const* child(std::string_view wanted) const noexcept;
  /// The text of that child; empty when there is none. @lifetime refers to this element
  [[nodiscard]] WAYBILL_DECL std::string_view text_of(std::string_view wanted) const noexcept;
};

/// What an answer may hold before it is refused unread.
struct xml_limits {
  std::size_t max_bytes =
      std::size_t{8} << 20;  ///< a page of 1,000 keys of 1,024 bytes, each byte encoded, is about 4 MiB
  unsigned max_depth = 16;   ///< elements within each other
};

/** The root element of a document from a service.

    Documents that define anything are refused (`<!DOCTYPE`, `<!ENTITY`), comments and CDATA sections as well: no
    service the kit speaks to sends them.
    @errors errc::too_large, too_deep; errc::permanent for what is not well-formed, with the line
    @format XML 1.0, fifth edition
*/
[[nodiscard]] WAYBILL_DECL result<xml_element> parse_xml(std::string_view text, xml_limits const& limits = {});

/// A text as the content of an element. @pre no control character that XML 1.0 cannot hold
[[nodiscard]] WAYBILL_DECL std::string xml_escaped(std::string_view text);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/store/xml.ipp>
#endif

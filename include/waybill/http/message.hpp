#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {

/// One header field.
struct http_header {
  std::string name;
  std::string value;
  bool secret = false;  ///< never shown, and not sent on to another host by a redirect

  friend bool operator==(http_header const&, http_header const&) = default;
};

/** Header fields in the order in which they are sent; names compare without regard to case.
    @format RFC 9110 section 5 */
class header_list {
 public:
  header_list() = default;
  header_list(std::initializer_list<http_header> fields) : fields_{fields} {}

  /// The first field of that name, or null.
  [[nodiscard]] std::string const* find(std::string_view name) const noexcept;
  /// Adds a field behind those that are there.
  void add(http_header field) { fields_.push_back(std::move(field)); }
  /// Replaces every field of that name by one.
  void set(http_header field);
  /// Appends a continuation to the value of the last field, after a blank; without a field it is dropped.
  void extend_last(std::string_view text);
  /// Removes every field of that name.
  void remove(std::string_view name);

  [[nodiscard]] bool empty() const noexcept { return fields_.empty(); }
  [[nodiscard]] std::vector<http_header>::const_iterator begin() const noexcept { return fields_.begin(); }
  [[nodiscard]] std::vector<http_header>::const_iterator end() const noexcept { return fields_.end(); }

  friend bool operator==(header_list const&, header_list const&) = default;

 private:
  std::vector<http_header> fields_;
};

/// True for the status of an answer that says it was done.
[[nodiscard]] constexpr bool is_success(int status) noexcept { return status >= 200 && status < 300; }

/// True when two names of fields are the same: ASCII letters without regard to case.
[[nodiscard]] WAYBILL_DECL bool same_header_name(std::string_view a, std::string_view b) noexcept;

/// What is asked for; a body is given to the client beside it.
struct http_request {
  std::string method = "GET";
  std::string url;  ///< absolute, percent-encoded; http or https
  header_list headers;
  /// How long the server may think once it has the whole request; where that is less, a client's own limit counts.
  std::chrono::milliseconds answer_within{0};
};

/** Nothing in a request may end a line early or hold a control character, and its URL means the same to every client:
    it is ASCII, without backslashes, and without user name and password.
    @errors errc::usage naming the field, never its value; errc::malformed_url for the URL
    @format RFC 9110 sections 5.1 and 5.5, RFC 9112 section 3 */
[[nodiscard]] WAYBILL_DECL result<void> check_request(http_request const& request);

}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/http/message.ipp>
#endif

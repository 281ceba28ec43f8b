#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace valohai {

/** An execution's parameters: `parameters.json`, one flat object.

    Numbers keep their text. A name may be spelled with `-` or `_`.
    @format docs.valohai.com, system configuration files; facts of valohai-yaml 0.61 */
class parameters {
 public:
  parameters() = default;
  /// @param file  is named by every error  @errors as json::parse; errc::wrong_type for what is no object
  [[nodiscard]] static result<parameters> parse(std::string_view text, std::string file);

  /// The value as a text; empty where it is absent, null or an empty text. @errors errc::wrong_type for lists, objects
  [[nodiscard]] result<std::optional<std::string>> text(std::string_view name) const;
  /// Every text of a list; a single value is a list of one. @errors errc::wrong_type for objects
  [[nodiscard]] result<std::vector<std::string>> list(std::string_view name) const;
  /// A flag: a JSON boolean, or `true` and `false` as texts. @errors errc::wrong_type
  [[nodiscard]] result<std::optional<bool>> flag(std::string_view name) const;

 private:
  parameters(json::value document, std::string file) : document_{std::move(document)}, file_{std::move(file)} {}
  [[nodiscard]] json::value const* find(std::string_view name) const;
  [[nodiscard]] error wrong(std::string_view name, std::string_view wanted) const;

  json::value document_ = json::object{};
  std::string file_;
};

}  // namespace valohai
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/valohai/parameters.ipp>
#endif

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/application.hpp"
#include "common/context.hpp"

namespace waybill_cli {

/// What the verbs that publish are told.
struct push_options {
  std::string directory, prefix, message, name;
  std::vector<std::string> tags;
  bool local_files_only = false, allow_local_files = false, allow_placeholders = false, check = false;
  CLI::Option *has_prefix = nullptr, *has_message = nullptr;

  [[nodiscard]] std::optional<std::string> prefix_or_none() const {
    return *has_prefix ? std::optional{prefix} : std::nullopt;
  }
  [[nodiscard]] std::optional<std::string> message_or_none() const {
    return *has_message ? std::optional{message} : std::nullopt;
  }
};

/// What was copied and what was there already, for people.
[[nodiscard]] std::string moved_text(waybill::transfer_report const& moved);

/// `push DIR`: a directory's whole state becomes the next version.
[[nodiscard]] waybill::result<answer> push_directory(context& world, push_options const& o);

}  // namespace waybill_cli

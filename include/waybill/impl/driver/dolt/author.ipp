#pragma once

#include <waybill/driver/dolt/author.hpp>

#include <waybill/protocol/dolt/invocation.hpp>

#include <algorithm>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {

WAYBILL_DECL std::string author_in(std::string_view settings) {
  std::string name, mail;
  while (!settings.empty()) {
    auto const line = settings.substr(0, settings.find('\n'));
    settings.remove_prefix(std::min(line.size() + 1, settings.size()));
    // A directory's own settings come first, and count.
    for (auto const& [key, value] : {std::pair{std::string_view{"user.name = "}, &name}, {"user.email = ", &mail}})
      if (line.starts_with(key) && value->empty()) *value = line.substr(key.size());
  }
  if (name.empty() || mail.empty() || name.find_first_of("<>") != std::string::npos) return {};
  return name + " <" + mail + ">";
}

WAYBILL_DECL result<std::string> author_of(connection const& c) {
  if (c.address.server) return std::string{};
  auto asked = start_dolt(c, {c.program, "config", "--list"});
  if (!asked) return asked.error();
  if (auto const code = asked->finish(); !code) return code.error();
  auto author = author_in(asked->answer());
  return author.empty() ? std::string{"waybill <waybill@localhost>"} : std::move(author);
}

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/protocol/dolt/invocation.hpp>

#include <algorithm>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {

WAYBILL_DECL std::vector<std::string> session_words(database_address const& at, std::string program) {
  std::vector<std::string> out{std::move(program)};
  if (at.server) {
    auto const& s = *at.server;
    // The login stands in front of the command, and a value is a word of its own.
    for (auto const& word :
         {std::string{"--host"}, s.host, std::string{"--port"}, std::to_string(s.port), std::string{"--user"}, s.user,
          std::string{"--no-tls"}, std::string{"--use-db"}, s.database})
      out.push_back(word);
  }
  for (auto const* word : {"sql", "-r", "csv"}) out.emplace_back(word);
  return out;
}

WAYBILL_DECL std::vector<std::string> session_environment(database_address const& at, std::vector<std::string> given) {
  auto const sets = [](std::string_view name) {
    return [name](std::string const& line) { return line.starts_with(name) && line.substr(name.size(), 1) == "="; };
  };
  for (auto const* name : {"NO_COLOR", "DOLT_DISABLE_EVENT_FLUSH"}) {
    std::erase_if(given, sets(name));
    given.push_back(std::string{name} + "=1");
  }
  std::erase_if(given, sets("DOLT_CLI_USER"));
  if (!at.server) std::erase_if(given, sets(password_variable));
  else if (std::ranges::none_of(given, sets(password_variable))) given.push_back(std::string{password_variable} + "=");
  return given;
}

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI

#pragma once

#include <waybill/registry/package.hpp>
#include <waybill/scan/materialise.hpp>
#include <waybill/scan/stat_cache.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/application.hpp"
#include "common/context.hpp"

namespace waybill_cli {

/// What the verbs that place files are told.
struct place_options {
  std::string ref, directory;
  std::vector<std::string> include, require;
  bool portable = false, link = false, lazy = false;
};

/// Options that all of them take.
void add_placing(CLI::App& sub, place_options& o);
/// @errors errc::usage for an algorithm that is none
[[nodiscard]] waybill::result<waybill::materialise_options> placing_of(context const& world, place_options const& o);
/// The stat cache of a directory; empty where it does not exist yet.
[[nodiscard]] waybill::stat_cache cache_of(context const& world, std::string const& directory);

/// Members that all of them print. @param placeholders  entries that are not fetched: then none was copied
[[nodiscard]] answer report_answer(waybill::materialise_report const& r, waybill::package const& p,
                                   std::string const& directory, std::uint64_t placeholders = 0);
void warn_of_collisions(context const& world, waybill::materialise_report const& r);

/// The package a directory was installed from, opened again. @param tag  what it was asked by
/// @errors errc::no_workspace; as workspace::load_installed and open_registry_at
[[nodiscard]] waybill::result<waybill::package> installed_package(context& world, std::string const& directory,
                                                                  std::optional<std::string>& tag);

}  // namespace waybill_cli

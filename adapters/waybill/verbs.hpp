#pragma once

#include <waybill/algebra/diff.hpp>
#include <waybill/json/value.hpp>
#include <waybill/manifest/entry.hpp>
#include <waybill/registry/package_builder.hpp>
#include <waybill/registry/workspace.hpp>
#include <waybill/scan/materialise.hpp>
#include <waybill/scan/verify.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/application.hpp"

namespace waybill_cli {

/// Each adds a group of verbs; one file of the same name each.
void add_manifest_verbs(application& app);   // manifest, hash
void add_part_verbs(application& app);       // shard, combine, sample
void add_compare_verbs(application& app);    // diff, verify, status
void add_contract_verbs(application& app);   // check
void add_draft_verbs(application& app);      // init, add, set
void add_edit_verbs(application& app);       // set-meta, rm, move, build-manifest
void add_publish_verbs(application& app);    // push-data, push-manifest, push
void add_install_verbs(application& app);    // install, sync
void add_fetch_verbs(application& app);      // fetch
void add_look_verbs(application& app);       // show, ls, cat, meta, readme
void add_version_verbs(application& app);    // list, versions, tags, tag, untag, rollback
void add_log_verbs(application& app);        // log, action, since-forking, upstream-delta
void add_savepoint_verbs(application& app);  // savepoint, fork, forks, head
void add_act_verbs(application& app);        // act, undo, merge
void add_gc_verbs(application& app);         // gc
void add_cache_verbs(application& app);      // cache
void add_config_verbs(application& app);     // config

/// `diff`, which add_compare_verbs adds.
[[nodiscard]] application::action diff_verb(CLI::App& sub);

// What several groups print.
[[nodiscard]] inline waybill::json::value number(std::uint64_t n) { return waybill::json::value::integer(n); }
[[nodiscard]] waybill::json::array strings(std::vector<std::string> const& texts);
[[nodiscard]] waybill::json::value size_and_key(waybill::entry const& e);
[[nodiscard]] waybill::json::value optional_text(std::optional<std::string> const& text);
/// How many entries were added, removed, modified, renamed and left.
[[nodiscard]] waybill::json::value summary_of(waybill::diff const& d);
/// Members every push prints: `top_hash`, `name`, `tags`, `bytes_copied`, ….
[[nodiscard]] waybill::json::object push_members(std::string top_hash, std::string_view name,
                                                 std::vector<std::string> const& tags,
                                                 waybill::transfer_report const& moved);
/// JSON metadata of an option. @errors errc::malformed_json naming the option
[[nodiscard]] waybill::result<waybill::json::value> parse_metadata(std::string const& text, std::string_view option);
/// A differences list in both forms, with the number of placeholders; exit 1 when there are differences.
[[nodiscard]] answer differences_answer(waybill::lazy_verification const& found, std::string_view what);

// What several groups read.
/// What was installed in a directory, if placeholders may stand there. @errors as workspace::load_installed
[[nodiscard]] waybill::result<std::optional<waybill::installed_package>> installed_lazily(std::string const& directory);
/// A directory's name without the slashes at its end.
[[nodiscard]] std::string without_slash(std::string_view text);

}  // namespace waybill_cli

#pragma once

#include <waybill/json/value.hpp>
#include <waybill/registry/package_builder.hpp>

#include <cstdint>
#include <optional>
#include <string>

#include "common/context.hpp"

namespace waybill_cli {

/// What staging objects in place took.
struct staged {
  std::uint64_t entries = 0;
  std::uint64_t read_objects = 0;  ///< whose digest the service does not keep
  std::uint64_t read_bytes = 0;    ///< of those
};

/// True for a source that is staged where it lies.
[[nodiscard]] inline bool is_bucket_place(std::string_view source) { return source.starts_with("s3://"); }

/** Stages objects of a bucket where they lie: one (`s3://bucket/key[?versionId=…]`), or all below a prefix
    (`s3://bucket/prefix/`).

    Sizes and digests are those the service keeps, as far as they are ours; other objects are read, not kept.
    @param key   of the one object, or what keys begin with; an ending `/` takes the object's own name behind it
    @param meta  of the one entry; empty: what the entry has already
    @errors errc::malformed_url, key_not_found for a place where nothing lies; as network::open_bucket, set_entry */
[[nodiscard]] waybill::result<staged> stage_bucket_place(
    context& world, waybill::package_builder& draft, std::string const& key, std::string const& source,
    std::optional<waybill::json::value> const& meta = std::nullopt);

/// `3 objects …`, for people.
[[nodiscard]] std::string staged_text(staged const& done);

}  // namespace waybill_cli

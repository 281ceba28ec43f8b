#pragma once

#include <waybill/config.hpp>

/// @file Forward declarations of the public types, for headers that only name them.

namespace waybill::inline WAYBILL_ABI {

struct error;
enum class errc : int;
enum class condition : int;

class algorithm;
class byte_sink;
class byte_source;
class digest;
class digest_set;
class logical_key;
class physical_key;
struct job_control;
struct progress;

class any_hasher;
class multi_hasher;

namespace json {
class value;
}  // namespace json

class manifest;
class manifest_builder;
class manifest_reader;
class manifest_writer;
struct directory_meta;
struct entry;
struct manifest_header;

class key_filter;
struct contract;
struct diff;
struct merge_result;

namespace lineage {
class record_store;
struct run_log;
struct run_record;
struct scan_report;
}  // namespace lineage

class content_provider;
class root_directory;
class scanned_tree;
class stat_cache;
struct materialise_options;
struct materialise_report;
struct tree_difference;

class any_store;
class directory_store;
class memory_store;
class object_content;

class object_cache;
class package;
class package_builder;
class package_history;
class package_name;
class registry;
class workspace;
struct package_ref;
struct publication;

}  // namespace waybill::inline WAYBILL_ABI

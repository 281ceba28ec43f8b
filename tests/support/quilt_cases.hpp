#pragma once

#include <waybill/core/stream.hpp>
#include <waybill/hash/chunked.hpp>
#include <waybill/json/number.hpp>
#include <waybill/json/parse.hpp>
#include <waybill/manifest/builder.hpp>
#include <waybill/manifest/part.hpp>
#include <waybill/manifest/writer.hpp>

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "support/data.hpp"

namespace waybill_test {

/// A file of tests/vectors/quilt, numbers and order kept.
inline waybill::json::value quilt_json(std::string const& name) {
  return waybill::json::parse(read_file(vectors("quilt/" + name)), {.python_extensions = true}).value();
}

inline std::string text_of(waybill::json::value const& record, std::string_view name) {
  auto const* const found = record.find(name);
  if (found == nullptr || found->as_string() == nullptr) throw std::runtime_error("no text " + std::string{name});
  return *found->as_string();
}

inline waybill::json::array const& list_of(waybill::json::value const& record, std::string_view name) {
  auto const* const found = record.find(name);
  if (found == nullptr || found->as_array() == nullptr) throw std::runtime_error("no list " + std::string{name});
  return *found->as_array();
}

inline std::uint64_t number_of(waybill::json::value const& record, std::string_view name) {
  auto const* const found = record.find(name);
  if (found == nullptr || found->as_number() == nullptr) throw std::runtime_error("no number " + std::string{name});
  return waybill::json::to_uint64(found->as_number()->text).value();
}

inline waybill::result<waybill::manifest> load_text(std::string_view text) {
  waybill::memory_source source{text};
  return waybill::load_manifest(source);
}

inline std::string dump(waybill::manifest const& m) {
  waybill::string_sink sink;
  waybill::write_manifest(sink, m).value();
  return std::move(sink).str();
}

/// The case of that name in cases.json.
inline waybill::json::value const& find_case(waybill::json::value const& cases, std::string_view name) {
  for (auto const& c : *cases.as_array())
    if (text_of(c, "name") == name) return c;
  throw std::runtime_error("no case " + std::string{name});
}

/// The entry quilt3 makes of a case's file that lies in `root`.
inline waybill::entry entry_of(waybill::json::value const& file, std::string const& root) {
  auto const path = text_of(file, "path");
  auto const bytes = vector_bytes(number_of(file, "size"), number_of(file, "seed"));
  waybill::digest_set digests{
      waybill::hash_bytes(waybill::as_bytes(bytes), waybill::sha2_256_chunked_hasher{bytes.size()})};
  return {waybill::logical_key::parse(path).value(),        bytes.size(),           std::move(digests), nullptr,
          {waybill::physical_key::file(root + "/" + path)}, waybill::json::object{}};
}

inline void run_step(waybill::manifest_builder& draft, waybill::json::value const& c,
                     waybill::json::value const& step) {
  namespace json = waybill::json;
  auto const op = text_of(step, "op");
  auto const* const at_root = c.find("root");
  std::string const root = at_root != nullptr ? *at_root->as_string() : "/local";
  auto const meta = [&] { return *step.find("meta"); };
  if (op == "set" || op == "set_dir") {
    for (auto const& file : list_of(c, "files"))
      if (file.find("directory") == nullptr && (op == "set_dir" || text_of(file, "path") == text_of(step, "path")))
        draft.set(entry_of(file, root)).value();
    if (op == "set_dir") draft.header.set_user_meta(meta());
  } else if (op == "set_dir_meta") {
    draft.set_directory_meta(text_of(step, "logical_key"), meta()).value();
  } else if (op == "set_entry_meta") {
    json::set_member(*draft.edit(text_of(step, "logical_key")).value()->meta.as_object(), "user_meta", meta());
  } else if (op == "delete") {
    draft.remove(text_of(step, "logical_key")).value();
  } else if (op == "build" || op == "push") {
    auto const* const message = step.find("message")->as_string();
    if (message != nullptr) draft.header.set_message(*message);
    else draft.header.set_message(std::nullopt);
  } else {
    throw std::runtime_error("unknown step " + op);
  }
}

/// What quilt3 had after a case's steps; those that need a scan (links, ignore files) or a workflow are not for this.
inline waybill::manifest_builder build_case(waybill::json::value const& cases, waybill::json::value const& c) {
  waybill::manifest_builder draft;
  for (auto const& step : list_of(c, "steps")) {
    if (text_of(step, "op") == "browse")
      draft = waybill::manifest_builder{build_case(cases, find_case(cases, text_of(step, "case"))).build().value()};
    else run_step(draft, c, step);
  }
  return draft;
}

}  // namespace waybill_test

#include <waybill/core/timestamp.hpp>
#include <waybill/json/write.hpp>
#include <waybill/registry/checked.hpp>

#include <array>

#include "verbs.hpp"

namespace waybill_cli {
namespace json = waybill::json;
using waybill::errc;
using waybill::make_error;
using waybill::result;

namespace {

/// The URL people see for where a manifest's entries lie at the top level.
json::array top_level(waybill::package const& p) {
  json::array rows;
  waybill::package_builder const view{p};
  for (auto const& row : view.contents(&p.source()))
    rows.push_back(json::object{{"key", row.key}, {"target", row.target}});
  return rows;
}

application::action show_verb(CLI::App& sub) {
  auto ref = std::make_shared<std::string>();
  sub.add_option("REF", *ref, "Package")->required();
  return [=](context& world) -> result<answer> {
    auto const p = world.open_package(*ref);
    if (!p) return p.error();
    auto const& m = p->manifest();
    auto const contents = top_level(*p);
    auto const* meta = m.header().user_meta();
    answer out;
    out.members = {{"name", p->name().str()},
                   {"top_hash", p->top_hash()},
                   {"message", optional_text(m.header().message())},
                   {"user_meta", meta ? *meta : json::value{}},
                   {"entries", number(m.entries().size())},
                   {"bytes", number(m.total_size())},
                   {"manifest", p->source().store().url(".quilt/packages/" + p->top_hash()).url()},
                   {"contents", contents}};
    out.text = "Package: " + p->name().str() + " (" + short_hash(p->top_hash()) + ")\nTophash: " + p->top_hash() + "\n";
    if (auto const message = m.header().message()) out.text += "Message: " + *message + "\n";
    out.text +=
        counted(m.entries().size(), "entry", "entries") + ", " + human_bytes(m.total_size()) + "\n\nContents:\n";
    for (auto const& row : contents)
      out.text += "  " + *row.find("key")->as_string() + " -> " + *row.find("target")->as_string() + "\n";
    return out;
  };
}

application::action ls_verb(CLI::App& sub) {
  struct options {
    std::string ref, prefix;
  };
  auto o = std::make_shared<options>();
  sub.add_option("REF", o->ref, "Package, directory or manifest")->required();
  sub.add_option("PREFIX", o->prefix, "Directory inside it");
  return [=](context& world) -> result<answer> {
    auto const m = world.load(o->ref);
    if (!m) return m.error();
    auto const rows = waybill::list_level(*m, without_slash(o->prefix));
    if (!rows) return rows.error();
    answer out;
    json::array list;
    for (auto const& row : *rows) {
      list.push_back(json::object{{"key", row.key},
                                  {"directory", row.directory},
                                  {"size", number(row.size)},
                                  {"entries", number(row.entries)}});
      out.text += row.key + "\n";
    }
    out.rows = "entries";
    out.members = {{"entries", std::move(list)}};
    return out;
  };
}

/// Bytes of an entry, from the cache where it has them, checked: none is printed twice, and of those from a network
/// none before all were found right.
result<std::unique_ptr<waybill::byte_source>> open_entry(context& world, waybill::package const& p,
                                                         std::string const& key) {
  auto const* e = p.manifest().find(key);
  if (e == nullptr) return make_error(errc::key_not_found, p.name().str() + " has no such entry; see waybill ls", key);
  auto contents = world.contents_of(p.source());
  if (!contents) return contents.error();
  auto const partials = world.open_partials(p.source());
  return waybill::open_checked(*e, **contents, cache_home() + "/open", partials.get(), world.stop);
}

application::action cat_verb(CLI::App& sub) {
  struct options {
    std::string ref, key;
  };
  auto o = std::make_shared<options>();
  sub.add_option("REF", o->ref, "Package")->required();
  sub.add_option("KEY", o->key, "Entry")->required();
  return [=](context& world) -> result<answer> {
    auto const p = world.open_package(o->ref);
    if (!p) return p.error();
    auto const source = open_entry(world, *p, o->key);
    if (!source) return source.error();
    bool const document = world.out.format != output_format::text;
    waybill::string_sink whole;
    std::vector<std::byte> buffer(std::size_t{1} << 18);
    for (;;) {
      auto const n = (*source)->read(buffer);
      if (!n) return n.error();
      if (*n == 0) break;
      auto const piece = waybill::byte_view{buffer}.first(*n);
      auto const taken = document ? whole.write(piece) : world.out.write(waybill::as_text(piece));
      if (!taken) return taken.error();
    }
    answer out;
    out.members = {{"key", o->key},
                   {"size", number(whole.str().size())},
                   {"base64", waybill::to_base64(waybill::as_bytes(whole.str()))}};
    return out;
  };
}

application::action meta_verb(CLI::App& sub) {
  struct options {
    std::string ref, key;
  };
  auto o = std::make_shared<options>();
  sub.add_option("REF", o->ref, "Package")->required();
  sub.add_option("KEY", o->key, "Entry or DIR/ (default: the package)");
  return [=](context& world) -> result<answer> {
    auto const p = world.open_package(o->ref);
    if (!p) return p.error();
    auto const meta = p->metadata(o->key);
    if (!meta) return meta.error();
    answer out;
    out.members = {{"key", o->key.empty() ? json::value{} : json::value{o->key}}, {"meta", *meta}};
    out.text = json::compact(*meta) + "\n";
    return out;
  };
}

application::action readme_verb(CLI::App& sub) {
  auto ref = std::make_shared<std::string>();
  sub.add_option("REF", *ref, "Package")->required();
  return [=](context& world) -> result<answer> {
    auto const p = world.open_package(*ref);
    if (!p) return p.error();
    auto const text = p->readme();
    if (!text) return text.error();
    answer out;
    out.members = {{"text", *text}};
    out.text = *text + (text->ends_with('\n') ? "" : "\n");
    return out;
  };
}

}  // namespace

void add_look_verbs(application& app) {
  app.verb("show", "What a version is and where its data lies", show_verb);
  app.verb("ls", "Names of one level of a version", ls_verb);
  app.verb("cat", "Contents of one entry", cat_verb, application::kind::transfer);
  app.verb("meta", "Metadata of a package, directory or entry", meta_verb);
  app.verb("readme", "The package's README", readme_verb);
}

}  // namespace waybill_cli

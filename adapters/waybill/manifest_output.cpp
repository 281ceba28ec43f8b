#include "manifest_output.hpp"

#include <waybill/manifest/writer.hpp>
#include <waybill/scan/beneath.hpp>
#include <waybill/scan/file.hpp>

#include <filesystem>

#include "verbs.hpp"

namespace waybill_cli {
namespace fs = std::filesystem;
namespace json = waybill::json;
using waybill::errc;
using waybill::make_error;
using waybill::result;

namespace {

/// Standard output as a sink.
class console_sink final : public waybill::byte_sink {
 public:
  explicit console_sink(console const& out) : out_{&out} {}
  result<void> write(waybill::byte_view bytes) override { return out_->write(waybill::as_text(bytes)); }

 private:
  console const* out_;
};

/// Accepts bytes and forgets them: `--json` without `-o` wants the figures only.
class null_sink final : public waybill::byte_sink {
 public:
  result<void> write(waybill::byte_view) override { return {}; }
};

}  // namespace

result<waybill::digest> write_to(context& world, std::string const& target, manifest_filler const& fill) {
  bool const documents = world.out.format != output_format::text;
  if (documents && target == "-")
    return make_error(errc::usage, "--json and a manifest cannot both go to stdout; use -o FILE");
  if (world.dry_run || (documents && target.empty())) {
    null_sink sink;
    return fill(sink);
  }
  if (target.empty() || target == "-") {
    console_sink sink{world.out};
    return fill(sink);
  }
  fs::path const path{target};
  auto const root = waybill::root_directory::open(path.has_parent_path() ? path.parent_path().string() : ".", false);
  if (!root) return root.error();
  auto file = root->create();
  if (!file) return file.error();
  waybill::file_sink sink{file->fd(), target};
  auto hash = fill(sink);
  if (!hash) return hash;
  if (auto const placed = std::move(*file).commit(path.filename().string(), waybill::durability::each); !placed)
    return placed.error();
  return hash;
}

answer written(waybill::digest const& hash, std::uint64_t entries, std::uint64_t bytes, std::string const& target) {
  bool const to_file = !target.empty() && target != "-";
  answer out;
  out.members = {{"top_hash", hash.hex()},
                 {"entries", number(entries)},
                 {"bytes", number(bytes)},
                 {"path", to_file ? json::value{target} : json::value{}}};
  if (to_file) out.text = hash.hex() + "\n";
  return out;
}

result<answer> write_manifest_answer(context& world, waybill::manifest const& m, std::string const& target) {
  auto const hash = write_to(world, target, [&](waybill::byte_sink& sink) -> result<waybill::digest> {
    if (auto const done = waybill::write_manifest(sink, m); !done) return done.error();
    return m.top_hash();
  });
  if (!hash) return hash.error();
  return written(m.top_hash(), m.entries().size(), m.total_size(), target);
}

}  // namespace waybill_cli

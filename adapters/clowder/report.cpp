#include "report.hpp"

#include <waybill/core/utf8.hpp>

#include <utility>

#include "common/exit_code.hpp"
#include "flags.hpp"

namespace waybill_cli {
namespace clowder = waybill::clowder;
namespace json = waybill::json;

namespace {

json::array rows_of(std::vector<clowder::uploaded_file> const& files) {
  json::array out;
  for (auto const& file : files)
    out.emplace_back(json::object{{"path", file.path},
                                  {"id", file.id.empty() ? json::value{nullptr} : json::value{file.id}},
                                  {"size", number(file.size)},
                                  {"sha256", file.sha256.hex()},
                                  {"replaced", file.replaced}});
  return out;
}

json::value text_or_null(std::string const& text) { return text.empty() ? json::value{nullptr} : json::value{text}; }

std::string_view word_of(clowder::compared_file const& one, clowder::local_file const& mine) {
  if (one.fate == clowder::file_fate::added) return "extra";
  if (one.fate == clowder::file_fate::unchanged) return "duplicate";
  return one.stored->size == mine.state.size ? "content" : "size";
}

std::string sentence_of(clowder::compared_file const& one, clowder::local_file const& mine) {
  if (one.fate == clowder::file_fate::added) return "the dataset does not have it";
  if (one.fate == clowder::file_fate::unchanged)
    return "the dataset has " + counted(1 + one.superseded.size() + one.others.size(), "file") + " of this path";
  if (one.stored->size == mine.state.size) return "same size, other bytes";
  return std::to_string(one.stored->size) + " bytes in the dataset, " + std::to_string(mine.state.size) + " here";
}

bool differs(clowder::compared_file const& one) {
  return one.fate != clowder::file_fate::unchanged || !one.superseded.empty() || !one.others.empty();
}

}  // namespace

answer upload_answer(context const& world, clowder::upload_report const& done) {
  answer out;
  json::array failed;
  for (auto const& file : done.failed) {
    auto const& code = file.why.code;
    failed.emplace_back(json::object{{"path", file.path},
                                     {"condition", waybill::name_of(waybill::condition_of(code))},
                                     {"code", waybill::name_of(code)},
                                     {"detail", file.why.detail}});
    world.out.note("waybill: " + file.why.message());
  }
  json::object dataset{{"id", text_or_null(done.id)}, {"title", done.title}, {"url", text_or_null(done.url)}};
  out.members = {
      {"dataset", std::move(dataset)}, {"uploaded", rows_of(done.uploaded)}, {"unchanged", rows_of(done.unchanged)},
      {"failed", std::move(failed)},   {"bytes", number(done.bytes)},        {"made", done.made},
      {"dry_run", world.dry_run}};
  for (auto const& file : done.uploaded)
    out.text += file.sha256.hex() + "  " + (file.id.empty() ? "-" : file.id) + "  " + waybill::printable(file.path) +
                (file.replaced ? "  (replaced)\n" : "\n");
  out.text += counted(done.uploaded.size(), "file") + ", " + human_bytes(done.bytes) +
              (world.dry_run ? " would be uploaded; " : " uploaded; ") + counted(done.unchanged.size(), "file") +
              " there already" + (done.failed.empty() ? "" : "; " + counted(done.failed.size(), "file") + " failed") +
              "\n";
  out.text += (done.url.empty() ? "a new dataset " + waybill::printable(done.title) : done.url) + "\n";
  if (!done.failed.empty()) out.exit = exit_code(waybill::condition_of(done.failed.front().why.code));
  return out;
}

answer diff_answer(clowder::directory_comparison const& found) {
  answer out;
  json::array added, removed, modified;
  std::uint64_t unchanged = 0;
  for (std::size_t i = 0; i < found.files.size(); ++i) {
    auto const& mine = found.files[i];
    auto const& one = found.compared[i];
    auto const shown = waybill::printable(mine.key);
    if (one.fate == clowder::file_fate::unchanged) {
      ++unchanged;
    } else if (one.fate == clowder::file_fate::added) {
      added.emplace_back(json::object{{"key", mine.key}, {"size", number(mine.state.size)}});
      out.text += "+ " + shown + "\n";
    } else {
      modified.emplace_back(json::object{{"key", mine.key},
                                         {"size", number(mine.state.size)},
                                         {"old_size", number(one.stored->size)},
                                         {"reason", "content"}});
      out.text += "~ " + shown + "\n";
    }
  }
  for (auto const& file : found.only_there) {
    removed.emplace_back(json::object{{"key", file.path}, {"size", number(file.row.size)}});
    out.text += "- " + waybill::printable(file.path) + "\n";
  }
  json::object summary{{"added", number(added.size())},
                       {"removed", number(removed.size())},
                       {"modified", number(modified.size())},
                       {"unchanged", number(unchanged)}};
  out.text += std::to_string(added.size()) + " added, " + std::to_string(removed.size()) + " only in the dataset, " +
              std::to_string(modified.size()) + " modified, " + std::to_string(unchanged) + " unchanged\n";
  out.exit = added.empty() && removed.empty() && modified.empty() ? 0 : exit_differences;
  out.members = {{"added", std::move(added)},
                 {"removed", std::move(removed)},
                 {"modified", std::move(modified)},
                 {"summary", std::move(summary)}};
  return out;
}

answer verify_answer(clowder::directory_comparison const& found, std::string const& dataset) {
  answer out;
  json::array rows;
  auto const add = [&](std::string const& key, std::string_view kind, std::string detail) {
    out.text += waybill::printable(key) + ": " + std::string{kind} + ": " + detail + "\n";
    rows.emplace_back(json::object{{"key", key}, {"kind", kind}, {"detail", std::move(detail)}});
  };
  for (std::size_t i = 0; i < found.files.size(); ++i)
    if (differs(found.compared[i]))
      add(found.files[i].key, word_of(found.compared[i], found.files[i]),
          sentence_of(found.compared[i], found.files[i]));
  for (auto const& file : found.only_there) add(file.path, "missing", "the dataset has it, the directory does not");
  if (rows.empty()) out.text = counted(found.files.size(), "file") + ": the dataset has them all, and no other\n";
  out.exit = rows.empty() ? 0 : exit_differences;
  out.members = {{"dataset", dataset}, {"files", number(found.files.size())}, {"differences", std::move(rows)}};
  out.rows = "differences";
  return out;
}

}  // namespace waybill_cli

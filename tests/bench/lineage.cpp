// lineage DIR RUNS: makes a store of run records in DIR: so many runs of `Flow`, of two tasks that read one table each.
#include <waybill/lineage/record_store.hpp>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

using namespace waybill;

namespace {

lineage::run_record record(lineage::record_kind kind, std::string const& run, std::string const& step) {
  lineage::run_record out;
  out.kind = kind;
  out.attempt = {"Flow", run, step, "1", 0};
  if (kind == lineage::record_kind::end) out.status = lineage::end_status::ok;
  if (kind == lineage::record_kind::read)
    out.data = lineage::table_version{.db = "data/db",
                                      .table = "table_of_" + step,
                                      .branch = "main",
                                      .commit = std::string(32, 'c'),
                                      .hash = std::string(32, 'h')};
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return std::fputs("lineage DIR RUNS\n", stderr), 2;
  auto store = lineage::record_store::open_directory(argv[1], true).value();
  for (unsigned long run = 0; run < std::strtoul(argv[2], nullptr, 10); ++run) {
    std::vector<lineage::run_record> records;
    for (auto const* step : {"start", "train"})
      for (auto const kind : {lineage::record_kind::begin, lineage::record_kind::read, lineage::record_kind::end})
        records.push_back(record(kind, std::to_string(run), step));
    store.append(records).value();
  }
}

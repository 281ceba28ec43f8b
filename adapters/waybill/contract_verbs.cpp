#include <waybill/algebra/contract.hpp>
#include <waybill/scan/file.hpp>

#include "common/exit_code.hpp"
#include "verbs.hpp"

namespace waybill_cli {
namespace json = waybill::json;
using waybill::result;

namespace {

application::action check_verb(CLI::App& sub) {
  struct options {
    std::string what, contract;
  };
  auto o = std::make_shared<options>();
  sub.add_option("DIR|REF", o->what, "Directory, package or manifest")->required();
  sub.add_option("--contract", o->contract, "Contract file, JSON (docs/contract.md)")->required();
  return [=](context& world) -> result<answer> {
    auto const text = waybill::read_file(o->contract);
    if (!text) return text.error();
    auto const rules = waybill::parse_contract(*text);
    if (!rules) return rules.error();
    auto const m = world.load(o->what);
    if (!m) return m.error();
    auto const breaches = waybill::check_contract(*rules, *m);
    if (!breaches) return breaches.error();
    answer out;
    json::array rows;
    for (auto const& b : *breaches) {
      rows.push_back(json::object{{"rule", b.rule}, {"key", optional_text(b.key)}, {"detail", b.detail}});
      out.text += (b.key ? *b.key + ": " : "") + b.detail + " (" + b.rule + ")\n";
    }
    out.rows = "breaches";
    out.members = {{"fits", breaches->empty()}, {"breaches", std::move(rows)}};
    if (breaches->empty()) out.text = "The data has the shape the contract asks for\n";
    out.exit = breaches->empty() ? 0 : exit_differences;
    return out;
  };
}

}  // namespace

void add_contract_verbs(application& app) {
  app.verb("check", "Does the data have the shape a contract asks for?", check_verb);
}

}  // namespace waybill_cli

#include "step.hpp"
#include "verbs.hpp"

int main(int argc, char** argv) {
  auto words = waybill_cli::take_step_parameters(argc, argv);
  waybill_cli::application app{"waybill-dagster",
                               "Dagster: datasets that are new or changed, and steps that load them"};
  waybill_cli::add_scan_verb(app);
  waybill_cli::add_load_verb(app);
  waybill_cli::add_exec_verb(app);
  return app.run(static_cast<int>(words.size()), words.data());
}

#include "verbs.hpp"

int main(int argc, char** argv) {
  waybill_cli::application app{"waybill-valohai", "Updates of Valohai datasets that move only what changed"};
  waybill_cli::add_phase_verbs(app);
  waybill_cli::add_update_verbs(app);
  return app.run(argc, argv);
}

#include "verbs.hpp"

int main(int argc, char** argv) {
  waybill_cli::application app{"waybill", "Dataset versions: manifests, differences and packages that quilt3 can read"};
  waybill_cli::add_manifest_verbs(app);
  waybill_cli::add_part_verbs(app);
  waybill_cli::add_compare_verbs(app);
  waybill_cli::add_contract_verbs(app);
  waybill_cli::add_draft_verbs(app);
  waybill_cli::add_edit_verbs(app);
  waybill_cli::add_publish_verbs(app);
  waybill_cli::add_install_verbs(app);
  waybill_cli::add_fetch_verbs(app);
  waybill_cli::add_look_verbs(app);
  waybill_cli::add_version_verbs(app);
  waybill_cli::add_log_verbs(app);
  waybill_cli::add_savepoint_verbs(app);
  waybill_cli::add_act_verbs(app);
  waybill_cli::add_gc_verbs(app);
  waybill_cli::add_cache_verbs(app);
  waybill_cli::add_config_verbs(app);
  return app.run(argc, argv);
}

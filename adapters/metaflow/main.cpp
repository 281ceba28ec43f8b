#include "verbs.hpp"

int main(int argc, char** argv) {
  waybill_cli::application app{"waybill-metaflow", "Metaflow: which run read and wrote exactly which data"};
  waybill_cli::add_attempt_verbs(app);
  waybill_cli::add_table_verbs(app);
  waybill_cli::add_package_verbs(app);
  waybill_cli::add_use_verbs(app);
  waybill_cli::add_question_verbs(app);
  return app.run(argc, argv);
}

#include "verbs.hpp"

int main(int argc, char** argv) {
  using waybill_cli::application;
  application app{"waybill-clowder", "Uploads to Clowder that move what is missing, and prove that it arrived",
                  application::time_limit::silence};
  waybill_cli::add_upload_verbs(app);
  waybill_cli::add_piece_verbs(app);
  waybill_cli::add_look_verbs(app);
  return app.run(argc, argv);
}

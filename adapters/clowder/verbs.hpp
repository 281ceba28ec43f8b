#pragma once

#include "common/application.hpp"

namespace waybill_cli {

/// Each adds a group of verbs; one file of the same name each.
void add_upload_verbs(application& app);  // upload, diff, verify
void add_piece_verbs(application& app);   // space, dataset, add
void add_look_verbs(application& app);    // download, list, freeze, ping

}  // namespace waybill_cli

#pragma once

#include "common/application.hpp"

namespace waybill_cli {

/// Each adds a verb; one file of the same name each.
void add_scan_verb(application& app);
void add_load_verb(application& app);
void add_exec_verb(application& app);

}  // namespace waybill_cli

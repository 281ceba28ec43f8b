#pragma once

#include "common/application.hpp"

namespace waybill_cli {

/// Each adds a group of verbs; one file of the same name each.
void add_phase_verbs(application& app);   // phase1, phase2
void add_update_verbs(application& app);  // update, diff

}  // namespace waybill_cli

#pragma once

#include "common/application.hpp"

namespace waybill_cli {

/// Each adds verbs; one file of the same name each.
void add_attempt_verbs(application& app);
void add_table_verbs(application& app);
void add_package_verbs(application& app);
void add_use_verbs(application& app);
void add_question_verbs(application& app);

}  // namespace waybill_cli

#pragma once

/// The one place that states the version; CMake, `--version` and the lint read it from here.
#define WAYBILL_VERSION_MAJOR 0
#define WAYBILL_VERSION_MINOR 1
#define WAYBILL_VERSION_PATCH 0
#define WAYBILL_VERSION_STRING "0.1.0"

/// Inline namespace of every declaration, so that two versions in one program do not mix silently.
#define WAYBILL_ABI v0_1_0

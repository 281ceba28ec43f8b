#pragma once

#include <waybill/version.hpp>

/** `WAYBILL_DECL` marks every non-template function of the kit.

    By default the kit is header-only: bodies are included at the end of their header and are inline.
    With `WAYBILL_SEPARATE_COMPILATION` defined, headers only declare, and one translation unit (or the
    CMake target `waybill::compiled`) provides the bodies through `waybill/src.hpp`.
*/
#if defined(WAYBILL_SEPARATE_COMPILATION)
#define WAYBILL_DECL
#else
#define WAYBILL_HEADER_ONLY 1
#define WAYBILL_DECL inline
#endif

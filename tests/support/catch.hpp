#pragma once

// The one place that knows which Catch2 this is.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <cstdio>
#include <string>

namespace waybill_test {

/// Matches a text that holds another.
inline auto contains(std::string const& part) {
#if __has_include(<catch2/catch_all.hpp>)
  return Catch::Matchers::ContainsSubstring(part);
#else
  return Catch::Contains(part);
#endif
}

}  // namespace waybill_test

/// Ends a test case that cannot run here; ctest counts it as skipped because of the word.
#define WAYBILL_SKIP(reason)                                   \
  do {                                                         \
    std::printf("SKIPPED: %s\n", std::string{reason}.c_str()); \
    std::fflush(stdout);                                       \
    SUCCEED(reason);                                           \
    return;                                                    \
  } while (false)

#pragma once

#include <waybill/error.hpp>

#include <string>

#include "support/catch.hpp"

/// Lets `CHECK(r)` show a result's error.
template <class T>
struct Catch::StringMaker<boost::system::result<T, waybill::error>> {
  static std::string convert(boost::system::result<T, waybill::error> const& r) {
    return r ? "a value" : "error " + waybill::name_of(r.error().code) + ": " + r.error().message();
  }
};

namespace waybill_test {

/// True for a value; a failed check shows the error.
template <class T>
bool ok(waybill::result<T> const& r) {
  if (!r) UNSCOPED_INFO(waybill::name_of(r.error().code) << ": " << r.error().message());
  return r.has_value();
}

/// The error of a call that had to fail.
template <class T>
waybill::error failure(waybill::result<T> const& r) {
  REQUIRE_FALSE(r.has_value());
  return r.error();
}

/// `ok`, or the name of the error's code.
inline std::string code_of(auto const& r) { return r ? std::string{"ok"} : waybill::name_of(r.error().code); }

}  // namespace waybill_test

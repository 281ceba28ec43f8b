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

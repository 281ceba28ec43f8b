#include <waybill/protocol/table/calendar_text.hpp>

#include "support/catch.hpp"

using namespace waybill::table;

TEST_CASE("a date is a day that there is") {
  for (auto const* text : {"2024-02-29", "1000-01-01", "9999-12-31"}) CHECK(is_date(text));
  for (auto const* text : {"", "2023-02-29", "2024-13-01", "2024-00-01", "2024-01-00", "0999-01-01", "24-01-01",
                           "2024/01/01", "2024-1-1", "2024-01-011", "x024-01-01"}) {
    CAPTURE(text);
    CHECK_FALSE(is_date(text));
  }
}

TEST_CASE("a date with a time says how exact its second is") {
  CHECK(datetime_fraction("2024-01-31 23:59:59", ' ') == 0);
  CHECK(datetime_fraction("2024-01-31T00:00:00.5", 'T') == 1);
  CHECK(datetime_fraction("2024-01-31 00:00:00.123456", ' ') == 6);
  for (auto const* text : {"2024-01-31", "2024-01-31T00:00:00", "2024-01-31 24:00:00", "2024-01-31 00:60:00",
                           "2024-01-31 00:00:60", "2024-01-31 00:00:00.", "2024-01-31 00:00:00.1234567",
                           "2024-01-31 00:00:00Z", "2024-01-31 00:00:00+00:00", "2024-02-30 00:00:00"}) {
    CAPTURE(text);
    CHECK_FALSE(datetime_fraction(text, ' '));
  }
}

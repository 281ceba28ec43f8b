#pragma once

#include <waybill/config.hpp>
#include <waybill/error.hpp>
#include <waybill/protocol/table/row_changes.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {

/** Cuts the answers of one session apart. Results follow each other without a mark, so each question is followed by
    one whose answer is known.
    @complexity what was looked at is not looked at again */
class answer_splitter {
 public:
  /// The question that follows the next one, with its end.
  [[nodiscard]] std::string mark();

  /** Takes the answer to the last question from the front of what came.

      @param text  grows between calls, and loses what is taken
      @return the records of all results before the mark, headers too, without the empty lines that statements without a
              result leave on a server; empty while it is not complete
      @errors errc::malformed_table for no CSV */
  [[nodiscard]] result<std::optional<std::vector<table::row>>> take(std::string& text);

 private:
  [[nodiscard]] std::string name() const { return "waybill_mark_" + std::to_string(number_); }

  unsigned number_ = 0;
  std::size_t seen_ = 0;  ///< of the text: where the record begins that is not complete
};

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/dolt/answer.ipp>
#endif

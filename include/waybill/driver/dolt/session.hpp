#pragma once

#include <waybill/config.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/driver/dolt/dialogue.hpp>
#include <waybill/driver/dolt/local_lock.hpp>
#include <waybill/driver/dolt/patience.hpp>
#include <waybill/error.hpp>
#include <waybill/protocol/dolt/address.hpp>
#include <waybill/protocol/dolt/answer.hpp>
#include <waybill/protocol/table/row_changes.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {

/// How a database is reached.
struct connection {
  database_address address{};
  std::string name{};                      ///< the address as its user gave it, for messages
  std::string program = "dolt";            ///< Dolt itself, looked for as a shell does
  std::vector<std::string> environment{};  ///< `NAME=value`; that of this program
  patience wait{};
};

/// Starts a program of Dolt's where the database is. @errors errc::file_not_found for no `dolt`; system errors
[[nodiscard]] WAYBILL_DECL result<dialogue> start_dolt(connection const& c, std::vector<std::string> words);

/** One session of SQL, run by one `dolt`: what is asked sees what was said before.

    It is over with its first error: nothing of an open transaction remains. A local one holds the turn at the database
    until it ends.
    @errors of all members: failure_of what Dolt says; errc::temporary when it is killed; system errors */
class session final : public byte_source {
 public:
  /// @errors errc::file_not_found for no `dolt`; as local_lock::take
  [[nodiscard]] static result<session> open(connection const& c);

  /// Runs one statement. @return the rows of its result without their names; none where it has no result
  [[nodiscard]] result<std::vector<table::row>> ask(std::string_view statement);
  /// The same, of which the first value of the first row is wanted; empty for no row or NULL.
  [[nodiscard]] result<table::cell> ask_one(std::string_view statement);
  /// Says statements with their ends that have no result; whether they succeed is known after the next `ask`.
  [[nodiscard]] result<void> say(std::string_view statements);
  /// Runs the last statement and hands on its result as it comes, the line of names too. The session is over then.
  /// @errors those of the sink
  [[nodiscard]] result<void> stream(std::string_view statement, byte_sink& to);
  /// Runs the last statement, whose result is read from this object then. Its end is that of the session.
  [[nodiscard]] result<void> begin_last(std::string_view statement);
  [[nodiscard]] result<std::size_t> read(std::span<std::byte> buffer) override;
  /// Ends the session. @errors that of any statement that did not succeed
  [[nodiscard]] result<void> end();

 private:
  session(connection const& c, std::optional<local_lock> turn, dialogue with)
      : name_{c.name}, turn_{std::move(turn)}, dolt_{std::move(with)} {}
  [[nodiscard]] error failed();
  [[nodiscard]] error complained() const;

  std::string name_;
  std::string last_;  ///< the last statement
  std::optional<local_lock> turn_;
  dialogue dolt_;  ///< ends before the turn does
  answer_splitter answers_;
  std::size_t taken_ = 0;  ///< of the last answer
};

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/dolt/session.ipp>
#endif

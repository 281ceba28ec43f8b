#pragma once

#include <waybill/config.hpp>
#include <waybill/driver/dolt/patience.hpp>
#include <waybill/driver/dolt/session.hpp>
#include <waybill/driver/table/database.hpp>
#include <waybill/error.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace waybill::inline WAYBILL_ABI {
namespace dolt {

/** Tables in a Dolt database: a directory, or a server.

    Each call runs one `dolt sql` (a commit one for each writer). On a directory, calls of ours take turns; each writer
    has a branch of his own until his rows are committed (see names.hpp), so that neither his rows nor his commits meet
    those of others before they are merged. */
class dolt_database final : public table::database {
 public:
  explicit dolt_database(connection at) : at_{std::move(at)} {}

  [[nodiscard]] std::string const& name() const noexcept override { return at_.name; }
  [[nodiscard]] result<lineage::table_version> read(table::read_request const& what, byte_sink& csv) override;
  [[nodiscard]] result<lineage::table_version> write(table::write_request const& what, byte_source& csv) override;
  [[nodiscard]] result<std::vector<table::committed>> commit(table::commit_request const& what) override;
  [[nodiscard]] result<void> diff(std::string_view table, std::string_view from, std::string_view to,
                                  table::change_visitor const& visit) override;
  [[nodiscard]] result<std::string> commit_of(std::string_view name) override;

 private:
  connection at_;
};

/// How Dolt is run.
struct open_options {
  std::string program = "dolt";            ///< Dolt itself, looked for as a shell does
  std::vector<std::string> environment{};  ///< `NAME=value`; all of this program's. A server's password is in it
  patience wait{};
};

/** Opens a Dolt database by its name; whether it is there is known with the first call that needs it.
    @errors as parse_address; errc::file_not_found for a directory without `.dolt` */
[[nodiscard]] WAYBILL_DECL result<std::unique_ptr<table::database>> open_dolt(std::string name, open_options how);

}  // namespace dolt
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/dolt/database.ipp>
#endif

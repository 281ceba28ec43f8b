#pragma once

#include <waybill/config.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/error.hpp>
#include <waybill/scan/beneath.hpp>
#include <waybill/scan/file.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace waybill::inline WAYBILL_ABI {
namespace lineage {

/** Reads what such a file holds when no append is under way; what is appended later is not seen, and is no error.

    @param file  as root_directory or a store opened it  @errors system errors; those of reading too */
[[nodiscard]] WAYBILL_DECL result<std::unique_ptr<byte_source>> open_settled(opened_file file);

/** A directory with one level of folders, whose files grow at their ends and in no other way.

    Each append waits for the file's `flock`, puts a line end first where the last writer died without one, and writes
    at once with `O_APPEND`. What cannot be written whole (a full disk) is cut off again. So writers on one machine
    neither mix nor lose lines; over NFS it is as good as the server's locks. No link is followed below the directory
    itself.
    @threads all members may be called concurrently, also from several processes
*/
class append_directory {
 public:
  /// @param create  make it and its parents when missing  @errors errc::file_not_found, system errors
  [[nodiscard]] static result<append_directory> open(std::string const& path, bool create);

  /** Appends to `folder/name`; both are made when missing.

      @param text  whole lines, with their ends
      @param when  `each`: text and names are on disk for good when this returns, for two fsyncs (one more for the first
                   file of a folder); else when the system finds time. A crash of the program loses nothing either way
      @pre         folder and name hold no `/` and are not `.` or `..`
      @errors      errc::unsafe_path for a link or another kind of file in the way, system errors; the file then holds
                   what it held before */
  [[nodiscard]] result<void> append(std::string const& folder, std::string const& name, std::string_view text,
                                    durability when) const;

 private:
  append_directory(file_descriptor directory, std::string path)
      : directory_{std::move(directory)}, path_{std::move(path)} {}
  [[nodiscard]] result<file_descriptor> open_folder(std::string const& folder, durability when) const;

  file_descriptor directory_;
  std::string path_;
};

}  // namespace lineage
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/lineage/append_directory.ipp>
#endif

#pragma once

#include <waybill/config.hpp>
#include <waybill/driver/clowder/api.hpp>
#include <waybill/driver/clowder/comparison.hpp>
#include <waybill/driver/clowder/dataset.hpp>
#include <waybill/error.hpp>
#include <waybill/scan/pool.hpp>

#include <stop_token>
#include <string>

namespace waybill::inline WAYBILL_ABI {
namespace clowder {

/// What the uploads of one job share.
struct sending_job {
  api const& platform;
  std::string dataset;
  dataset_contents const& before;  ///< what was there when the job began, and the folders it made
  bool extract = false;
  proof how = proof::digest;
  std::stop_token stop{};
  progress_counter& counter;
};

/** Uploads a file, so that it is there once whatever happens to requests and answers.

    The body is streamed from disk; it is given up when the file is not what it was. After a failure the dataset is
    looked at before another attempt: a file of that path that was not there before is this one.
    @return what the platform made of it; of version 1 the id alone, and what was sent
    @errors errc::source_changed; as api
    @threads may be called concurrently, for different paths */
[[nodiscard]] WAYBILL_DECL result<file_row> send_file(sending_job const& job, local_file const& file);

/** Waits until what was uploaded is there to the degree that is asked for.
    @return false where it will not be: the platform answered the upload and has lost its bytes, or has others
    @errors as api */
[[nodiscard]] WAYBILL_DECL result<bool> has_arrived(sending_job const& job, local_file const& file,
                                                    file_row const& sent);

/** `send_file`, and where that has not arrived, away with it and again.
    @param sent  an earlier upload of it  @errors errc::digest_mismatch after so many attempts; as both */
[[nodiscard]] WAYBILL_DECL result<file_row> prove_file(sending_job const& job, local_file const& file, file_row sent);

}  // namespace clowder
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/driver/clowder/sending.ipp>
#endif

#pragma once

#include <waybill/config.hpp>
#include <waybill/core/stream.hpp>
#include <waybill/error.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace waybill::inline WAYBILL_ABI {
namespace clowder {

/** What stands around a file's bytes in a form of that one file.

    The part names no type, as pyclowder's: both platforms then find it by the file's name.
    @format RFC 7578, RFC 2046 section 5.1.1 */
struct form_frame {
  std::string content_type;  ///< of the request
  std::string head, tail;

  /// Bytes of the whole body for a file of that many.
  [[nodiscard]] std::uint64_t size_with(std::uint64_t content) const noexcept {
    return head.size() + content + tail.size();
  }
};

/** The frame of a file.
    @param boundary  1 to 70 letters and digits that stand nowhere in the file; who cannot know it cannot write a file
                     that holds it
    @pre   check_path of the name */
[[nodiscard]] WAYBILL_DECL form_frame frame_of(std::string_view field, std::string_view name,
                                               std::string_view boundary);

/// A form as it is sent: head, the file's bytes, tail. @lifetime refers to the frame
class form_source final : public byte_source {
 public:
  form_source(form_frame const& frame, std::unique_ptr<byte_source> content)
      : head_{std::string_view{frame.head}}, content_{std::move(content)}, tail_{std::string_view{frame.tail}} {}
  /// @errors what reading the content says
  [[nodiscard]] result<std::size_t> read(std::span<std::byte> buffer) override;

 private:
  memory_source head_;
  std::unique_ptr<byte_source> content_;
  memory_source tail_;
  int part_ = 0;
};

}  // namespace clowder
}  // namespace waybill::inline WAYBILL_ABI

#ifdef WAYBILL_HEADER_ONLY
#include <waybill/impl/protocol/clowder/multipart.ipp>
#endif

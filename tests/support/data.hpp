#pragma once

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

namespace waybill_test {

/// Recorded vectors: `WAYBILL_VECTORS`, so that users can point the harness at vectors of other peer versions.
inline std::filesystem::path vectors(std::string const& name) {
  char const* root = std::getenv("WAYBILL_VECTORS");
  return std::filesystem::path{root ? root : "tests/vectors"} / name;
}

/// Third-party data, which is not part of the project; empty path where it is absent.
inline std::filesystem::path third_party(std::string const& name) {
  char const* root = std::getenv("WAYBILL_TEST_DATA");
  auto const path = std::filesystem::path{root ? root : "../shared/data"} / name;
  return std::filesystem::exists(path) ? path : std::filesystem::path{};
}

inline std::string read_file(std::filesystem::path const& path) {
  std::ifstream in{path, std::ios::binary};
  if (!in) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>{in}, {}};
}

inline void write_file(std::filesystem::path const& path, std::string const& bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream out{path, std::ios::binary};
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!out) throw std::runtime_error("cannot write " + path.string());
}

/// Content of a vector's file: the byte formula of tests/vectors/quilt/README.md.
inline std::string vector_bytes(std::uint64_t size, std::uint64_t seed) {
  std::string out(size, '\0');
  for (std::uint64_t i = 0; i < size; ++i)
    out[i] = static_cast<char>((131 * (i & 255) + 17 * (i >> 8) + 29 * (i >> 16) + 53 * (i >> 24) + seed) & 255);
  return out;
}

/// A directory that lives as long as the object; below TMPDIR.
class temporary_directory {
 public:
  temporary_directory() {
    auto pattern = (std::filesystem::temp_directory_path() / "waybill-test-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp " + pattern);
    path_ = pattern;
  }
  ~temporary_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  temporary_directory(temporary_directory const&) = delete;
  temporary_directory& operator=(temporary_directory const&) = delete;

  [[nodiscard]] std::filesystem::path const& path() const { return path_; }
  [[nodiscard]] std::filesystem::path operator/(std::string const& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace waybill_test

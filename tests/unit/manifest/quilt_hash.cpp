#include <waybill/manifest/quilt_hash.hpp>

#include <waybill/json/parse.hpp>

#include "support/catch.hpp"
#include "support/results.hpp"

using namespace waybill;

namespace {

entry bare() { return {logical_key::parse("a").value(), 1, {}, nullptr, {}, json::object{}}; }

std::string const lower = "4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a";
std::string const upper = "4BF5122F344554C53BDE2EBB8CD2B7E3D1600AD631C385A5D7CCE23C7785459A";

result<entry> read(std::string const& text) {
  auto e = bare();
  auto const done = quilt::read_hash(e, json::parse(text, {.python_extensions = true}).value());
  if (!done) return done.error();
  return e;
}

std::string canonical(entry const& e) {
  std::string out;
  quilt::append_canonical_hash(out, e);
  return out;
}

std::string written(entry const& e) {
  std::string out;
  quilt::append_written_hash(out, e).value();
  return out;
}

}  // namespace

TEST_CASE("hash types have quilt3's names, in its case") {
  CHECK(quilt::hash_type_name(algorithms::sha2_256_chunked) == "sha2-256-chunked");
  CHECK(quilt::hash_type_name(algorithms::sha256) == "SHA256");
  CHECK(quilt::hash_type_name(algorithms::crc64nvme) == "CRC64NVME");
  CHECK(quilt::hash_type_name(algorithms::md5).empty());
  CHECK(quilt::hash_type("SHA256") == algorithm{algorithms::sha256});
  CHECK_FALSE(quilt::hash_type("sha256"));
  CHECK_FALSE(quilt::hash_type("crc64nvme"));
}

TEST_CASE("a line holds one digest: chunked before SHA256 before CRC64NVME") {
  auto e = bare();
  CHECK_FALSE(quilt::has_hash(e));
  e.digests.insert(digest::parse(algorithms::md5, std::string(32, '0')).value());
  CHECK_FALSE(quilt::has_hash(e));
  e.digests.insert(digest::parse(algorithms::crc64nvme, "whKBFUAIg0w=").value());
  CHECK(quilt::written_digest(e)->kind() == algorithm{algorithms::crc64nvme});
  e.digests.insert(digest::parse(algorithms::sha256, lower).value());
  CHECK(quilt::written_digest(e)->kind() == algorithm{algorithms::sha256});
  e.digests.insert(digest::parse(algorithms::sha2_256_chunked, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=").value());
  CHECK(quilt::written_digest(e)->kind() == algorithm{algorithms::sha2_256_chunked});
  CHECK(canonical(e) == R"({"type":"sha2-256-chunked","value":"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="})");
}

TEST_CASE("a plainly spelled hash becomes a digest and nothing else") {
  auto const e = read(R"({"type": "SHA256", "value": ")" + lower + "\"}").value();
  CHECK(e.digests.find(algorithms::sha256)->text() == lower);
  CHECK(e.foreign_hash.is_null());
  CHECK(canonical(e) == R"({"type":"SHA256","value":")" + lower + "\"}");
  CHECK(written(e) == R"({"type": "SHA256", "value": ")" + lower + "\"}");
}

TEST_CASE("another spelling of a known hash is kept for the top hash and can still be verified") {
  auto const check = [](std::string const& text, std::string const& hashed) {
    INFO(text);
    auto const e = read(text).value();
    REQUIRE(e.digests.find(algorithms::sha256) != nullptr);
    CHECK(e.digests.find(algorithms::sha256)->text() == lower);
    CHECK(written(e) == text);
    CHECK(canonical(e) == hashed);
  };
  check(R"({"type": "SHA256", "value": ")" + upper + "\"}", R"({"type":"SHA256","value":")" + upper + "\"}");
  check(R"({"value": ")" + lower + R"(", "type": "SHA256"})", R"({"type":"SHA256","value":")" + lower + "\"}");
  check(R"({"type": "SHA256", "value": ")" + lower + R"(", "of": 1.0})",
        R"({"of":1.0,"type":"SHA256","value":")" + lower + "\"}");
}

TEST_CASE("new digests replace a foreign hash that says something else") {
  auto e = read(R"({"type": "SHA256", "value": ")" + upper + "\"}").value();
  e.digests = {digest::parse(algorithms::sha256, std::string(64, '0')).value()};
  CHECK(canonical(e) == R"({"type":"SHA256","value":")" + std::string(64, '0') + "\"}");
  auto md5 = read(R"({"type": "MD5", "value": "00"})").value();
  CHECK(written(md5) == R"({"type": "MD5", "value": "00"})");
  md5.digests.insert(digest::parse(algorithms::sha256, lower).value());
  CHECK(written(md5) == R"({"type": "SHA256", "value": ")" + lower + "\"}");
}

TEST_CASE("an unknown hash type is kept as it is") {
  auto const e = read(R"({"z": [1, 2], "type": "sha256", "value": 7})").value();
  CHECK(e.digests.empty());
  CHECK(quilt::has_hash(e));
  CHECK(written(e) == R"({"z": [1, 2], "type": "sha256", "value": 7})");
  CHECK(canonical(e) == R"({"type":"sha256","value":7,"z":[1,2]})");
}

TEST_CASE("a foreign hash that JSON cannot hold can be hashed, not written") {
  auto const e = read(R"({"type": "x", "value": NaN})").value();
  CHECK(canonical(e) == R"({"type":"x","value":NaN})");
  std::string out;
  CHECK(quilt::append_written_hash(out, e).error().code == errc::not_representable);
}

TEST_CASE("a hash that cannot be read names its member") {
  auto const check = [](std::string const& text, errc code, std::string const& path) {
    INFO(text);
    auto const e = read(text);
    REQUIRE_FALSE(e);
    CHECK(e.error().code == code);
    CHECK(e.error().path == path);
  };
  CHECK(read("null")->digests.empty());
  check("\"abc\"", errc::wrong_type, "");
  check("{}", errc::missing_member, "/type");
  check(R"({"type": 1})", errc::wrong_type, "/type");
  check(R"({"type": "SHA256"})", errc::missing_member, "/value");
  check(R"({"type": "SHA256", "value": null})", errc::wrong_type, "/value");
  check(R"({"type": "SHA256", "value": "12"})", errc::malformed_digest, "/value");
  check(R"({"type": "sha2-256-chunked", "value": ")" + lower + "\"}", errc::malformed_digest, "/value");
  check(R"({"type": "sha2-256-chunked", "value": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV="})",
        errc::malformed_digest, "/value");
}

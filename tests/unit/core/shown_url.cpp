#include <waybill/core/shown_url.hpp>

#include "support/catch.hpp"

using namespace waybill;

TEST_CASE("a shown URL holds neither a password nor a signature") {
  CHECK(shown_url("https://user:secret@host.example:8080/a/b?X-Amz-Signature=secret#secret") ==
        "https://host.example:8080/a/b");
  CHECK(shown_url("https://secret@host") == "https://host");
  CHECK(shown_url("https://a@b:secret@host/x@y") == "https://host/x@y");
  CHECK(shown_url("s3://bucket/key?versionId=secret") == "s3://bucket/key");
}

TEST_CASE("what needs no hiding is shown as it is, control characters aside") {
  CHECK(shown_url("file:///data/a@b") == "file:///data/a@b");
  CHECK(shown_url("no url @ all") == "no url @ all");
  CHECK(shown_url("").empty());
  CHECK(shown_url("s3://b/\x1b[31m") == "s3://b/\\x1b[31m");
}

#include <waybill/protocol/clowder/requests.hpp>

#include <waybill/json/parse.hpp>

#include <string>

#include "support/catch.hpp"

namespace {
using namespace waybill;
using namespace waybill::clowder;

std::string const base = "https://clowder.example";
std::string const root_v1 = base + "/api/", root_v2 = base + "/api/v2/";
requests const one{base, "k3y", api_version::v1};
requests const two{base + "/", "k3y", api_version::v2};

std::string line(http_request const& r) { return r.method + " " + r.url; }

TEST_CASE("The key is a secret field and the version is asked for without it", "[clowder]") {
  for (auto const& header : one.dataset("d").headers)
    if (header.name == "X-API-Key") {
      CHECK(header.value == "k3y");
      CHECK(header.secret);
    }
  REQUIRE(two.dataset("d").headers.find("X-API-Key") != nullptr);
  CHECK(one.version().headers.find("X-API-Key") == nullptr);
  CHECK(one.version().url == root_v1 + "version");
  CHECK(two.version().url == root_v2 + "status");
  CHECK(line(one.dataset("d")).find("k3y") == std::string::npos);
}

TEST_CASE("Lists ask for more than a platform gives by itself", "[clowder]") {
  CHECK(one.spaces_v1("a.b (1)").url == root_v1 + "spaces?title=a%5C.b%20%5C%281%5C%29&limit=100000");
  CHECK(one.datasets("a b", 0).url == root_v1 + "datasets?limit=100000&exact=true&title=a%20b");
  CHECK(one.datasets("", 0).url == root_v1 + "datasets?limit=100000");
  CHECK(two.datasets("ignored", 500).url == root_v2 + "datasets?skip=500&limit=500&mine=true");
  CHECK(two.datasets("", 0).url == root_v2 + "datasets?skip=0&limit=500");
  CHECK(one.files("d", 0).url == root_v1 + "datasets/d/files");
  CHECK(two.files("d", 0).url == root_v2 + "datasets/d/files?skip=0&limit=500");
  CHECK(one.folders("d", "", 0).url == root_v1 + "datasets/d/folders");
  CHECK(two.folders("d", "", 0).url == root_v2 + "datasets/d/folders?skip=0&limit=500");
  CHECK(two.folders("d", "f", 0).url == root_v2 + "datasets/d/folders?parent_folder=f&skip=0&limit=500");
}

TEST_CASE("A dataset of version 1 names its space and one of version 2 its licence", "[clowder]") {
  auto const first = one.create_dataset({.title = "t", .space_id = "s"});
  CHECK(line(first.request) == "POST " + root_v1 + "datasets/createempty");
  CHECK(first.body == R"({"name":"t","description":"","space":["s"]})");
  auto const second = two.create_dataset({.title = "t \"q\"", .space_id = "s"});
  CHECK(line(second.request) == "POST " + root_v2 + "datasets?license_id=CC%20BY");
  CHECK(second.body == R"({"name":"t \"q\"","description":""})");
  CHECK(*second.request.headers.find("Content-Type") == "application/json");
}

TEST_CASE("A folder names its parent in each version's way", "[clowder]") {
  CHECK(one.create_folder("d", "", "n").body == R"({"name":"n","parentId":"d","parentType":"dataset"})");
  CHECK(one.create_folder("d", "p", "n").body == R"({"name":"n","parentId":"p","parentType":"folder"})");
  CHECK(two.create_folder("d", "", "n").body == R"({"name":"n"})");
  CHECK(two.create_folder("d", "p", "n").body == R"({"name":"n","parent_folder":"p"})");
  CHECK(one.create_folder("d", "", "n").request.url == root_v1 + "datasets/d/newFolder");
}

TEST_CASE("An upload goes to a folder and says whether to extract", "[clowder]") {
  CHECK(one.upload("d", "", false).url == root_v1 + "uploadToDataset/d?extract=false");
  CHECK(one.upload("d", "f", true).url == root_v1 + "uploadToDataset/d?extract=true&folder_id=f");
  CHECK(two.upload("d", "", true).url == root_v2 + "datasets/d/files");
  CHECK(two.upload("d", "f", false).url == root_v2 + "datasets/d/files?folder_id=f");
}

TEST_CASE("Metadata have the frame that each version asks for", "[clowder]") {
  auto const first =
      json::parse(one.add_metadata("d", {{"waybill", json::value::integer(std::uint64_t{1})}}).body).value();
  CHECK(*first.find("agent")->find("@type")->as_string() == "cat:extractor");
  CHECK(*first.find("agent")->find("extractor_id")->as_string() == "https://clowder.example/api/extractors/waybill");
  CHECK(first.find("@context")->as_object() != nullptr);
  CHECK(first.find("content")->find("waybill") != nullptr);
  auto const second = json::parse(two.add_metadata("d", {}).body).value();
  CHECK(second.find("@context")->as_array()->size() == 1);
  CHECK(second.find("agent") == nullptr);
  CHECK(one.metadata("d").url == root_v1 + "datasets/d/metadata.jsonld");
  CHECK(two.metadata("d").url == root_v2 + "datasets/d/metadata");
}

TEST_CASE("An id cannot lead to another route", "[clowder]") {
  CHECK(two.download("../datasets/x?y").url == root_v2 + "files/..%2Fdatasets%2Fx%3Fy");
  CHECK(one.remove_file("a/b").url == root_v1 + "files/a%2Fb");
  CHECK(one.page_of("d/e") == base + "/datasets/d%2Fe");
}

TEST_CASE("Downloads name a byte or a link or the whole archive", "[clowder]") {
  CHECK(*one.byte_of_v1("f", 41).headers.find("Range") == "bytes=41-41");
  CHECK(two.link_v2("f").url == root_v2 + "files/f/url/");
  CHECK(one.bag("d").url == root_v1 + "datasets/d/download?bagit=true");
  CHECK(two.bag("d").url == root_v2 + "datasets/d/download");
  CHECK(line(two.freeze_v2("d")) == "POST " + root_v2 + "datasets/d/freeze");
  CHECK(two.latest_freeze_v2("d").url == root_v2 + "datasets/d/freeze/latest_version_num");
}

}  // namespace

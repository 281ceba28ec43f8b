// Build a package from a directory, publish it, change one entry, publish again, and read both versions back.
//   04_build_and_read_a_package DIRECTORY REGISTRY
#include <waybill/registry/package_builder.hpp>
#include <waybill/store/directory.hpp>
#include <waybill/store/verified.hpp>

#include <chrono>
#include <cstdio>

/// `value()` throws an exception with the whole message; a program that cannot go on may as well use it.
int main(int argc, char** argv) try {
  if (argc != 3) return std::fputs("usage: 04_build_and_read_a_package DIRECTORY REGISTRY\n", stderr), 2;
  auto const now = [] {
    return std::chrono::time_point_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now());
  };

  auto store = waybill::directory_store::open_path(argv[2], true).value();
  waybill::registry home{waybill::any_store{waybill::verified{std::move(store)}}, argv[2]};

  // A builder is changed; a package never is.
  waybill::package_builder draft{waybill::package_name::parse("example/data").value()};
  std::printf("%llu files staged\n", static_cast<unsigned long long>(draft.add_directory("", argv[1]).value()));
  if (auto const early = draft.as_package(home); !early)
    std::printf("not a package yet: %s\n", early.error().message().c_str());

  auto const moved = draft.push_data(home).value();
  auto const first = draft.push_manifest(home, {.tags = {"v1"}, .message = "first", .now = now()}).value();
  std::printf("v1: %llu files copied, %zu entries\n", static_cast<unsigned long long>(moved.files_copied),
              first.manifest().entries().size());

  waybill::package_builder next{first};
  auto const key = first.manifest().entries().front().key.str();
  next.set_meta(key, waybill::json::object{{"label", "checked"}}).value();
  auto const again = next.push_data(home).value();
  auto const second = next.push_manifest(home, {.tags = {"v2"}, .message = "one label", .now = now()}).value();
  std::printf("v2: %llu files copied, %llu there already\n", static_cast<unsigned long long>(again.files_copied),
              static_cast<unsigned long long>(again.files_skipped));

  auto const opened = waybill::package::open(home, waybill::parse_package_ref("example/data:v1").value()).value();
  std::printf("v1 is still %s: %s\n", opened.top_hash() == first.top_hash() ? "itself" : "CHANGED", key.c_str());
  std::printf("%zu bytes, label %s\n", opened.read(key).value().size(),
              second.metadata(key).value().find("label")->as_string()->c_str());
} catch (std::exception const& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}

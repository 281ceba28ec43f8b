// Stream a manifest: largest entries of a Quilt JSONL file, read line by line in constant memory.
//   02_stream_a_manifest FILE
#include <waybill/manifest/reader.hpp>
#include <waybill/scan/file.hpp>

#include <cstdio>
#include <map>

int main(int argc, char** argv) {
  if (argc != 2) return std::fputs("usage: 02_stream_a_manifest FILE\n", stderr), 2;

  auto const file = waybill::open_for_reading(argv[1]);
  if (!file) return std::fprintf(stderr, "%s\n", file.error().message().c_str()), 1;
  waybill::file_source source{file->get(), argv[1]};

  auto reader = waybill::manifest_reader::open(source);
  if (!reader) return std::fprintf(stderr, "%s\n", reader.error().message().c_str()), 1;
  std::printf("message: %s\n", reader->header().message().value_or("(none)").c_str());

  std::multimap<std::uint64_t, std::string, std::greater<>> largest;
  std::uint64_t entries = 0;
  for (;;) {
    auto const item = reader->next();
    if (!item) return std::fprintf(stderr, "%s\n", item.error().message().c_str()), 1;
    if (*item == nullptr) break;
    if ((*item)->parsed && std::holds_alternative<waybill::directory_meta>(*(*item)->parsed)) continue;
    auto const entry = reader->to_entry(**item);
    if (!entry) return std::fprintf(stderr, "%s\n", entry.error().message().c_str()), 1;
    ++entries;
    largest.emplace(entry->size.value_or(0), entry->key.str());
    if (largest.size() > 3) largest.erase(std::prev(largest.end()));
  }
  for (auto const& [size, key] : largest)
    std::printf("%10llu  %s\n", static_cast<unsigned long long>(size), key.c_str());
  std::printf("%llu entries, %s\n", static_cast<unsigned long long>(entries),
              reader->sorted() ? "in walk order" : "unsorted");
}

// The least a consumer does: hash something with the core.
#include <waybill/waybill.hpp>

#include <cstdio>

int main() {
  auto const d = waybill::hash_bytes<waybill::sha256_hasher>(waybill::as_bytes("abc"));
  std::puts(d.hex().c_str());
  return d.hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" ? 0 : 1;
}

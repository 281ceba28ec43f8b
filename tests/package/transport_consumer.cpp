// The least a consumer of the transport does: ask for something where nobody listens.
#include <waybill/http/curl.hpp>

#include <cstdio>

int main() {
  waybill::curl_client client;
  auto const response = client.send({"GET", "http://127.0.0.1:1/", {}}, nullptr, {});
  if (response) return 1;
  std::puts(response.error().message().c_str());
  return response.error().code == waybill::condition::transient ? 0 : 1;
}

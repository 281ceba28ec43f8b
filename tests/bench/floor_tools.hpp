// floor_tools.hpp: what the jobs of floor share: walking a tree, threads, digests.
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace waybill_floor {
using std::string;
using std::string_view;

[[noreturn]] inline void die(string const& what) { throw std::runtime_error(what + ": " + strerror(errno)); }

struct Dir {
  string path;
  std::vector<string> files;
};

// Directories below root, breadth first; file names come from d_type, so no stat is needed.
inline std::vector<Dir> list(string const& root) {
  std::vector<Dir> out{{"", {}}};
  std::vector<char> buf(1 << 16);
  for (size_t i = 0; i < out.size(); ++i) {
    string const here = out[i].path;
    int fd = open((here.empty() ? root : root + "/" + here).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) die(here);
    for (long n; (n = syscall(SYS_getdents64, fd, buf.data(), buf.size())) > 0;)
      for (long at = 0; at < n;) {
        auto* e = reinterpret_cast<dirent64*>(buf.data() + at);
        at += e->d_reclen;
        string_view name = e->d_name;
        if (name == "." || name == "..") continue;
        if (e->d_type == DT_DIR) out.push_back({here.empty() ? string(name) : here + "/" + string(name), {}});
        else if (e->d_type == DT_REG) out[i].files.emplace_back(name);
      }
    close(fd);
  }
  return out;
}

template <class F>
void parallel(int threads, F&& f) {
  std::vector<std::thread> pool;
  std::exception_ptr failed;
  std::mutex guard;
  auto one = [&](int i) {
    try {
      f(i);
    } catch (...) {
      std::lock_guard<std::mutex> l(guard);
      failed = std::current_exception();
    }
  };
  for (int i = 1; i < threads; ++i) pool.emplace_back(one, i);
  one(0);
  for (auto& t : pool) t.join();
  if (failed) std::rethrow_exception(failed);
}

struct Digest {
  EVP_MD* md;
  EVP_MD_CTX* ctx = EVP_MD_CTX_new();
  unsigned char out[EVP_MAX_MD_SIZE];
  unsigned len = 0;
  explicit Digest(char const* alg) : md(EVP_MD_fetch(nullptr, alg, nullptr)) {
    if (!md) throw std::runtime_error(alg);
  }
  void start() { EVP_DigestInit_ex2(ctx, md, nullptr); }
  void add(void const* p, size_t n) { EVP_DigestUpdate(ctx, p, n); }
  string hex() {
    EVP_DigestFinal_ex(ctx, out, &len);
    static char const* h = "0123456789abcdef";
    string s(len * 2, '0');
    for (unsigned i = 0; i < len; ++i) {
      s[2 * i] = h[out[i] >> 4];
      s[2 * i + 1] = h[out[i] & 15];
    }
    return s;
  }
};

inline string hexHash(string_view data) {
  Digest d("SHA256");
  d.start();
  d.add(data.data(), data.size());
  return d.hex();
}

}  // namespace waybill_floor

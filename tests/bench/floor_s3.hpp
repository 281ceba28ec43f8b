// floor_s3.hpp: the least an S3 client can do: signed PUTs and GETs over kept connections. No TLS, bodies unsigned.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/hmac.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "floor_tools.hpp"

namespace waybill_floor {

inline string hmac(string_view key, string_view data) {
  unsigned char out[32];
  unsigned n = 32;
  HMAC(EVP_sha256(), key.data(), int(key.size()), reinterpret_cast<unsigned char const*>(data.data()), data.size(), out,
       &n);
  return {reinterpret_cast<char*>(out), n};
}
inline string hexOf(string_view raw) {
  string s;
  char b[3];
  for (unsigned char c : raw) {
    snprintf(b, 3, "%02x", c);
    s += b;
  }
  return s;
}

struct S3 {
  string host, date, stamp, access, key;
  explicit S3(string h) : host(std::move(h)), access(getenv("AWS_ACCESS_KEY_ID")) {
    char b[32];
    time_t t = time(nullptr);
    tm g{};
    gmtime_r(&t, &g);
    strftime(b, 32, "%Y%m%dT%H%M%SZ", &g);
    stamp = b;
    date = stamp.substr(0, 8);
    key = hmac(hmac(hmac(hmac("AWS4" + string(getenv("AWS_SECRET_ACCESS_KEY")), date), "us-east-1"), "s3"),
               "aws4_request");
  }
  string request(char const* verb, string const& path, size_t length) const {
    string scope = date + "/us-east-1/s3/aws4_request", signedNames = "host;x-amz-content-sha256;x-amz-date";
    string canon = string(verb) + "\n" + path + "\n\nhost:" + host +
                   "\nx-amz-content-sha256:UNSIGNED-PAYLOAD\nx-amz-date:" + stamp + "\n\n" + signedNames +
                   "\nUNSIGNED-PAYLOAD";
    string sig = hexOf(hmac(key, "AWS4-HMAC-SHA256\n" + stamp + "\n" + scope + "\n" + hexHash(canon)));
    return string(verb) + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\nx-amz-date: " + stamp +
           "\r\nx-amz-content-sha256: UNSIGNED-PAYLOAD\r\nAuthorization: AWS4-HMAC-SHA256 Credential=" + access + "/" +
           scope + ", SignedHeaders=" + signedNames + ", Signature=" + sig +
           "\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
  }
  int dial() const {
    auto c = host.find(':');
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_port = htons(uint16_t(atoi(host.c_str() + c + 1)));
    inet_pton(AF_INET, host.substr(0, c).c_str(), &a.sin_addr);
    int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    if (connect(s, reinterpret_cast<sockaddr*>(&a), sizeof a)) die("connect");
    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return s;
  }
};

// Reads one response; the body goes to `to` (or nowhere). Content-Length only. True: the server hangs up.
inline bool answer(int s, std::vector<char>& buf, int to) {
  size_t have = 0, head = 0;
  while (!head) {
    ssize_t k = recv(s, buf.data() + have, buf.size() - have, 0);
    if (k <= 0) die("recv");
    have += size_t(k);
    auto at = string_view(buf.data(), have).find("\r\n\r\n");
    if (at != string_view::npos) head = at + 4;
  }
  string h(buf.data(), head);
  if (h.compare(9, 1, "2")) throw std::runtime_error(h + string(buf.data() + head, have - head));
  for (auto& c : h) c = char(tolower(c));
  auto at = h.find("content-length:");
  size_t left = at == string::npos ? 0 : strtoull(h.c_str() + at + 15, nullptr, 10), here = have - head;
  if (to >= 0 && here && write(to, buf.data() + head, here) < 0) die("write");
  for (left -= std::min(left, here); left;) {
    ssize_t k = recv(s, buf.data(), std::min(left, buf.size()), 0);
    if (k <= 0) die("recv body");
    if (to >= 0 && write(to, buf.data(), size_t(k)) != k) die("write");
    left -= size_t(k);
  }
  return h.find("connection: close") != string::npos;
}

inline int transfer(bool put, string const& local, string const& names, string const& host, string const& prefix,
                    int conns) {
  auto dirs = list(names);
  std::vector<string> files;
  for (auto& d : dirs) {
    if (!put) mkdir((local + "/" + d.path).c_str(), 0755);
    for (auto& n : d.files) files.push_back(d.path + "/" + n);
  }
  std::atomic<size_t> next{0};
  parallel(conns, [&](int) {
    S3 s3(host);
    int s = s3.dial();
    std::vector<char> buf(1 << 20);
    for (size_t i; (i = next++) < files.size();) {
      string path = "/" + prefix + "/" + files[i];
      int fd = open((local + "/" + files[i]).c_str(), put ? O_RDONLY : O_CREAT | O_TRUNC | O_WRONLY, 0644);
      if (fd < 0) die(files[i]);
      struct stat st{};
      fstat(fd, &st);
      string head = s3.request(put ? "PUT" : "GET", path, put ? size_t(st.st_size) : 0);
      if (send(s, head.data(), head.size(), put ? MSG_MORE : 0) < 0) die("send");
      for (off_t at = 0; put && at < st.st_size;)
        if (sendfile(s, fd, &at, size_t(st.st_size - at)) <= 0) die("sendfile");
      if (answer(s, buf, put ? -1 : fd)) {
        close(s);
        s = s3.dial();
      }
      close(fd);
    }
    close(s);
  });
  return 0;
}

}  // namespace waybill_floor

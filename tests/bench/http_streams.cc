#include "http_streams.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

namespace bench {

namespace {

constexpr rlim_t kSpareFiles = 256;
constexpr std::string_view kInitialize =
    R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2024-11-05",)"
    R"("capabilities":{},"clientInfo":{"name":"bench_load","version":"1"}}})";
constexpr std::string_view kInitialized =
    R"({"jsonrpc":"2.0","method":"notifications/initialized"})";

void write_text(int fd, const std::string& text) {
  if (!write_all(fd, text.data(), text.size())) die("the command does not read");
}

// Reads until `in` contains `wanted`. Bytes after `wanted` also stay in `in`.
void read_until(int fd, std::string& in, std::string_view wanted) {
  char chunk[4096];
  while (in.find(wanted) == std::string::npos) {
    const ssize_t n = read(fd, chunk, sizeof chunk);
    if (n <= 0) die("a stream ended: " + in.substr(0, 400));
    in.append(chunk, static_cast<size_t>(n));
  }
}

void post(int fd, const Address& address, std::string_view path, std::string_view body) {
  write_text(fd, post_head(address, path, "", body.size()) + std::string(body));
  std::string in;
  while (whole_answer(in).size == 0) read_until(fd, in, "\r\n\r\n");
}

}  // namespace

std::vector<int> open_streams(const Address& address, size_t count) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = std::min(files.rlim_max, static_cast<rlim_t>(count) + kSpareFiles);
  setrlimit(RLIMIT_NOFILE, &files);
  const int posts = connect_to(address);
  std::vector<int> streams;
  for (size_t i = 0; i < count; ++i) {
    const int fd = connect_to(address);
    streams.push_back(fd);
    write_text(fd, request_head(address, "GET", "/sse", "Accept: text/event-stream\r\n"));
    std::string in;
    constexpr std::string_view kBefore = "data: ";
    read_until(fd, in, kBefore);
    const size_t at = in.find(kBefore) + kBefore.size();
    while (in.find('\n', at) == std::string::npos) {
      std::string more;
      read_until(fd, more, "\n");
      in += more;
    }
    const std::string place = in.substr(at, in.find('\n', at) - at);
    post(posts, address, place, kInitialize);
    std::string answer;
    read_until(fd, answer, "\"result\"");
    post(posts, address, place, kInitialized);
  }
  close(posts);
  return streams;
}

}  // namespace bench

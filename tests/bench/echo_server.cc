// bench_echo: an MCP server on stdio with one tool, `echo {text}`. It does as little as possible,
// so that the benchmark measures only the programs between the client and the server.
#include <unistd.h>

#include <cerrno>
#include <string>

#include "json_scan.h"

namespace {

using bench::inside_quotes;
using bench::member;

void answer(std::string& out, std::string_view id, std::string_view before, std::string_view value,
            std::string_view after) {
  out.append(R"({"jsonrpc":"2.0","id":)").append(id).append(before).append(value).append(after);
}

void handle(std::string_view line, std::string& out) {
  const std::string_view id = member(line, "id");
  const std::string_view method = inside_quotes(member(line, "method"));
  if (id.empty() || method.empty()) return;
  if (method == "tools/call") {
    const std::string_view text = member(member(member(line, "params"), "arguments"), "text");
    answer(out, id, R"(,"result":{"content":[{"type":"text","text":)", text, "}]}}\n");
  } else if (method == "tools/list") {
    answer(out, id,
           R"(,"result":{"tools":[{"name":"echo","description":"Answers its text","inputSchema":)",
           R"({"type":"object","properties":{"text":{"type":"string"}},"required":["text"]})",
           "}]}}\n");
  } else if (method == "initialize") {
    answer(out, id, R"(,"result":{"protocolVersion":)",
           member(member(line, "params"), "protocolVersion"),
           R"(,"capabilities":{"tools":{}},"serverInfo":{"name":"bench_echo","version":"1"}}})"
           "\n");
  } else if (method == "ping") {
    answer(out, id, R"(,"result":{)", "", "}}\n");
  } else {
    answer(out, id, R"(,"error":{"code":-32601,"message":)", R"("Method not found")", "}}\n");
  }
}

bool write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (n < 0 && errno != EINTR) return false;
    if (n > 0) bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

}  // namespace

int main() {
  static char chunk[256 * 1024];
  std::string in, out;
  for (;;) {
    const ssize_t n = read(STDIN_FILENO, chunk, sizeof chunk);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return 0;
    size_t search_from = in.size();
    in.append(chunk, static_cast<size_t>(n));
    size_t begin = 0;
    for (size_t end; (end = in.find('\n', search_from)) != std::string::npos;) {
      handle(std::string_view(in).substr(begin, end - begin), out);
      begin = search_from = end + 1;
    }
    in.erase(0, begin);
    if (!write_all(out)) return 0;
    out.clear();
  }
}

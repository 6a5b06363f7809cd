#include "callgate/app/ancestors.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "observe.h"

namespace callgate {

namespace {

constexpr int kDeepest = 256;

#ifdef __APPLE__
bool is_marked(int64_t) { return false; }
#else
constexpr const char* kMark = "CALLGATE_RUN=";

std::string contents(int64_t pid, const char* file) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/" + file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool is_marked(int64_t pid) {
  const std::string all = std::string(1, '\0') + contents(pid, "environ");
  return all.find(std::string(1, '\0') + kMark) != std::string::npos;
}
#endif

}  // namespace

std::optional<std::string> why_below_a_client(const std::vector<int64_t>& known) {
  if (std::getenv("CALLGATE_RUN"))
    return "this process was started by a server of callgate (CALLGATE_RUN is set)";
  int64_t pid = ::getppid();
  for (int depth = 0; pid > 1 && depth < kDeepest; ++depth, pid = parent_of(pid)) {
    if (std::find(known.begin(), known.end(), pid) != known.end())
      return "process " + std::to_string(pid) + " above this one is a client of callgate";
    if (is_marked(pid))
      return "process " + std::to_string(pid) + " above this one was started by callgate";
  }
  return std::nullopt;
}

}  // namespace callgate

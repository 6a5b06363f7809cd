// The framer returns the same lines however the reads are cut, and they equal the lines of a plain
// split.
#include <algorithm>
#include <string>
#include <vector>

#include "callgate/wire/framer.h"
#include "fuzz.h"

using namespace callgate;

namespace {

using Seen = std::vector<std::string>;

/// The reads have the sizes in `sizes`, which is repeated.
Seen framed(std::string_view stream, size_t limit, std::string_view sizes) {
  Seen seen;
  Framer framer(
      limit, [&seen](std::string&& line) { seen.push_back("=" + line); },
      [&seen](std::string_view head) { seen.push_back("!" + std::string(head)); });
  for (size_t i = 0; !stream.empty(); ++i) {
    const size_t size =
        sizes.empty() ? stream.size() : static_cast<uint8_t>(sizes[i % sizes.size()]) + size_t{1};
    framer.push(stream.substr(0, size));
    stream.remove_prefix(std::min(size, stream.size()));
  }
  seen.push_back("rest " + framer.rest());
  return seen;
}

Seen split(std::string_view stream, size_t limit) {
  Seen seen;
  if (stream.starts_with("\xEF\xBB\xBF")) stream.remove_prefix(3);
  for (size_t end; (end = stream.find('\n')) != std::string_view::npos;
       stream.remove_prefix(end + 1)) {
    std::string_view line = stream.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() > limit) {
      seen.push_back("!" + std::string(line.substr(0, std::min(limit, size_t{65536}))));
    } else if (line.find_first_not_of(" \t\r") != std::string_view::npos) {
      seen.push_back("=" + std::string(line));
    }
  }
  const bool too_long = stream.size() - (stream.ends_with('\r') ? 1 : 0) > limit;
  if (too_long) seen.push_back("!" + std::string(stream.substr(0, std::min(limit, size_t{65536}))));
  seen.push_back("rest " + std::string(too_long ? "" : stream));
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Choices choices(data, size);
  const size_t limit = size_t{choices.byte()} * 16 + 8;
  const std::string_view sizes = choices.bytes(choices.byte() % 8);
  const std::string_view stream = choices.rest();
  const Seen whole = framed(stream, limit, "");
  ENSURE(framed(stream, limit, sizes) == whole);
  ENSURE(split(stream, limit) == whole);
  return 0;
}

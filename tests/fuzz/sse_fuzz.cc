// The reader of event streams returns the same events however the reads are cut, and they equal the
// events of a plain reading of the whole stream.
#include <algorithm>
#include <string>
#include <vector>

#include "callgate/wire/sse_reader.h"
#include "fuzz.h"

using namespace callgate;

namespace {

using Seen = std::vector<std::string>;

void see(Seen& seen, const std::vector<SseEvent>& events) {
  for (const SseEvent& event : events)
    seen.push_back((event.too_long ? "!" : "=") + event.type + "\n" + event.data);
}

Seen read_in_pieces(std::string_view stream, size_t limit, std::string_view sizes) {
  Seen seen;
  SseReader reader(limit);
  for (size_t i = 0; !stream.empty(); ++i) {
    const size_t size =
        sizes.empty() ? stream.size() : static_cast<uint8_t>(sizes[i % sizes.size()]) + size_t{1};
    see(seen, reader.read(stream.substr(0, size)));
    stream.remove_prefix(std::min(size, stream.size()));
  }
  seen.push_back("id " + reader.last_id());
  seen.push_back("retry " + std::to_string(reader.retry().value_or(-1)));
  return seen;
}

std::vector<std::string> lines_of(std::string_view stream) {
  std::vector<std::string> lines;
  if (stream.starts_with("\xEF\xBB\xBF")) stream.remove_prefix(3);
  for (size_t end; (end = stream.find_first_of("\r\n")) != std::string_view::npos;) {
    lines.emplace_back(stream.substr(0, end));
    const bool two = stream.substr(end).starts_with("\r\n");
    stream.remove_prefix(end + (two ? 2 : 1));
  }
  return lines;
}

/// The types and data of the events, for streams without a line or event near the limit.
Seen plain(std::string_view stream) {
  Seen seen;
  std::string type, data;
  for (const std::string& line : lines_of(stream)) {
    if (line.empty()) {
      if (!data.empty()) data.pop_back();
      if (!data.empty()) seen.push_back("=" + (type.empty() ? "message" : type) + "\n" + data);
      type.clear();
      data.clear();
      continue;
    }
    const size_t colon = std::min(line.find(':'), line.size());
    const std::string name = line.substr(0, colon);
    std::string value = line.substr(std::min(colon + 1, line.size()));
    if (value.starts_with(' ')) value.erase(0, 1);
    if (name == "event") type = value;
    if (name == "data") (data += value) += '\n';
  }
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Choices choices(data, size);
  const size_t limit = size_t{choices.byte()} * 16 + 8;
  const std::string_view sizes = choices.bytes(choices.byte() % 8);
  const std::string_view stream = choices.rest();
  Seen whole = read_in_pieces(stream, limit, "");
  ENSURE(read_in_pieces(stream, limit, sizes) == whole);
  if (stream.size() > std::min(limit, SseReader::kLongestId)) return 0;
  whole.resize(whole.size() - 2);
  ENSURE(plain(stream) == whole);
  return 0;
}

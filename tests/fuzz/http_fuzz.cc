// The reader returns the same requests and the same refusal however the reads are cut, and keeps
// nothing beyond the limits.
#include <algorithm>
#include <string>
#include <vector>

#include "callgate/protocol/http_rules.h"
#include "callgate/wire/http.h"
#include "fuzz.h"

using namespace callgate;

namespace {

using Seen = std::vector<std::string>;

std::string shown(HttpReader& reader, const HttpHosts& hosts) {
  const HttpHead& head = reader.head();
  HttpTarget target;
  std::string text = std::string(head.method()) + " " + std::string(head.path()) + "?" +
                     std::string(head.query()) + " " + head.list("x") +
                     std::string(head.field("host").value_or("-"));
  const auto fault = check_door(head, hosts, target);
  if (fault) return text + " " + std::to_string(fault->status);
  const auto content = check_content(head, target);
  text += content ? std::to_string(content->status) : "in";
  return text + " " + reader.take_body();
}

/// The reads have the sizes in `sizes`, which is repeated.
Seen read(std::string_view stream, HttpLimits limits, std::string_view sizes) {
  Seen seen;
  const HttpHosts hosts;
  HttpReader reader(limits);
  for (size_t i = 0; !stream.empty(); ++i) {
    const size_t size =
        sizes.empty() ? stream.size() : static_cast<uint8_t>(sizes[i % sizes.size()]) + size_t{1};
    std::string_view part = stream.substr(0, size);
    stream.remove_prefix(part.size());
    while (!part.empty()) {
      part.remove_prefix(reader.push(part));
      ENSURE(reader.body_bytes() <= limits.body);
      if (reader.state() == HttpReader::State::Refused) {
        ENSURE(reader.refusal().status >= 400 && !reader.refusal().why.empty());
        seen.push_back("! " + std::to_string(reader.refusal().status));
        return seen;
      }
      if (reader.state() != HttpReader::State::Complete) continue;
      seen.push_back(shown(reader, hosts));
      reader.next();
    }
  }
  seen.push_back(reader.begun() ? "more" : "");
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Choices choices(data, size);
  HttpLimits limits;
  limits.head = size_t{choices.byte()} * 4 + 40;
  limits.target = limits.head / 2;
  limits.fields = 8;
  limits.body = choices.byte();
  const std::string_view sizes = choices.bytes(choices.byte() % 8);
  ENSURE(read(choices.rest(), limits, sizes) == read(choices.rest(), limits, ""));
  return 0;
}

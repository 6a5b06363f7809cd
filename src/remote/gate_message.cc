#include "gate_message.h"

#include <algorithm>
#include <utility>

#include "callgate/base/check.h"
#include "callgate/wire/edits.h"

namespace callgate {

namespace {

constexpr std::string_view kVersionKey = "io.modelcontextprotocol/protocolVersion";
constexpr std::string_view kReading[] = {
    "initialize",     "server/discover",    "ping",           "tools/list",
    "prompts/list",   "prompts/get",        "resources/list", "resources/templates/list",
    "resources/read", "completion/complete"};

}  // namespace

bool GateMessage::repeatable() const {
  return std::find(std::begin(kReading), std::end(kReading), method) != std::end(kReading);
}

Result<GateMessage> read_gate_message(Walker& walker, std::string line) {
  auto walked = walker.walk(std::move(line));
  if (!walked) return walked.error();
  const auto rpc = classify((*walked)->root());
  if (!rpc) return rpc.error();
  return GateMessage{.message = *walked,
                     .rpc = *rpc,
                     .method = rpc->method.text(),
                     .modern = rpc->params.find("_meta").find(kVersionKey).is_string()};
}

GateMessage with_id(Walker& walker, const GateMessage& request, std::string id) {
  Edits edits;
  edits.replace(request.rpc.id, std::move(id));
  auto message = read_gate_message(walker, edits.apply(request.rpc.root));
  ENSURE(message.ok());
  return std::move(*message);
}

bool same_id(Value a, Value b) {
  if (a.is_string()) return b.is_string() && b.text_is(a.text());
  return a.is_number() && b.is_number() && a.integer() && a.integer() == b.integer();
}

}  // namespace callgate

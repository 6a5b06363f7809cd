// A message has one kind and the members of this kind, and the text that is salvaged from a line is
// its id.
#include <string>

#include "callgate/wire/rpc.h"
#include "fuzz.h"

using namespace callgate;

namespace {

void check_kind(const Rpc& rpc) {
  const bool call = rpc.kind == RpcKind::Request || rpc.kind == RpcKind::Notification;
  ENSURE(rpc.method.is_string() == call);
  ENSURE(!call || (!rpc.result && !rpc.error));
  ENSURE(call || !rpc.params);
  ENSURE((rpc.kind == RpcKind::Answer) == static_cast<bool>(rpc.result));
  ENSURE((rpc.kind == RpcKind::ErrorAnswer) == static_cast<bool>(rpc.error));
  if (rpc.kind == RpcKind::Notification) ENSURE(!rpc.id);
  if (rpc.kind == RpcKind::Request || rpc.kind == RpcKind::Answer) ENSURE(rpc.id);
  if (rpc.id) ENSURE(rpc.id.is_string() || rpc.id.is_number());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Walker walker({.text = TextOf::Peer});
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto salvaged = salvage_id(text);
  if (salvaged) ENSURE(walker.walk(*salvaged));
  const auto message = walker.walk(text);
  if (!message) return 0;
  const Value root = (*message)->root();
  if (salvaged) ENSURE(root.find("id").raw() == *salvaged);
  if (const auto rpc = classify(root)) {
    check_kind(*rpc);
    if (rpc->id) ENSURE(salvaged == std::string(rpc->id.raw()));
  }
  for (Value element : root) {
    if (const auto rpc = classify(element)) check_kind(*rpc);
  }
  return 0;
}

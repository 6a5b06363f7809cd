#include "refused_request.h"

#include "callgate/base/fold.h"
#include "callgate/protocol/methods.h"
#include "callgate/protocol/modern.h"
#include "gate/state/client_request.h"

namespace callgate {

namespace {

CallKind asked_kind(Value method) {
  for (int i = 0; i < static_cast<int>(CallKind::Method); ++i)
    if (method.text_is(name(static_cast<CallKind>(i)))) return static_cast<CallKind>(i);
  return CallKind::Method;
}

/// Returns the name, URI or method that a refused request asks for, or "(no name)" if it can't be
/// read.
std::string wanted_name(CallKind kind, Value params, Value method) {
  Value wanted = any_spelling(params, "name");
  if (kind == CallKind::Resource || kind == CallKind::Subscribe || kind == CallKind::Unsubscribe)
    wanted = any_spelling(params, "uri");
  if (kind == CallKind::Complete) {
    const Value ref = any_spelling(params, "ref");
    wanted = ref.find("name") ? ref.find("name") : ref.find("uri");
  }
  if (kind == CallKind::Method) wanted = method;
  return wanted.is_string() ? wanted.text() : "(no name)";
}

}  // namespace

Value any_spelling(Value object, std::string_view key) {
  if (!object.is_object()) return {};
  if (const Value exact = object.find(key)) return exact;
  for (const Value member : object)
    if (equal_folded(member.key(), key)) return member;
  return {};
}

bool may_ask_a_server(Value root) {
  if (!root.is_object()) return false;
  for (const Value member : root)
    if (equal_folded(member.key(), "method") && member.is_string() && asks_a_server(member.text()))
      return true;
  return false;
}

RefusedRequest read_refused(Value root, Value method, const MessagePtr& message) {
  const Value params = any_spelling(root, "params");
  const std::string_view id = any_spelling(root, "id").raw();
  const CallKind kind = asked_kind(method);
  return {.kind = kind,
          .wanted = wanted_name(kind, params, method),
          .id = std::string(id.size() <= kLongestId ? id : std::string_view()),
          .params = params,
          .message = message,
          .era = is_modern(params) ? Era::Modern : Era::Legacy};
}

}  // namespace callgate

#include "callgate/wire/rpc.h"

#include <algorithm>
#include <array>

#include "callgate/base/fold.h"
#include "callgate/wire/writer.h"
#include "text.h"

namespace callgate {

namespace {

struct Envelope {
  Value jsonrpc, id, method, params, result, error;
};

using Names = std::array<std::pair<std::string_view, Value*>, 6>;

Error invalid(std::string why) { return {"rpc.invalid", std::move(why), ""}; }

bool is_id(Value id) {
  if (id.is_string()) return true;
  return id.is_number() && id.raw().find_first_of(".eE") == std::string_view::npos;
}

/// Returns the envelope's key that equals the member's key only after folding; nullptr if there is
/// none. Readers that fold keys would read such a message differently than the gate.
const std::string_view* misspelled_member(Value member, const Names& names) {
  const std::string key = folded(member.key());
  for (const auto& [name, value] : names)
    if (key == name) return &name;
  return nullptr;
}

/// Reads the members in one pass. Refuses a message in which a member of the envelope appears
/// twice, because readers differ in which of the two values they use.
Status read(Value root, Envelope& to) {
  const Names names{{{"jsonrpc", &to.jsonrpc},
                     {"id", &to.id},
                     {"method", &to.method},
                     {"params", &to.params},
                     {"result", &to.result},
                     {"error", &to.error}}};
  for (Value member : root) {
    const auto* known = std::find_if(names.begin(), names.end(), [member](const auto& name) {
      return member.key_is(name.first);
    });
    if (known != names.end()) {
      if (*known->second) return invalid(std::string(known->first) + " appears twice");
      *known->second = member;
    } else if (const auto* name = misspelled_member(member, names)) {
      return invalid("the key " + quote(member.key()) + " is read as \"" + std::string(*name) +
                     "\" by some programs; write it as \"" + std::string(*name) + "\"");
    }
  }
  return {};
}

Result<Rpc> classify_call(Value root, const Envelope& e) {
  if (!e.method.is_string()) return invalid("the method is not a string");
  if (e.result || e.error) return invalid("a message with a method has a result or an error");
  if (e.id && !is_id(e.id)) return invalid("the id is neither a string nor an integer");
  // Client libraries of some languages write a member with the value null instead of leaving the
  // member out.
  const Value params = e.params.is(NodeKind::Null) ? Value() : e.params;
  if (params && !params.is_object() && !params.is_array())
    return invalid("the params are neither an object nor an array");
  return Rpc{e.id ? RpcKind::Request : RpcKind::Notification, root, e.id, e.method, params, {}, {}};
}

Result<Rpc> classify_answer(Value root, const Envelope& e) {
  if (!e.result && !e.error) return invalid("there is neither a method nor a result nor an error");
  if (e.result && e.error) {
    if (e.result.is(NodeKind::Null) != e.error.is(NodeKind::Null))
      return Error{std::string(kNullTwin),
                   "an answer has both a result and an error, of which one is null", ""};
    return invalid("an answer has both a result and an error");
  }
  const bool unreadable = e.error && (!e.id || e.id.is(NodeKind::Null));
  // Some peers keep all numbers as floating-point numbers and send the id 7 back as 7.0.
  const bool usable = is_id(e.id) || (e.id.is_number() && e.id.integer());
  if (!unreadable && !usable) return invalid("the id is neither a string nor an integer");
  const Value id = unreadable ? Value() : e.id;
  return Rpc{e.error ? RpcKind::ErrorAnswer : RpcKind::Answer, root, id, {}, {}, e.result, e.error};
}

}  // namespace

Result<Rpc> classify(Value root) {
  if (!root.is_object()) return invalid("the message is not an object");
  Envelope envelope;
  if (const Status status = read(root, envelope); !status) return status.error();
  if (!envelope.jsonrpc.text_is("2.0")) return invalid("\"jsonrpc\" is not \"2.0\"");
  return envelope.method ? classify_call(root, envelope) : classify_answer(root, envelope);
}

}  // namespace callgate

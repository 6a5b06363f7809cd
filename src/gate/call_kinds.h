// What the kinds of calls differ in: where their target is, which rules are about it, and how it is
// said that nobody has it.
#pragma once

#include <string>
#include <string_view>

#include "call.h"
#include "callgate/protocol/text.h"

namespace callgate {

/// What a request is about.
struct CallTarget {
  RuleSpec::Subject subject{};  ///< of the rules that decide
  std::string name;             ///< as the client wrote it: a name, a URI or a method
  std::string fault;            ///< why the params cannot be used; empty: they can
};
/// The member `arguments` of params; absent also where it is null.
Value given_arguments(Value params);
CallTarget target_of(CallKind kind, const Rpc& rpc);

/// The values that a completion is about, as the arguments of the prompt or template: a JSON
/// object.
std::string completed_arguments(Value params);
/// The URI template with the values that the client gave; "" if that says nothing new.
std::string filled_template(const std::string& uri_template, Value arguments);

/// Its call is a use of a server: the guard watches it, and its server may ask its client.
inline bool is_use(CallKind kind) { return kind <= CallKind::Resource; }
ListKind list_of(const Call& call);
ErrorCode not_found_code(const Call& call);
std::string not_found_text(const Call& call);
std::string_view not_found_word(CallKind kind);

}  // namespace callgate

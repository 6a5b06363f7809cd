// The differences between the kinds of calls: where the params name the target, which rules apply
// to it, and the error if no server has it.
#pragma once

#include <string>
#include <string_view>

#include "call.h"
#include "callgate/protocol/text.h"

namespace callgate {

/// The target of a request.
struct CallTarget {
  RuleSpec::Subject subject{};  ///< which rules apply: those for tools, for prompts, …
  std::string name;             ///< a name, a URI or a method, as the client wrote it
  std::string fault;            ///< why the params cannot be used; empty if they can be used
};
/// The member `arguments` of params. Absent if the member is missing or null.
Value given_arguments(Value params);
CallTarget target_of(CallKind kind, const Rpc& rpc);

/// The values in a completion request, as a JSON object: the arguments that the prompt or template
/// would get.
std::string completed_arguments(Value params);
/// The URI template with the client's values filled in; "" if this does not change the template.
std::string filled_template(const std::string& uri_template, Value arguments);

/// True if the call uses a tool, prompt or resource. The guard observes such calls, and the server
/// may ask the client during them.
inline bool is_use(CallKind kind) { return kind <= CallKind::Resource; }
ListKind list_of(const Call& call);
ErrorCode not_found_code(const Call& call);
std::string not_found_text(const Call& call);
std::string_view not_found_word(CallKind kind);

}  // namespace callgate

#include "call_kinds.h"

#include <optional>

#include "callgate/protocol/uri_template.h"
#include "callgate/wire/writer.h"

namespace callgate {

namespace {

using Subject = RuleSpec::Subject;

constexpr size_t kLongestTarget = 8192;

CallTarget text_target(Subject subject, Value value, std::string_view place) {
  CallTarget target{.subject = subject, .name = "", .fault = ""};
  if (!value.is_string())
    target.fault = "params." + std::string(place) + " is not a string";
  else if (value.raw().size() > kLongestTarget)
    target.fault = "the name or URI is longer than 8 KiB";
  else
    target.name = value.text();
  return target;
}

CallTarget completion_target(Value params) {
  const Value ref = params.find("ref");
  CallTarget target;
  if (ref.find("type").text_is("ref/prompt"))
    target = text_target(Subject::Prompt, ref.find("name"), "ref.name");
  else if (ref.find("type").text_is("ref/resource"))
    target = text_target(Subject::Resource, ref.find("uri"), "ref.uri");
  else
    target.fault = "params.ref.type is neither ref/prompt nor ref/resource";
  const Value context = params.find("context").find("arguments");
  if (target.fault.empty() && !params.find("argument").find("name").is_string())
    target.fault = "params.argument.name is not a string";
  if (target.fault.empty() && context && !context.is_object() && !context.is(NodeKind::Null))
    target.fault = "params.context.arguments is not an object";
  return target;
}

}  // namespace

Value given_arguments(Value params) {
  const Value arguments = params.find("arguments");
  return arguments.is(NodeKind::Null) ? Value() : arguments;
}

CallTarget target_of(CallKind kind, const Rpc& rpc) {
  const Value arguments = given_arguments(rpc.params);
  CallTarget target;
  switch (kind) {
    case CallKind::Tool:
      target = text_target(Subject::Tool, rpc.params.find("name"), "name");
      break;
    case CallKind::Prompt:
      target = text_target(Subject::Prompt, rpc.params.find("name"), "name");
      break;
    case CallKind::Resource:
    case CallKind::Subscribe:
    case CallKind::Unsubscribe:
      target = text_target(Subject::Resource, rpc.params.find("uri"), "uri");
      break;
    case CallKind::Complete:
      return completion_target(rpc.params);
    case CallKind::Method:
      return {.subject = Subject::Method, .name = rpc.method.text(), .fault = ""};
  }
  if (target.fault.empty() && is_use(kind) && arguments && !arguments.is_object())
    target.fault = "params.arguments is not an object";
  return target;
}

std::string completed_arguments(Value params) {
  const Value argument = params.find("argument"), value = argument.find("value");
  const std::string name = argument.find("name").text();
  JsonWriter out;
  out.begin_object();
  for (const Value known : params.find("context").find("arguments"))
    if (known.key() != name) out.key(known.key()).raw(known.raw());
  if (value) out.key(name).raw(value.raw());
  return out.end_object().take();
}

std::string filled_template(const std::string& uri_template, Value arguments) {
  std::string filled =
      fill_template(uri_template, [&](std::string_view name) -> std::optional<std::string> {
        const Value value = arguments.find(name);
        if (!value.is_string()) return std::nullopt;
        return value.text();
      });
  return filled == uri_template ? "" : filled;
}

ListKind list_of(const Call& call) {
  if (call.subject == Subject::Prompt) return ListKind::Prompts;
  if (call.subject != Subject::Resource) return ListKind::Tools;
  return call.kind == CallKind::Complete ? ListKind::Templates : ListKind::Resources;
}

ErrorCode not_found_code(const Call& call) {
  if (call.kind == CallKind::Method) return ErrorCode::MethodNotFound;
  const bool resource = call.subject == Subject::Resource && call.kind != CallKind::Complete;
  return resource && call.client.era == Era::Legacy ? ErrorCode::ResourceNotFound
                                                    : ErrorCode::InvalidParams;
}

std::string not_found_text(const Call& call) {
  switch (call.kind) {
    case CallKind::Tool:
      return "Unknown tool: " + call.exposed;
    case CallKind::Prompt:
      return "Unknown prompt: " + call.exposed;
    case CallKind::Resource:
      return "Resource not found: " + call.exposed;
    case CallKind::Subscribe:
    case CallKind::Unsubscribe:
      return "no server has this resource: " + call.exposed;
    case CallKind::Complete:
      return "no server has this prompt or resource template: " + call.exposed;
    case CallKind::Method:
      return "method not found: " + call.exposed;
  }
  return "";
}

std::string_view not_found_word(CallKind kind) {
  switch (kind) {
    case CallKind::Tool:
    case CallKind::Prompt:
    case CallKind::Resource:
      return "call.unknown";
    case CallKind::Subscribe:
    case CallKind::Unsubscribe:
      return "resource.unknown";
    case CallKind::Complete:
      return "completion.unknown";
    case CallKind::Method:
      return "rpc.unknown_method";
  }
  return "";
}

}  // namespace callgate

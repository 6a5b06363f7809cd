#include "callgate/protocol/translate.h"

#include "callgate/protocol/mend.h"
#include "callgate/wire/writer.h"

namespace callgate {

namespace {

void drop_if_there(Edits& edits, Value object, std::string_view key) {
  if (const Value member = object.find(key)) edits.drop(member);
}

int code_for_client(int code, Era from, Era to, bool reads) {
  const auto is = [code](ErrorCode other) { return code == static_cast<int>(other); };
  if (to == Era::Modern) {
    if (is(ErrorCode::ResourceNotFound)) return static_cast<int>(ErrorCode::InvalidParams);
    // These errors are about the connection between the gate and the server. The client would
    // misunderstand them as errors of its own request.
    if (is(ErrorCode::HeaderMismatch) || is(ErrorCode::UnsupportedVersion) ||
        (from == Era::Legacy && is(ErrorCode::MissingCapability)) ||
        is(ErrorCode::UrlElicitationNeeded))
      return static_cast<int>(ErrorCode::Internal);
    return code;
  }
  if (from == Era::Modern && reads && is(ErrorCode::InvalidParams))
    return static_cast<int>(ErrorCode::ResourceNotFound);
  if (is(ErrorCode::HeaderMismatch) || is(ErrorCode::MissingCapability) ||
      is(ErrorCode::UnsupportedVersion))
    return static_cast<int>(ErrorCode::Internal);
  return code;
}

}  // namespace

void leave_out_nulls(Edits& edits, Value root) {
  const Value params = root.find("params");
  if (params.is(NodeKind::Null)) return edits.drop(params);
  if (!params.is_object()) return;
  for (const Value member : params) {
    if (member.is(NodeKind::Null)) {
      for (const std::string_view optional : {"arguments", "_meta", "context", "task"})
        if (member.key_is(optional)) edits.drop(member);
    } else if (member.is_object() && (member.key_is("_meta") || member.key_is("context"))) {
      const Value inner = member.find(member.key_is("_meta") ? "progressToken" : "arguments");
      if (inner.is(NodeKind::Null)) edits.drop(inner);
    }
  }
}

std::string gate_capabilities(const Dialect& to) {
  std::string out =
      R"({"tools":{"listChanged":true},"prompts":{"listChanged":true},)"
      R"("resources":{"subscribe":true,"listChanged":true},"logging":{},"completions":{})";
  if (to.era == Era::Modern)
    out += ",\"extensions\":{" + quote(kTasksExtension) + ":{}}";
  else if (to.revision >= Revision::R2025_11_25)
    out += R"(,"tasks":{"list":{},"cancel":{},"requests":{"tools":{"call":{}}}})";
  return out + "}";
}

void translate_request(Edits& edits, Value root, Era from, Era to, const ModernMeta& meta) {
  leave_out_nulls(edits, root);
  Value params = root.find("params");
  if (params.is(NodeKind::Null)) params = Value();
  if (params && !params.is_object()) return;
  const Value had = params.find("_meta");
  if (from == Era::Modern && to == Era::Legacy) {
    for (const std::string_view key :
         {kMetaVersion, kMetaCapabilities, kMetaClientInfo, kMetaLogLevel})
      drop_if_there(edits, had, key);
    drop_if_there(edits, params, "inputResponses");
    drop_if_there(edits, params, "requestState");
    return;
  }
  if (from == Era::Modern || to == Era::Legacy) return;
  if (!params) return edits.add(root, "params", "{\"_meta\":" + meta_object(meta) + "}");
  if (!had.is_object()) {
    if (had && !had.is(NodeKind::Null)) edits.drop(had);
    return edits.add(params, "_meta", meta_object(meta));
  }
  for (const std::string_view key : {kMetaCapabilities, kMetaClientInfo, kMetaLogLevel})
    drop_if_there(edits, had, key);
  edits.add(had, kMetaVersion, quote(kModernRevision));
  edits.add(had, kMetaCapabilities, meta.capabilities);
  edits.add(had, kMetaClientInfo, meta.client_info);
  if (meta.log_level >= 0) edits.add(had, kMetaLogLevel, quote(log_level_name(meta.log_level)));
}

int translate_answer(Edits& edits, const Rpc& answer, Era from, const Dialect& to, bool reads) {
  if (answer.kind == RpcKind::ErrorAnswer) {
    const Value code = answer.error.find("code");
    const int came = static_cast<int>(code.integer().value_or(-32603));
    const int goes = code_for_client(came, from, to.era, reads);
    if (goes != came) edits.replace(code, std::to_string(goes));
    return goes;
  }
  const Value result = answer.result;
  if (!result.is_object()) return 0;
  if (from == Era::Legacy && to.era == Era::Modern) {
    if (!result.find("resultType")) edits.add(result, "resultType", "\"complete\"");
    if (reads && !result.find("ttlMs")) edits.add(result, "ttlMs", "0");
    if (reads && !result.find("cacheScope")) edits.add(result, "cacheScope", "\"private\"");
  }
  if (from == Era::Modern && to.era == Era::Legacy) {
    for (const std::string_view key : {"resultType", "ttlMs", "cacheScope"})
      drop_if_there(edits, result, key);
    const Value structured = result.find("structuredContent");
    if (structured && !structured.is_object()) edits.drop(structured);
  }
  return 0;
}

DefinitionFor definition_for(const Dialect& dialect) {
  if (dialect.era == Era::Modern) return DefinitionFor::Modern;
  return dialect.revision >= Revision::R2025_11_25 ? DefinitionFor::Tasks : DefinitionFor::Older;
}

std::string definition_text(Edits edits, Value tool, DefinitionFor reader) {
  if (reader != DefinitionFor::Tasks) drop_if_there(edits, tool, "execution");
  if (reader != DefinitionFor::Modern) {
    const Value schema = tool.find("outputSchema");
    const bool object = schema.find("type").text_is("object");
    if (schema && (!object || !output_schema_fault(schema).empty())) edits.drop(schema);
  }
  return edits.apply(tool);
}

}  // namespace callgate

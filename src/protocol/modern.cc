#include "callgate/protocol/modern.h"

#include "callgate/protocol/revisions.h"
#include "callgate/wire/writer.h"

namespace callgate {

namespace {

RpcFault invalid(std::string message) {
  return {ErrorCode::InvalidParams, std::move(message), R"({"code":"protocol.meta"})"};
}

}  // namespace

bool is_modern(Value params) {
  return params.is_object() && params.find("_meta").is_object() &&
         params.find("_meta").find(kMetaVersion);
}

std::optional<RpcFault> read_terms(Value params, ModernTerms& terms) {
  const Value meta = params.find("_meta");
  const Value version = meta.find(kMetaVersion);
  if (!version.is_string())
    return invalid("params._meta[\"" + std::string(kMetaVersion) + "\"] is not a string");
  if (!version.text_is(kModernRevision)) {
    JsonWriter data;
    data.begin_object().key("supported").begin_array().string(kModernRevision).end_array();
    data.key("requested").raw(version.raw()).end_object();
    return RpcFault{ErrorCode::UnsupportedVersion,
                    "revision " + version.text() + " is not supported", data.take()};
  }
  terms.capabilities = meta.find(kMetaCapabilities);
  if (!terms.capabilities.is_object())
    return invalid("params._meta[\"" + std::string(kMetaCapabilities) + "\"] is not an object");
  terms.client_info = meta.find(kMetaClientInfo);
  if (terms.client_info && !terms.client_info.is_object())
    return invalid("params._meta[\"" + std::string(kMetaClientInfo) + "\"] is not an object");
  const Value level = meta.find(kMetaLogLevel);
  terms.log_level = level ? callgate::log_level(level.text()) : -1;
  if (level && terms.log_level < 0)
    return invalid("params._meta[\"" + std::string(kMetaLogLevel) +
                   "\"] is not one of MCP's log levels");
  return std::nullopt;
}

bool allows_question(Value capabilities, std::string_view word, Value question_params) {
  const Value capability = capabilities ? capabilities.find(word) : Value();
  if (!capability.is_object()) return false;
  if (word == "sampling") return !question_params.find("tools") || capability.find("tools");
  if (word != "elicitation") return true;
  if (question_params.find("mode").text_is("url")) return bool(capability.find("url"));
  // An empty capability means "form", because revision 2025-06-18 had only forms.
  return capability.find("form") || !capability.find("url");
}

std::string missing_capability(std::string_view word) {
  return "{\"requiredCapabilities\":{" + quote(word) + ":{}}}";
}

std::string meta_object(const ModernMeta& meta) {
  JsonWriter out;
  out.begin_object().key(kMetaVersion).string(kModernRevision);
  out.key(kMetaCapabilities).raw(meta.capabilities).key(kMetaClientInfo).raw(meta.client_info);
  if (meta.log_level >= 0) out.key(kMetaLogLevel).string(log_level_name(meta.log_level));
  return out.end_object().take();
}

}  // namespace callgate

#include "callgate/protocol/text.h"

#include <array>

#include "callgate/wire/writer.h"

namespace callgate {

namespace {

constexpr std::array<std::string_view, 8> kLevels = {"debug", "info",     "notice", "warning",
                                                     "error", "critical", "alert",  "emergency"};

std::string_view id_or_null(std::string_view id) { return id.empty() ? "null" : id; }

void append_params(std::string& out, std::string_view params) {
  if (params.empty()) return;
  out += ",\"params\":";
  out += params;
}

}  // namespace

std::string write_answer(std::string_view id, std::string_view result) {
  std::string out = "{\"jsonrpc\":\"2.0\",\"id\":";
  out += id_or_null(id);
  out += ",\"result\":";
  out += result;
  out += '}';
  return out;
}

std::string write_error(std::string_view id, ErrorCode code, std::string_view message,
                        std::string_view code_word) {
  return write_error_with(id, code, message, "{\"code\":" + quote(code_word) + "}");
}

std::string write_error_with(std::string_view id, ErrorCode code, std::string_view message,
                             std::string_view data) {
  std::string out = "{\"jsonrpc\":\"2.0\",\"id\":";
  out += id_or_null(id);
  out += ",\"error\":{\"code\":" + std::to_string(static_cast<int>(code)) + ",\"message\":";
  out += quote(message);
  out += ",\"data\":";
  out += data;
  out += "}}";
  return out;
}

std::string write_notification(std::string_view method, std::string_view params) {
  std::string out = "{\"jsonrpc\":\"2.0\",\"method\":";
  out += quote(method);
  append_params(out, params);
  out += '}';
  return out;
}

std::string write_request(int64_t id, std::string_view method, std::string_view params) {
  std::string out = "{\"jsonrpc\":\"2.0\",\"id\":" + std::to_string(id) + ",\"method\":";
  out += quote(method);
  append_params(out, params);
  out += '}';
  return out;
}

std::string write_denial(std::string_view decision, std::string_view text, Era to) {
  std::string out = write_tool_error(text, to);
  out.pop_back();
  return out + ",\"_meta\":{\"callgate/decision\":" + quote(decision) + "}}";
}

std::string write_tool_error(std::string_view text, Era to) {
  std::string out = to == Era::Modern ? "{\"resultType\":\"complete\"," : "{";
  out += "\"content\":[{\"type\":\"text\",\"text\":" + quote(text) + "}],\"isError\":true}";
  return out;
}

int log_level(std::string_view name) {
  for (size_t i = 0; i < kLevels.size(); ++i) {
    if (kLevels[i] == name) return static_cast<int>(i);
  }
  return -1;
}

std::string_view log_level_name(int level) { return kLevels.at(static_cast<size_t>(level)); }

namespace {
// True if two `elicitation` capabilities have a mode in common. An empty capability means the mode
// `form` only, so it has no mode in common with a capability for `url` only.
bool elicits_alike(Value one, Value other) {
  const auto forms = [](Value of) { return of.find("form") || !of.find("url"); };
  return (forms(one) && forms(other)) || (one.find("url") && other.find("url"));
}
}  // namespace

std::string common_capabilities(Value one, Value other) {
  JsonWriter out;
  out.begin_object();
  for (const Value member : one) {
    const Value twin = other.find(member.key());
    if (!twin) continue;
    if (!member.is_object() || !twin.is_object()) {
      if (member.raw() == twin.raw()) out.key(member.key()).raw(member.raw());
      continue;
    }
    if (member.key() == "elicitation" && !elicits_alike(member, twin)) continue;
    out.key(member.key()).raw(common_capabilities(member, twin));
  }
  return out.end_object().take();
}

std::string child_capabilities(Value capabilities) {
  JsonWriter out;
  out.begin_object();
  for (const std::string_view key :
       {"roots", "sampling", "elicitation", "experimental", "extensions"}) {
    const Value member = capabilities ? capabilities.find(key) : Value();
    if (member.is_object()) out.key(key).raw(member.raw());
  }
  out.end_object();
  return out.take();
}

}  // namespace callgate

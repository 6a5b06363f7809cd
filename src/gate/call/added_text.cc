#include "added_text.h"

#include "callgate/base/text.h"
#include "callgate/wire/writer.h"

namespace callgate {

namespace {

bool is_for_programs(Value result) {
  if (result.find("structuredContent")) return true;
  for (const Value block : result.find("content")) {
    const std::string text = block.find("text").text();
    const std::string_view inner = trimmed(text, " \t\r\n");
    if (inner.empty()) continue;
    const bool object = inner.front() == '{' && inner.back() == '}';
    const bool array = inner.front() == '[' && inner.back() == ']';
    if (object || array) return true;
  }
  return false;
}

bool add_to_error(Edits& edits, Value error, std::string_view member, const std::string& text) {
  if (!error.is_object()) return false;
  const std::string ours = "{" + quote(member) + ":" + quote(text) + "}";
  const Value data = error.find("data");
  if (data && (!data.is_object() || data.find("callgate"))) return false;
  if (data)
    edits.add(data, "callgate", ours);
  else
    edits.add(error, "data", "{\"callgate\":" + ours + "}");
  return true;
}

}  // namespace

bool add_text(Edits& edits, const Call& call, const Rpc& rpc, std::string_view member,
              const std::string& text) {
  if (text.empty() || call.kind != CallKind::Tool) return false;
  if (rpc.kind != RpcKind::Answer) return add_to_error(edits, rpc.error, member, text);
  const Value content = rpc.result.find("content");
  if (!content.is_array() || is_for_programs(rpc.result)) return false;
  edits.append(content, R"({"type":"text","text":)" + quote(text) + "}");
  return true;
}

}  // namespace callgate

// A server of the modern era may refuse a call because fields are missing, if the tool has changed
// since it was listed. Then the tools are listed again, and the call is sent once more. Source: MCP
// 2026-07-28 "Streamable HTTP", section on custom headers.
#include "callgate/wire/writer.h"
#include "remote_session.h"

namespace callgate {

namespace {

constexpr int kHeaderMismatch = -32020;
constexpr int kMostPages = 100;

}  // namespace

bool RemoteServer::Impl::list_tools_again(Exchange& exchange, const WebAnswer& answer) {
  const GateMessage& message = exchange.message();
  if (!message.modern || message.method != "tools/call" || answer.status != 400 ||
      exchange.sent_again())
    return false;
  const auto walked = walker.walk(answer.body);
  if (!walked || (*walked)->root().at_pointer("/error/code").integer() != kHeaderMismatch)
    return false;
  exchange.wait_to_send_again();
  if (listed_pages == 0) ask_for_tools(message.rpc.params.find("_meta").raw(), "");
  return true;
}

void RemoteServer::Impl::ask_for_tools(std::string_view meta, const std::string& cursor) {
  ++listed_pages;
  JsonWriter out;
  out.begin_object().key("jsonrpc").string("2.0").key("id").raw(own_id());
  out.key("method").string("tools/list").key("params").begin_object().key("_meta").raw(meta);
  if (!cursor.empty()) out.key("cursor").string(cursor);
  auto request = read_gate_message(walker, out.end_object().end_object().take());
  if (!request) return listing_ended();
  add(std::move(*request), true).post();
}

/// ParamFields has already read the answer.
void RemoteServer::Impl::tools_listed(const GateMessage& request, const Rpc& answer) {
  const std::string cursor = answer.result.find("nextCursor").text();
  if (cursor.empty() || listed_pages >= kMostPages) return listing_ended();
  ask_for_tools(request.rpc.params.find("_meta").raw(), cursor);
}

void RemoteServer::Impl::listing_ended() {
  listed_pages = 0;
  flush_soon();
}

}  // namespace callgate

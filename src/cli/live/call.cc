// `callgate call`: makes one call that the user typed. A gate in this process checks, records and
// forwards the call like a client's call.
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <iterator>

#include "callgate/wire/writer.h"
#include "cli/commands.h"
#include "cli/gates/gate_run.h"
#include "cli/text/json_text.h"
#include "cli/text/terminal.h"

namespace callgate {

namespace {

struct CallOptions {
  std::string name, json;
};

constexpr Millis kSettle{30'000};
// This time is added to the gate's own time limit for calls, so that the gate answers before this
// command stops waiting.
constexpr Millis kGrace{5'000};

/// Disables all servers except those whose name is the beginning of `tool` (SERVER__TOOL), so that
/// no other server is started. If no server has such a name, disables none.
void keep_concerned(Config& config, const std::string& tool) {
  const auto concerned = [&](const ServerConfig& server) {
    return tool.rfind(server.name + "__", 0) == 0;
  };
  if (!std::any_of(config.servers.begin(), config.servers.end(), concerned)) return;
  for (ServerConfig& server : config.servers)
    server.disabled = server.disabled || !concerned(server);
}

Result<std::string> arguments_of(const CallOptions& options) {
  std::string text = options.json;
  if (text == "-") text.assign(std::istreambuf_iterator<char>(std::cin), {});
  if (text.empty()) return std::string("{}");
  JsonReader reader;
  const MessagePtr message = reader.read(text);
  if (message && message->root().is_object()) return compact(message->root());
  return Error{"usage",
               message ? "the arguments are not a JSON object" : "the arguments are not JSON",
               R"(write the arguments like '{"path": "/tmp"}')"};
}

void show_progress(const MessagePtr& message) {
  const Value params = message->root().find("params");
  if (!message->root().find("method").text_is("notifications/progress")) return;
  const std::string total =
      params.find("total") ? fmt::format(" of {}", params.find("total").raw()) : "";
  print_message(fmt::format("… {}{} {}", params.find("progress").raw(), total,
                            params.find("message").text()));
}

/// Returns one content block of a result as text. If standard output is a terminal, characters on
/// which it could act are escaped; for a file or pipe, the text is unchanged.
std::string text_of(Value content, const Screen& screen) {
  const std::string type = content.find("type").text();
  if (type == "text") {
    const std::string text = content.find("text").text();
    return screen.terminal ? visible(text, Lines::Kept) : text;
  }
  // An embedded resource with text is printed like a text block.
  if (const Value embedded = content.find("resource").find("text"); embedded.is_string())
    return screen.terminal ? visible(embedded.text(), Lines::Kept) : embedded.text();
  const Value uri =
      content.find("uri") ? content.find("uri") : content.find("resource").find("uri");
  const std::string mime = content.find("mimeType").text();
  const std::string size = content.find("data") ? fmt::format(", {} base64 characters",
                                                              content.find("data").raw().size() - 2)
                                                : "";
  return visible(fmt::format("[{} {}{}{}]", type, mime, uri ? uri.text() : "", size),
                 Lines::Escaped);
}

std::string result_text(Value result, const Screen& screen) {
  std::string out;
  for (const Value content : result.find("content")) {
    if (!out.empty() && out.back() != '\n') out += '\n';
    out += text_of(content, screen);
  }
  if (screen.terminal && !out.empty() && out.back() != '\n') out += '\n';
  if (!out.empty() || !result.find("structuredContent")) return out;
  return visible(pretty(result.find("structuredContent"), 0), Lines::Kept) + "\n";
}

int answer_code(Value root) {
  if (root.find("error")) return kFailed;
  const Value result = root.find("result");
  const std::string decision = result.find("_meta").find("callgate/decision").text();
  if (decision == "deny" || decision == "ask") return kDenied;
  return result.find("isError").boolean().value_or(false) ? kFailed : kDone;
}

int print_answer(Value root, const Common& common) {
  const int code = answer_code(root);
  const Value error = root.find("error");
  if (common.json || common.jsonl) {
    print_json(compact(error ? root : root.find("result")));
    return code;
  }
  if (error) {
    print_message(
        fmt::format("callgate: {} ({})", error.find("message").text(), error.find("code").raw()));
    return code;
  }
  const std::string text = result_text(root.find("result"), screen(common));
  if (code == kDone) {
    print(text);
  } else {
    print_message(std::string_view(text).substr(0, text.find_last_not_of('\n') + 1));
  }
  return code;
}

/// Returns the name under which clients see a tool. The user may have written this name, or
/// SERVER__TOOL with the server's name from the configuration and the tool's name from the server.
Result<std::string> exposed_tool(const Gate& gate, const std::string& written) {
  std::vector<std::string> known;
  for (const ToolView& tool : gate.tools("")) {
    if (tool.exposed == written || tool.server + "__" + tool.name == written) return tool.exposed;
    known.push_back(tool.exposed);
  }
  return Error{"call.no_tool", fmt::format("no tool '{}'{}", written, did_you_mean(written, known)),
               "see callgate tools"};
}

Millis longest(const Config& config) {
  Millis most{0};
  for (const ServerConfig& server : config.servers) most = std::max(most, server.call_cap);
  return most + kGrace;
}

int make_call(GateRun& run, const CallOptions& options, const std::string& arguments, Millis limit,
              const Common& common) {
  run.client().settle(kSettle);
  if (run.interrupted()) return kFailed;
  const Result<std::string> exposed = exposed_tool(run.gate(), options.name);
  if (!exposed) {
    const bool down = print_servers_down(run.gate()) > 0;
    fail(exposed.error());
    return down ? kFailed : kNothingFound;
  }
  const bool narrate = !common.quiet && isatty(STDERR_FILENO) == 1;
  if (narrate) run.client().on_notification(show_progress);
  const std::string meta = narrate ? R"(,"_meta":{"progressToken":1})" : "";
  const std::string params =
      fmt::format(R"({{"name":{},"arguments":{}{}}})", quote(*exposed), arguments, meta);
  const Result<MessagePtr> answer = run.client().request("tools/call", params, limit);
  if (!answer) return fail(answer.error());
  return print_answer((*answer)->root(), common);
}

int run_call(const CallOptions& options, const Common& common) {
  const Result<std::string> arguments = arguments_of(options);
  if (!arguments)
    return wrong_usage(
        fmt::format("call: {}; {}", arguments.error().message, arguments.error().next));
  const Result<Places> places = find_places(common.config);
  if (!places) return fail(places.error());
  Result<Config> config = config_or_errors(*places);
  if (!config) return fail(config.error());
  keep_concerned(*config, options.name);
  const Millis limit = longest(*config);
  auto run = GateRun::open(std::move(*config), *places, GateRun::Purpose::Call);
  if (!run) {
    fail(run.error());
    return run.error().code.starts_with("caller.") ? kDenied : kFailed;
  }
  return make_call(**run, options, *arguments, limit, common);
}

}  // namespace

Run add_call(Syntax& syntax) {
  const auto options = std::make_shared<CallOptions>();
  syntax.required("NAME", options->name, "a tool as clients see it, or server__tool");
  syntax.optional("JSON", options->json,
                  "the tool's arguments as a JSON object; - reads the object from standard input");
  return [options](const Common& common) { return run_call(*options, common); };
}

}  // namespace callgate

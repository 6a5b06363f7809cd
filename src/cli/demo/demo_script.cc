#include "demo_script.h"

#include <fmt/core.h>

#include <cstdio>

#include "callgate/wire/writer.h"
#include "cli/text/common.h"

namespace callgate {

namespace {

Status expect(bool good, std::string_view what) {
  if (good) return {};
  return Error{"demo.script", fmt::format("the demo did not go as expected: {}", what), ""};
}

std::string call_params(std::string_view tool, std::string_view args, std::string_view meta = "") {
  return fmt::format(R"({{"name":{},"arguments":{}{}}})", quote(tool), args, meta);
}

}  // namespace

DemoScript::DemoScript(DemoClient& client, const Screen& screen, std::string secret)
    : client_(client), screen_(screen), secret_(std::move(secret)) {}

Status DemoScript::run() {
  using Scene = Status (DemoScript::*)();
  const Scene scenes[] = {&DemoScript::greet,  &DemoScript::allowed,        &DemoScript::secret,
                          &DemoScript::denied, &DemoScript::denied_by_path, &DemoScript::failing,
                          &DemoScript::slow,   &DemoScript::cancelled};
  for (const Scene scene : scenes) {
    const Status done = (this->*scene)();
    if (!done) return done;
  }
  return {};
}

void DemoScript::show_step(std::string_view title, std::string_view text) {
  print(fmt::format("{} {}\n", styled(screen_, Style::Bold, fmt::format("{}. {}.", ++step_, title)),
                    visible(text, Lines::Kept)));
  std::fflush(stdout);
}

Result<DemoScript::Said> DemoScript::call(std::string_view tool, const std::string& args) {
  return said(client_.ask("tools/call", call_params(tool, args)));
}

Result<DemoScript::Said> DemoScript::said(const Result<MessagePtr>& answer) const {
  if (!answer) return answer.error();
  const Value result = (*answer)->root().find("result");
  if (!result) return Error{"demo.script", "the answer is an error, not a result", ""};
  return Said{result.find("content").at_pointer("/0/text").text(),
              result.find("isError").boolean().value_or(false),
              result.find("_meta").find("callgate/decision").text()};
}

Status DemoScript::greet() {
  const auto hello =
      client_.ask("initialize", R"({"protocolVersion":"2025-11-25","capabilities":{},)"
                                R"("clientInfo":{"name":"demo-agent","version":"1"}})");
  if (!hello) return hello.error();
  client_.notify("notifications/initialized", "{}");
  const auto tools = client_.ask("tools/list", "{}");
  if (!tools) return tools.error();
  std::string names;
  for (const Value tool : (*tools)->root().find("result").find("tools"))
    names += " " + tool.find("name").text();
  show_step("One server for the client",
            "The client launched callgate, and sees the tools of two servers:\n  " + names +
                "\n   notes__delete_note is not among these tools: a rule denies it.");
  const bool good = names.find("clock__count_to") != std::string::npos &&
                    names.find("notes__add_note") != std::string::npos;
  return expect(good && names.find("delete") == std::string::npos, "the list of tools");
}

Status DemoScript::allowed() {
  const auto got = call("notes__add_note", R"({"title":"shopping","text":"milk, bread"})");
  if (!got) return got.error();
  show_step("Allowed", "notes__add_note: " + got->text);
  return expect(!got->failed, "the allowed call");
}

Status DemoScript::secret() {
  const auto got =
      call("notes__add_note", fmt::format(R"({{"title":"token","text":"{}"}})", secret_));
  if (!got) return got.error();
  show_step("A secret",
            "The text of a note is an access token. The server received the whole token (" +
                got->text + "); the record masks the token.");
  return expect(!got->failed && got->text.find(std::to_string(secret_.size())) != std::string::npos,
                "the call with the secret");
}

Status DemoScript::denied() {
  const auto got = call("notes__delete_note", R"({"title":"shopping"})");
  if (!got) return got.error();
  show_step("Denied", "The agent calls notes__delete_note nevertheless: " + got->text);
  return expect(got->failed && got->decision == "deny", "the denied call");
}

Status DemoScript::denied_by_path() {
  const auto got = call("notes__export_notes", R"({"path":"../export/../elsewhere/notes.txt"})");
  if (!got) return got.error();
  show_step("Denied because of the place to which a path leads", got->text);
  return expect(got->failed && got->decision == "deny", "the call denied by its path");
}

Status DemoScript::failing() {
  const auto got = call("clock__time_in", R"({"zone":"Mars/Olympus"})");
  if (!got) return got.error();
  show_step("Failing", "The client gets the tool's own error unchanged: " + got->text);
  return expect(got->failed && got->decision.empty(), "the failing call");
}

Status DemoScript::slow() {
  const size_t before = client_.progress();
  const auto got =
      said(client_.ask("tools/call", call_params("clock__count_to", R"({"number":5})",
                                                 R"(,"_meta":{"progressToken":"slow"})")));
  if (!got) return got.error();
  const size_t progress = client_.progress() - before;
  show_step("Slow", fmt::format("clock__count_to: {}, with {} progress messages before this answer",
                                got->text, progress));
  return expect(!got->failed && progress == 5, "the slow call");
}

Status DemoScript::cancelled() {
  const size_t before = client_.progress();
  const int64_t id = client_.send(
      "tools/call",
      call_params("clock__count_to", R"({"number":1000})", R"(,"_meta":{"progressToken":"long"})"));
  const Status under_way = client_.wait_for_progress(before + 1);
  if (!under_way) return under_way;
  client_.notify("notifications/cancelled",
                 fmt::format(R"({{"requestId":{},"reason":"changed its mind"}})", id));
  const auto pong = client_.ask("ping", "{}");
  if (!pong) return pong.error();
  show_step(
      "Cancelled",
      "The client cancels a call of clock__count_to: the server is notified, and stops counting.");
  return {};
}

}  // namespace callgate

#include "server.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "mischief.h"
#include "slices.h"

namespace fake {

namespace {

constexpr unsigned kLifeSeconds = 900;  // so that a failed test does not leave a server for ever
constexpr int kCrashStatus = 3;

[[noreturn]] void crash(const char* when) {
  std::fprintf(stderr, "fake: crashed on purpose %s\n", when);
  _exit(kCrashStatus);
}

}  // namespace

Server::Server(Options options) : options_(std::move(options)) {}

void Server::start() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGTERM, options_.has("ignores-sigterm") ? SIG_IGN : SIG_DFL);
  std::signal(SIGALRM, SIG_DFL);
  alarm(kLifeSeconds);
  const std::string starts = options_.text("starts");
  if (!starts.empty()) append_line(starts, std::to_string(getpid()));
  if (options_.has("stderr")) std::fprintf(stderr, "%s\n", options_.text("stderr").c_str());
  if (options_.has("stderr-flood")) flood_stderr(options_.number("stderr-flood"));
  if (options_.has("crash-before-initialize")) crash("before initialize");
  if (options_.has("fails-first") && count_lines(starts) <= options_.number("fails-first"))
    crash("at an early start");
  if (options_.has("grandchild")) leave_behind(Grandchild::HoldsStdout);
  if (options_.has("grandchild-setsid")) leave_behind(Grandchild::OwnSession);
  if (options_.has("grandchild-orphan")) leave_behind(Grandchild::Orphan);
  if (options_.has("slow-start"))
    usleep(static_cast<useconds_t>(options_.number("slow-start") * 1000));
}

int Server::run() {
  start();
  for (;;) {
    pollfd in{0, static_cast<short>(deaf_ ? 0 : POLLIN), 0};
    const int ready = poll(&in, 1, wait_time());
    if (ready < 0 && errno != EINTR) return 1;
    tick();
    if (deaf_) {
      if (ready > 0) pause();
      continue;
    }
    if (ready > 0 && !read_some()) break;
  }
  while (options_.has("ignores-eof")) pause();
  return 0;
}

int Server::wait_time() const {
  if (slow_.empty()) return -1;
  auto due = slow_.front().due;
  for (const Slow& slow : slow_) due = std::min(due, slow.due);
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(due - Clock::now());
  return static_cast<int>(std::max<int64_t>(0, left.count()));
}

void Server::tick() {
  const auto now = Clock::now();
  for (size_t i = 0; i < slow_.size();) {
    Slow& slow = slow_[i];
    if (slow.due > now) {
      ++i;
      continue;
    }
    if (slow.step < slow.steps) {
      progress(slow.token, ++slow.step, slow.steps);
      slow.due = now + slow.every;
      continue;
    }
    const std::string id = slow.id;
    slow_.erase(slow_.begin() + static_cast<std::ptrdiff_t>(i));
    say(id, "slow but done");
  }
}

bool Server::read_some() {
  char part[65536];
  const ssize_t n = read(0, part, sizeof part);
  if (n < 0 && errno == EINTR) return true;
  if (n <= 0) return false;
  input_.append(part, static_cast<size_t>(n));
  size_t begin = 0;
  for (size_t end;
       !deaf_ && (end = input_.find('\n', std::max(begin, searched_))) != std::string::npos;) {
    take(std::string_view(input_).substr(begin, end - begin));
    begin = end + 1;
  }
  input_.erase(0, begin);
  searched_ = input_.size();
  return true;
}

void Server::take(std::string_view line) {
  const std::string method = text(member(line, "method"));
  const std::string_view id = member(line, "id");
  if (method.empty()) return answered(id, line);
  ++seen_[method];
  if (id.empty()) return notification(method, line);
  request(id, method, line);
}

void Server::request(std::string_view id, const std::string& method, std::string_view line) {
  if (method == "initialize") return initialize(id, line);
  if (method == "ping") return result(id, "{}");
  if (method == "tools/list" && !options_.has("no-tools")) return list_tools(id, line);
  if (method == "tools/call" && !options_.has("no-tools")) return call_tool(id, line);
  if (options_.has("prompts")) {
    if (method == "prompts/list") return list_prompts(id);
    if (method == "prompts/get") return get_prompt(id, line);
  }
  if (has_resources()) {
    if (method == "resources/list") return list_resources(id);
    if (method == "resources/templates/list") return list_templates(id);
    if (method == "resources/read") return read_resource(id, line);
    if (method == "resources/subscribe" || method == "resources/unsubscribe")
      return result(id, "{}");
  }
  if (method == "completion/complete" && options_.has("completions")) return complete(id, line);
  if (method == "logging/setLevel" && options_.has("logging")) return result(id, "{}");
  error(id, -32601, "Method not found: " + method);
}

void Server::notification(const std::string& method, std::string_view line) {
  if (method == "notifications/cancelled") return cancel(at(line, "params.requestId"));
  if (method == "notifications/initialized" && options_.has("ask-at-start")) {
    ask(options_.text("ask-at-start"), "at start");
  }
}

void Server::initialize(std::string_view id, std::string_view line) {
  if (options_.has("crash-in-initialize")) crash("in initialize");
  if (options_.has("hang-in-initialize")) return;
  if (options_.has("fail-initialize")) return error(id, -32603, "not today");
  std::string version = text(at(line, "params.protocolVersion"));
  if (version > "2025-11-25" || version.empty()) version = "2025-11-25";
  version = options_.text("protocol", version);
  std::string can;
  if (!options_.has("no-tools")) can += R"(,"tools":{"listChanged":true})";
  if (options_.has("prompts")) can += R"(,"prompts":{"listChanged":true})";
  if (has_resources()) can += R"(,"resources":{"subscribe":true,"listChanged":true})";
  if (options_.has("completions")) can += R"(,"completions":{})";
  if (options_.has("logging")) can += R"(,"logging":{})";
  std::string answer = R"({"protocolVersion":)" + quote(version) + R"(,"capabilities":{)" +
                       (can.empty() ? can : can.substr(1)) + R"(},"serverInfo":{"name":)" +
                       quote(options_.name) + R"(,"version":"1.0"})";
  if (options_.has("instructions"))
    answer += R"(,"instructions":)" + quote(options_.text("instructions"));
  result(id, answer + "}");
}

void Server::call_tool(std::string_view id, std::string_view line) {
  const std::string name = text(at(line, "params.name"));
  const std::string_view arguments = at(line, "params.arguments");
  if (options_.has("journal")) {
    append_line(options_.text("journal"),
                options_.name + '\t' + name + '\t' + std::string(arguments.substr(0, 1024)));
  }
  for (const Tool& tool : options_.tools) {
    if (tool.name != name) continue;
    const auto behaviour = behaviours().find(tool.behaviour);
    if (behaviour == behaviours().end())
      return error(id, -32603, "fake: no behaviour " + tool.behaviour);
    return (this->*behaviour->second)(
        {id, arguments, at(line, "params._meta.progressToken"), line});
  }
  if (extra_tool_ && name == "extra") return say(id, "extra");
  if (options_.has("pages") || options_.has("endless-cursor") || options_.has("repeated-cursor")) {
    return say(id, name);
  }
  error(id, -32602, "Unknown tool: " + name);
}

void Server::cancel(std::string_view id) {
  const auto held =
      std::find_if(held_.begin(), held_.end(), [&](const Held& h) { return h.id == id; });
  const auto slow =
      std::find_if(slow_.begin(), slow_.end(), [&](const Slow& s) { return s.id == id; });
  const bool known = held != held_.end() || slow != slow_.end();
  ++seen_[known ? "cancelled-known" : "cancelled-unknown"];
  if (slow != slow_.end()) slow_.erase(slow);
  if (held == held_.end()) return;
  if (held->answers_late) say(id, "too late");
  held_.erase(held);
}

void Server::answered(std::string_view id, std::string_view line) {
  const long number_of = number(id, -1);
  for (size_t i = 0; i < questions_.size(); ++i) {
    Questions& asked = questions_[i];
    const auto found = asked.answers.find(number_of);
    if (found == asked.answers.end() || !found->second.empty()) continue;
    const std::string_view error = member(line, "error");
    found->second =
        error.empty() ? std::string(member(line, "result")) : "error " + std::string(error);
    if (--asked.open > 0) return;
    std::string all;
    for (const auto& [question, answer] : asked.answers) all += (all.empty() ? "" : "\n") + answer;
    all.insert(0, asked.before);
    const std::string call = asked.call;
    questions_.erase(questions_.begin() + static_cast<std::ptrdiff_t>(i));
    if (!call.empty()) say(call, all);
    return;
  }
  ++seen_["answer-unknown"];
}

long Server::ask(const std::string& kind, const std::string& note) {
  const long id = next_question_++;
  std::string method = "roots/list", params = "{}";
  if (kind == "sampling") {
    method = "sampling/createMessage";
    params = R"({"messages":[{"role":"user","content":{"type":"text","text":)" + quote(note) +
             R"(}}],"maxTokens":10})";
  } else if (kind == "elicitation") {
    method = "elicitation/create";
    params =
        R"({"message":)" + quote(note) + R"(,"requestedSchema":{"type":"object","properties":{}}})";
  } else if (kind == "ping") {
    method = "ping";
  }
  send(R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":)" + quote(method) +
       R"(,"params":)" + params + "}");
  return id;
}

void Server::put(std::string_view text) {
  if (!options_.has("drip")) return write_all(1, text);
  for (size_t i = 0; i < text.size(); ++i) write_all(1, text.substr(i, 1));
}

void Server::send(std::string_view message) {
  if (options_.has("noise")) write_all(1, noise());
  if (options_.has("bom") && first_line_) write_all(1, "\xEF\xBB\xBF");
  first_line_ = false;
  put(std::string(message) + (options_.has("crlf") ? "\r\n" : "\n"));
}

void Server::result(std::string_view id, std::string_view result) {
  std::string line = R"({"jsonrpc":"2.0","id":)";
  line.append(id).append(R"(,"result":)").append(result).append("}");
  send(line);
}

void Server::error(std::string_view id, int code, const std::string& message) {
  send(R"({"jsonrpc":"2.0","id":)" + std::string(id) + R"(,"error":{"code":)" +
       std::to_string(code) + R"(,"message":)" + quote(message) + "}}");
}

void Server::say(std::string_view id, std::string_view text) {
  result(id, R"({"content":[{"type":"text","text":)" + quote(text) + "}]}");
}

void Server::notify(const std::string& method, const std::string& params) {
  send(R"({"jsonrpc":"2.0","method":)" + quote("notifications/" + method) +
       (params.empty() ? "" : R"(,"params":)" + params) + "}");
}

void Server::progress(std::string_view token, long step, long steps, std::string_view message) {
  if (token.empty()) return;
  notify("progress", R"({"progressToken":)" + std::string(token) + R"(,"progress":)" +
                         std::to_string(step) + R"(,"total":)" + std::to_string(steps) +
                         R"(,"message":)" + quote(message) + "}");
}

}  // namespace fake

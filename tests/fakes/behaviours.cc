// The behaviours of the fake server's tools, one function each.
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "mischief.h"
#include "server.h"
#include "slices.h"

extern char** environ;

namespace fake {

std::string Call::argument(const char* key) const { return text(member(arguments, key)); }
long Call::argument(const char* key, long fallback) const {
  return number(member(arguments, key), fallback);
}

const std::map<std::string, Server::Behaviour>& Server::behaviours() {
  static const std::map<std::string, Behaviour> all = {
      {"echo", &Server::do_echo},
      {"mirror", &Server::do_mirror},
      {"verbatim", &Server::do_verbatim},
      {"line", &Server::do_line},
      {"error", &Server::do_error},
      {"fail", &Server::do_fail},
      {"slow", &Server::do_slow},
      {"progress", &Server::do_progress},
      {"never", &Server::do_never},
      {"hold", &Server::do_hold},
      {"late", &Server::do_late},
      {"release", &Server::do_release},
      {"crash", &Server::do_crash},
      {"exit-after", &Server::do_exit_after},
      {"half-line", &Server::do_half_line},
      {"huge", &Server::do_huge},
      {"duplicate-keys", &Server::do_duplicate_keys},
      {"wrong-id", &Server::do_wrong_id},
      {"twice", &Server::do_twice},
      {"deaf", &Server::do_deaf},
      {"ask", &Server::do_ask},
      {"tell", &Server::do_tell},
      {"log", &Server::do_log},
      {"change", &Server::do_change},
      {"update", &Server::do_update},
      {"links", &Server::do_links},
      {"structured", &Server::do_structured},
      {"seen", &Server::do_seen},
      {"env", &Server::do_env},
      {"who", &Server::do_who},
      {"cwd", &Server::do_cwd},
      {"pid", &Server::do_pid},
      {"keep", &Server::do_keep},
      {"stderr", &Server::do_stderr},
      {"spawn", &Server::do_spawn},
  };
  return all;
}

/// Returns the arguments unchanged, as text.
void Server::do_echo(const Call& call) { say(call.id, call.arguments); }

/// Keeps "value" and returns the value that was kept before. Without "value", only returns it.
void Server::do_keep(const Call& call) {
  const std::string before = kept_;
  if (const std::string value = call.argument("value"); !value.empty()) kept_ = value;
  say(call.id, before);
}

/// Returns the whole line unchanged.
void Server::do_mirror(const Call& call) { say(call.id, base64(call.line)); }

void Server::do_verbatim(const Call& call) {
  result(call.id, read_file(options_.text("verbatim")));
}

/// Writes a line that the test provides. Its @PAD@ is expanded until the line has "bytes" bytes
/// without its end.
void Server::do_line(const Call& call) {
  std::string line = read_file(options_.text("line"));
  const auto put_in = [&line](std::string_view mark, std::string_view text) {
    const size_t at = line.find(mark);
    if (at != std::string::npos) line.replace(at, mark.size(), text);
  };
  put_in("@ID@", call.id);
  const size_t rest = line.size() - std::string_view("@PAD@\n").size();
  const size_t wanted = static_cast<size_t>(call.argument("bytes", 0));
  put_in("@PAD@", std::string(wanted > rest ? wanted - rest : 0, 'z'));
  put(line);
}

void Server::do_error(const Call& call) {
  send(R"({"jsonrpc":"2.0","id":)" + std::string(call.id) +
       R"(,"error":{"code":-32099,"message":"refused on purpose","data":{"why":["a",1.50]}}})");
}

void Server::do_fail(const Call& call) {
  result(call.id, R"({"content":[{"type":"text","text":"failed on purpose"}],"isError":true})");
}

/// Sends "steps" progress notifications at intervals of "ms", then the answer.
void Server::do_slow(const Call& call) {
  const std::chrono::milliseconds every(call.argument("ms", 10));
  slow_.push_back({std::string(call.id), std::string(call.token), 0, call.argument("steps", 3),
                   every, Clock::now() + every});
}

/// Sends "steps" progress notifications at once, the answer, and "after" more notifications, which
/// are too late.
void Server::do_progress(const Call& call) {
  const long steps = call.argument("steps", 3);
  for (long i = 1; i <= steps; ++i) progress(call.token, i, steps);
  say(call.id, "done");
  for (long i = 1; i <= call.argument("after", 0); ++i) progress(call.token, steps + i, steps);
}

void Server::do_never(const Call& call) { held_.push_back({std::string(call.id), false}); }

/// Answers when 'release' is called, and never if the call is cancelled.
void Server::do_hold(const Call& call) { held_.push_back({std::string(call.id), false}); }

/// Like hold, but answers a cancelled call, too.
void Server::do_late(const Call& call) { held_.push_back({std::string(call.id), true}); }

/// Answers every held call, then this call.
void Server::do_release(const Call& call) {
  while (!held_.empty()) {
    say(held_.front().id, "released");
    held_.pop_front();
  }
  say(call.id, "done");
}

void Server::do_crash(const Call& call) {
  std::fprintf(stderr, "fake: crashed on purpose in a call\n");
  const long signal = call.argument("signal", 0);
  if (signal != 0) {
    std::signal(static_cast<int>(signal), SIG_DFL);  // a sanitizer would exit instead
    raise(static_cast<int>(signal));
  }
  _exit(3);
}

void Server::do_exit_after(const Call& call) {
  say(call.id, "good bye");
  _exit(0);
}

void Server::do_half_line(const Call& call) {
  write_all(1, R"({"jsonrpc":"2.0","id":)" + std::string(call.id) + R"(,"resu)");
  _exit(0);
}

/// Returns a text of "bytes" bytes.
void Server::do_huge(const Call& call) {
  say(call.id, std::string(static_cast<size_t>(call.argument("bytes", 1 << 20)), 'x'));
}

/// Sends an answer that has the same key twice in its result or, with "envelope", the id twice.
void Server::do_duplicate_keys(const Call& call) {
  if (call.argument("envelope", 0) == 0) {
    return result(
        call.id,
        R"({"content":[{"type":"text","text":"first"}],"content":[{"type":"text","text":"second"}]})");
  }
  const std::string id(call.id);
  send(R"({"jsonrpc":"2.0","id":)" + id + R"(,"id":)" + id + R"(,"result":{"content":[]}})");
}

/// Sends answers with ids that are not open, then the right one.
void Server::do_wrong_id(const Call& call) {
  say("999999999", "to nobody");
  say(quote(std::string(call.id) + "0"), "to another id as a string");
  say("null", "to null");
  say("-1", "to a negative id");
  say(call.id, "to the right id");
}

void Server::do_twice(const Call& call) {
  say(call.id, "first");
  say(call.id, "second");
}

/// Answers, and then never reads again.
void Server::do_deaf(const Call& call) {
  say(call.id, "deaf from now on");
  deaf_ = true;
}

/// Sends every question of "ask" at once, and answers with their answers, one in each line.
void Server::do_ask(const Call& call) {
  Questions asked{std::string(call.id), {}, 0, ""};
  const std::string note = call.argument("note").empty() ? options_.name : call.argument("note");
  for (const std::string_view kind : elements(member(call.arguments, "ask"))) {
    asked.answers[ask(text(kind), note)] = "";
  }
  asked.open = asked.answers.size();
  if (asked.open == 0) return say(call.id, "nothing to ask");
  questions_.push_back(std::move(asked));
}

/// Sends "text" in every message: "steps" progress notifications, then a question of the kind
/// "ask", if any, then the answer, which is the text and, after a line end, the answer to the
/// question.
void Server::do_tell(const Call& call) {
  const std::string said = call.argument("text"), kind = call.argument("ask");
  const long steps = call.argument("steps", 0);
  for (long i = 1; i <= steps; ++i) progress(call.token, i, steps, said);
  if (kind.empty()) return say(call.id, said);
  questions_.push_back({std::string(call.id), {{ask(kind, said), ""}}, 1, said + "\n"});
}

/// Sends a log message at "level", or one at each level, whatever level was set.
void Server::do_log(const Call& call) {
  const std::string wanted = call.argument("level");
  for (const char* level :
       {"debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"}) {
    if (!wanted.empty() && wanted != level) continue;
    notify("message", R"({"level":)" + quote(level) + R"(,"logger":"fake","data":)" +
                          quote(options_.name) + "}");
  }
  say(call.id, "logged");
}

/// Adds or removes the tool 'extra', and sends "times" notifications of a change. "kind" is the
/// list that they name.
void Server::do_change(const Call& call) {
  const std::string kind = call.argument("kind").empty() ? "tools" : call.argument("kind");
  if (kind == "tools") extra_tool_ = !extra_tool_;
  for (long i = 0; i < call.argument("times", 1); ++i) notify(kind + "/list_changed", "");
  say(call.id, "changed");
}

void Server::do_update(const Call& call) {
  notify("resources/updated", R"({"uri":)" + quote(call.argument("uri")) + "}");
  say(call.id, "updated");
}

void Server::do_links(const Call& call) {
  const std::string base = "fake://" + options_.name + "/";
  result(call.id, R"({"content":[{"type":"resource_link","uri":)" + quote(base + "linked") +
                      R"(,"name":"linked"},{"type":"resource","resource":{"uri":)" +
                      quote(base + "inside") + R"(,"text":"inside"}}]})");
}

void Server::do_structured(const Call& call) {
  result(
      call.id,
      R"({"content":[{"type":"text","text":"{\"n\": 1.50}"}],"structuredContent":{"n":1.50},"_meta":{"x/y":1}})");
}

/// Returns how often each method was received, one method in each line.
void Server::do_seen(const Call& call) {
  std::string all;
  for (const auto& [method, times] : seen_) all += method + " " + std::to_string(times) + "\n";
  say(call.id, all);
}

/// Returns the sorted names of the environment, or the value of the variable "name".
void Server::do_env(const Call& call) {
  const std::string wanted = call.argument("name");
  if (!wanted.empty()) {
    const char* value = std::getenv(wanted.c_str());
    return say(call.id, value ? value : "(not set)");
  }
  std::vector<std::string> names;
  for (char** one = environ; *one; ++one)
    names.push_back(std::string(*one).substr(0, std::string(*one).find('=')));
  std::sort(names.begin(), names.end());
  std::string all;
  for (const std::string& name : names) all += name + "\n";
  say(call.id, all);
}

/// Returns the server's name and the name under which the tool was called.
void Server::do_who(const Call& call) {
  say(call.id, options_.name + " " + text(at(call.line, "params.name")));
}

void Server::do_cwd(const Call& call) {
  char path[PATH_MAX];
  say(call.id, getcwd(path, sizeof path) ? path : "(none)");
}

void Server::do_pid(const Call& call) { say(call.id, std::to_string(getpid())); }

/// Writes "bytes" bytes, or the line "text", to stderr before it answers.
void Server::do_stderr(const Call& call) {
  if (call.argument("text").empty()) {
    flood_stderr(call.argument("bytes", 1024));
  } else {
    write_all(2, call.argument("text") + "\n");
  }
  say(call.id, "written");
}

/// Starts a grandchild of each kind.
void Server::do_spawn(const Call& call) {
  leave_behind(Grandchild::HoldsStdout);
  leave_behind(Grandchild::OwnSession);
  leave_behind(Grandchild::Orphan);
  say(call.id, "spawned");
}

}  // namespace fake

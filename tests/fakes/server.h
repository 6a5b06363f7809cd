// The fake server: one thread, one poll loop, MCP 2024-11-05 to 2025-11-25 on stdin and stdout, and
// one tool for each misbehaviour.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "options.h"

namespace fake {

/// A tools/call, as views into its line.
struct Call {
  std::string_view id, arguments, token, line;
  std::string argument(const char* key) const;
  long argument(const char* key, long fallback) const;
};

class Server {
 public:
  explicit Server(Options options);
  int run();

 private:
  using Clock = std::chrono::steady_clock;
  using Behaviour = void (Server::*)(const Call&);
  struct Held {
    std::string id;
    bool answers_late;
  };
  struct Slow {
    std::string id, token;
    long step, steps;
    std::chrono::milliseconds every;
    Clock::time_point due;
  };
  struct Questions {
    std::string call;
    std::map<long, std::string> answers;
    size_t open;
    std::string before;  // the beginning of the call's answer
  };

  // server.cc: the protocol
  void start();
  int wait_time() const;
  void tick();
  bool read_some();
  void take(std::string_view line);
  void request(std::string_view id, const std::string& method, std::string_view line);
  void notification(const std::string& method, std::string_view line);
  void answered(std::string_view id, std::string_view line);
  void initialize(std::string_view id, std::string_view line);
  void call_tool(std::string_view id, std::string_view line);
  void cancel(std::string_view id);
  void put(std::string_view text);
  void send(std::string_view message);
  void result(std::string_view id, std::string_view result);
  void error(std::string_view id, int code, const std::string& message);
  void say(std::string_view id, std::string_view text);
  void notify(const std::string& method, const std::string& params);
  void progress(std::string_view token, long step, long steps, std::string_view message = "step");
  long ask(const std::string& kind, const std::string& note);

  // lists.cc: its lists
  void list_tools(std::string_view id, std::string_view line);
  std::string tool_definition(const Tool& tool) const;
  void list_prompts(std::string_view id);
  void get_prompt(std::string_view id, std::string_view line);
  void list_resources(std::string_view id);
  void list_templates(std::string_view id);
  void read_resource(std::string_view id, std::string_view line);
  void complete(std::string_view id, std::string_view line);
  bool has_resources() const { return options_.has("resources") || options_.has("uri"); }

  // behaviours.cc: the behaviours of its tools
  static const std::map<std::string, Behaviour>& behaviours();
  void do_echo(const Call& call);
  void do_mirror(const Call& call);
  void do_verbatim(const Call& call);
  void do_line(const Call& call);
  void do_error(const Call& call);
  void do_fail(const Call& call);
  void do_slow(const Call& call);
  void do_progress(const Call& call);
  void do_never(const Call& call);
  void do_hold(const Call& call);
  void do_late(const Call& call);
  void do_release(const Call& call);
  void do_crash(const Call& call);
  void do_exit_after(const Call& call);
  void do_half_line(const Call& call);
  void do_huge(const Call& call);
  void do_duplicate_keys(const Call& call);
  void do_wrong_id(const Call& call);
  void do_twice(const Call& call);
  void do_deaf(const Call& call);
  void do_ask(const Call& call);
  void do_tell(const Call& call);
  void do_log(const Call& call);
  void do_change(const Call& call);
  void do_update(const Call& call);
  void do_links(const Call& call);
  void do_structured(const Call& call);
  void do_seen(const Call& call);
  void do_env(const Call& call);
  void do_who(const Call& call);
  void do_cwd(const Call& call);
  void do_pid(const Call& call);
  void do_keep(const Call& call);
  void do_stderr(const Call& call);
  void do_spawn(const Call& call);

  Options options_;
  std::string input_;
  std::string kept_;
  size_t searched_ = 0;
  bool first_line_ = true, deaf_ = false, extra_tool_ = false;
  long next_question_ = 0;
  std::deque<Held> held_;
  std::vector<Slow> slow_;
  std::vector<Questions> questions_;
  std::map<std::string, long>
      seen_;  ///< counts of each method, and of "cancelled-known" and "cancelled-unknown"
};

}  // namespace fake

#include "week.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "filler.h"
#include "store/sqlite/sqlite.h"

namespace callgate::bench {

namespace {

constexpr uint32_t kDays = 7, kAloneADay = 11, kSessions = 4;  // sessions of an agent in a run
constexpr uint32_t kTurn = 64;                                 // calls of one commit
constexpr uint32_t kFiles = 280'000, kProjects = 30;
constexpr uint32_t kFindings = 60;
constexpr Micros kDay{86'400'000'000};

const char* const kAgents[kWeekAgents] = {"claude-code", "cursor",   "codex",  "claude-desktop",
                                          "gemini-cli",  "opencode", "vscode", "windsurf",
                                          "zed",         "cline",    "goose",  "nightly-job"};
const char* const kServers[kWeekServers] = {
    "filesystem", "github", "git",        "memory",  "browser", "fetch",  "postgres",
    "jira",       "slack",  "search",     "notes",   "shell",   "sqlite", "calendar",
    "mail",       "docker", "kubernetes", "grafana", "sentry",  "figma"};
const char* const kTools[] = {"read_file",  "list_directory", "search", "get",
                              "write_file", "create",         "update", "run"};
constexpr uint32_t kReading = 4;  // of the tools, the first ones

/// The same numbers everywhere.
class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(seed) {}
  uint64_t next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }
  uint32_t below(uint32_t bound) { return static_cast<uint32_t>((next() >> 32) * bound >> 32); }
  /// The lower, the more often: the first tenth comes in about half of all draws.
  uint32_t skewed(uint32_t bound) {
    const double u = static_cast<double>(next() >> 11) / 9007199254740992.0;
    return std::min(bound - 1, static_cast<uint32_t>(u * u * u * bound));
  }

 private:
  uint64_t state_;
};

Body body(std::string text) {
  const auto owner = std::make_shared<const std::string>(std::move(text));
  return {owner, *owner};
}

std::string file_name(uint32_t number) {
  const uint32_t project = number % kProjects, rest = number / kProjects;
  return fmt::format("/home/me/projects/project-{}/src/part-{}/module-{}/file-{}.ts", project,
                     rest % 7, rest / 7 % 40, rest);
}

DataItem touch_of(uint32_t server, DataOp op, Dice& dice) {
  switch (server) {
    case 1:
      return {DataKind::Repo, op, fmt::format("acme/repo-{}", dice.skewed(200))};
    case 4:
    case 5:
      return {DataKind::Url, op,
              fmt::format("https://site-{}.example/docs/{}", dice.skewed(40), dice.skewed(3000))};
    case 6:
    case 12:
      return {DataKind::Table, op, fmt::format("shop.table_{}", dice.skewed(120))};
    case 7:
      return {DataKind::Ticket, op, fmt::format("SHOP-{}", 1 + dice.skewed(4000))};
    default:
      return {DataKind::Path, op, file_name(dice.skewed(kFiles))};
  }
}

Outcome outcome_of(Dice& dice) {
  const uint32_t draw = dice.below(1000);
  return draw < 880   ? Outcome::Ok
         : draw < 940 ? Outcome::ToolError
         : draw < 960 ? Outcome::RpcError
         : draw < 990 ? Outcome::Denied
         : draw < 996 ? Outcome::Timeout
                      : Outcome::Cancelled;
}

struct RunPlan {
  uint32_t calls = 0;
  Micros begin{}, length{};
  int agent = -1;  // all
};

class Writer {
 public:
  Writer(Filler& filler, const RunPlan& plan, uint32_t seed)
      : filler_(filler), plan_(plan), dice_(seed) {}

  bool write(uint32_t findings) {
    open_sessions();
    for (CallNumber call = 1; call <= plan_.calls; ++call) {
      add(call);
      const uint32_t step = findings == 0 ? 0 : std::max(plan_.calls / findings, uint32_t{1});
      if (step > 0 && call % step == 0) raise(call);
      if (call % kTurn == 0 && !filler_.turn()) return false;
    }
    return filler_.turn();
  }

 private:
  SessionNumber session_of(uint32_t agent, uint32_t number) const {
    return plan_.agent >= 0 ? 1 + number : 1 + agent * kSessions + number;
  }

  void open_sessions() {
    for (uint32_t agent = 0; agent < kWeekAgents; ++agent) {
      if (plan_.agent >= 0 && agent != static_cast<uint32_t>(plan_.agent)) continue;
      for (uint32_t number = 0; number < kSessions; ++number) {
        SessionOpened e;
        e.session = session_of(agent, number);
        e.at = plan_.begin;
        e.client_name = kAgents[agent];
        e.client_version = "1.0";
        e.process = {.pid = 100 + agent, .exe = fmt::format("/usr/bin/{}", kAgents[agent])};
        e.profile = agent % 3 == 0 ? "" : agent % 3 == 1 ? "developer" : "reviewer";
        e.protocol = "2025-11-25";
        e.era = "legacy";
        filler_.append(std::move(e));
      }
    }
  }

  void add(CallNumber call) {
    const uint32_t agent =
        plan_.agent >= 0 ? static_cast<uint32_t>(plan_.agent) : dice_.skewed(kWeekAgents);
    // Each agent has servers of its own that it prefers.
    const uint32_t server = (dice_.skewed(kWeekServers) + agent * 3 * (agent % 2)) % kWeekServers;
    const uint32_t tool = dice_.skewed(static_cast<uint32_t>(std::size(kTools)));
    const Outcome outcome = outcome_of(dice_);
    const Micros at = plan_.begin + plan_.length * call / plan_.calls;
    CallStarted start;
    start.call = call;
    start.session = session_of(agent, call * kSessions / (plan_.calls + 1));
    start.at = at;
    start.server = kServers[server];
    start.tool = kTools[tool];
    start.exposed = start.server + "__" + start.tool;
    start.era = "legacy";
    start.client_id = std::to_string(call);
    start.permission = outcome == Outcome::Denied ? Permission::Deny : Permission::Allow;
    if (outcome == Outcome::Denied) start.rule = fmt::format("deny[{}] *__delete_*", agent % 3);
    const DataOp op = tool < kReading ? DataOp::Read : DataOp::Write;
    const uint32_t draw = dice_.below(10);
    const uint32_t touches = draw < 2 ? 0 : draw < 8 ? 1 : 1 + dice_.below(5);
    for (uint32_t i = 0; i < touches; ++i) start.touches.push_back(touch_of(server, op, dice_));
    start.args = body(fmt::format(R"({{"path":"{}","limit":100}})",
                                  touches > 0 ? start.touches.front().what : "none"));
    start.wire = start.args.bytes;
    CallFinished end;
    end.call = call;
    end.outcome = outcome;
    end.duration = std::chrono::microseconds(300 + dice_.skewed(400'000));
    end.at = at + std::chrono::duration_cast<Micros>(end.duration);
    if (outcome != Outcome::Ok) end.error = "no such file";
    end.result = body(fmt::format(R"({{"content":[{{"type":"text","text":"{:0>{}}"}}]}})",
                                  dice_.next(), 40 + dice_.skewed(400)));
    end.wire = end.result.bytes;
    filler_.append(std::move(start));
    filler_.append(std::move(end));
  }

  void raise(CallNumber call) {
    FindingRaised e;
    e.number = ++findings_;
    e.at = plan_.begin + plan_.length * call / plan_.calls;
    e.call = call;
    e.finding.rule = static_cast<GuardRule>(1 + findings_ % kRules);
    e.finding.level = findings_ % 4 == 0 ? Level::Hard : Level::Soft;
    e.finding.key = dice_.next();
    e.finding.session = 1;
    e.finding.agent = kAgents[plan_.agent < 0 ? 0 : static_cast<size_t>(plan_.agent)];
    e.finding.server = kServers[0];
    e.finding.tool = kTools[0];
    e.finding.summary = "7 different guesses failed alike";
    for (CallNumber i = call < 7 ? 1 : call - 6; i <= call; ++i) e.finding.evidence.push_back(i);
    e.finding.at = e.at;
    e.step = Step::Advise;
    filler_.append(std::move(e));
  }

  Filler& filler_;
  const RunPlan plan_;
  Dice dice_;
  uint32_t findings_ = 0;
};

// Returns true if all calls of runs that have ended are filed. On a busy machine this takes a
// while, because the filer has the lowest priority.
bool all_filed(const std::string& path) {
  const auto db = open_database(path, OpenMode::Read, nullptr);
  if (!db) return true;
  const auto left = query_integer(
      db->get(), path, "select count(*) from run where ended is not null and filed is null");
  return !left || *left == 0;
}

std::vector<RunPlan> plan_week(uint32_t calls, Micros now) {
  std::vector<RunPlan> plans;
  uint32_t left = calls;
  for (uint32_t day = 0; day < kDays; ++day) {
    const Micros begin = now - kDay * (kDays - day);
    const uint32_t today = left / (kDays - day);
    const uint32_t alone = today / 2 / kAloneADay;
    left -= today;
    plans.push_back({today - alone * kAloneADay, begin, kDay, -1});
    for (uint32_t i = 0; i < kAloneADay; ++i)
      plans.push_back({alone, begin + kDay * i / (kAloneADay + 1), kDay / 13,
                       static_cast<int>((day + i) % kWeekAgents)});
  }
  return plans;
}

}  // namespace

bool fill_week(const std::string& path, uint32_t calls, Micros now) {
  uint32_t number = 0;
  for (const RunPlan& plan : plan_week(calls, now)) {
    if (plan.calls == 0) continue;
    const auto filler = Filler::open(path, fmt::format("week-{}", ++number), plan.begin);
    if (!filler) return false;
    const uint32_t findings = plan.agent < 0 ? kFindings / kDays + 1 : 0;
    if (!Writer(*filler, plan, number).write(findings)) return false;
  }
  // The next gate process files what the last run left.
  const auto filler = Filler::open(path, "week-last", now);
  while (filler && !all_filed(path))
    if (!filler->settle(std::chrono::milliseconds(200))) return false;
  return filler != nullptr;
}

}  // namespace callgate::bench

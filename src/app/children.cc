#include "children.h"

#include "callgate/base/log.h"

namespace callgate {

namespace {

// A client gives its server two seconds after closing stdin before it kills, so both steps must
// fit.
constexpr Millis kGrace{600};

}  // namespace

ProcessChildren::ProcessChildren(Loop& loop, std::vector<ServerConfig> servers, Limits limits,
                                 std::string run_id, std::string within, uint64_t open_files)
    : loop_(loop),
      servers_(std::move(servers)),
      limits_(limits),
      run_id_(std::move(run_id)),
      within_(std::move(within)),
      open_files_(open_files),
      slots_(servers_.size()) {}

ProcessChildren::~ProcessChildren() = default;

bool ProcessChildren::all_gone() const {
  for (const Slot& slot : slots_) {
    if (slot.busy) return false;
  }
  return true;
}

void ProcessChildren::start(ServerIndex server) {
  Slot& slot = slots_.at(server);
  CHECK(!slot.busy);
  slot.busy = true;
  ++slot.generation;
  queue_.push_back(server);
  next();
}

void ProcessChildren::next() {
  while (!queue_.empty() && starting_ < kStarting) {
    const ServerIndex server = queue_.front();
    queue_.erase(queue_.begin());
    slots_[server].starting = true;
    ++starting_;
    // A slow or silent one must not keep the others from their turn.
    slots_[server].place = std::make_unique<Timer>(loop_);
    slots_[server].place->start(kPlace, [this, server] { started(server); });
    launch(server);
  }
}

void ProcessChildren::started(ServerIndex server) {
  if (!slots_[server].starting) return;
  slots_[server].starting = false;
  --starting_;
  next();
}

void ProcessChildren::launch(ServerIndex server) {
  const uint64_t generation = slots_[server].generation;
  const std::weak_ptr<int> alive = alive_;
  resolve_environment(loop_, servers_[server],
                      [this, alive, server, generation](Result<ResolvedEnvironment> environment) {
                        if (alive.expired() || slots_[server].generation != generation) return;
                        if (!environment)
                          return ended(server,
                                       {.reason = environment.error().text(), .never_ran = true});
                        launched(server, std::move(*environment));
                      });
}

void ProcessChildren::launched(ServerIndex server, ResolvedEnvironment environment) {
  const ServerConfig& config = servers_[server];
  Slot& slot = slots_[server];
  if (hooks.secrets) hooks.secrets(server, std::move(environment.secrets));
  // A gate below us with the same configuration would start itself again and again; it looks for
  // this.
  environment.env.push_back("CALLGATE_WITHIN=" + within_);
  ChildOptions options{.server = config.name,
                       .argv = {config.command},
                       .env = std::move(environment.env),
                       .cwd = config.cwd,
                       .run_id = run_id_,
                       .line_limit = limits_.line,
                       .queue_limit = limits_.queue,
                       .stderr_kept = limits_.stderr_kept,
                       .open_files = open_files_};
  options.argv.insert(options.argv.end(), config.args.begin(), config.args.end());
  const uint64_t generation = slot.generation;
  const auto current = [this, server, generation] {
    return slots_[server].generation == generation;
  };
  ChildEvents events;
  events.on_running = [this, server, current](int pid) {
    if (current()) hooks.up(server, pid);
  };
  events.on_line = [this, server, current](std::string&& line) {
    if (!current()) return;
    started(server);
    hooks.line(server, std::move(line));
  };
  events.on_too_long = [this, server, current](std::string_view head) {
    if (current()) hooks.too_long(server, head);
  };
  events.on_gone = [this, server, current](std::string reason, std::string tail, bool never_ran) {
    if (current())
      ended(server,
            {.reason = std::move(reason), .stderr_tail = std::move(tail), .never_ran = never_ran});
  };
  Result<std::unique_ptr<Child>> child = Child::start(loop_, std::move(options), std::move(events));
  if (!child) return ended(server, {.reason = child.error().text(), .never_ran = true});
  slot.child = std::move(*child);
}

void ProcessChildren::ended(ServerIndex server, ChildEnd end) {
  Slot& slot = slots_[server];
  slot.busy = false;
  started(server);
  if (hooks.mask) {
    end.reason = hooks.mask(std::move(end.reason));
    end.stderr_tail = hooks.mask(std::move(end.stderr_tail));
  }
  // Not destroyed from within its own callback, which is still on the stack.
  const std::weak_ptr<int> alive = alive_;
  ended_.push_back(std::move(slot.child));
  loop_.post([this, alive] {
    if (!alive.expired()) ended_.clear();
  });
  hooks.gone(server, end);
}

bool ProcessChildren::send(ServerIndex server, std::string bytes) {
  Slot& slot = slots_.at(server);
  return slot.child && slot.child->send(std::move(bytes));
}

void ProcessChildren::stop(ServerIndex server) {
  Slot& slot = slots_.at(server);
  if (!slot.busy) return;
  if (slot.child) return slot.child->stop(kGrace);
  // Still waiting for its turn or its environment: ends without having lived.
  ++slot.generation;
  std::erase(queue_, server);
  const std::weak_ptr<int> alive = alive_;
  loop_.post([this, alive, server] {
    if (!alive.expired())
      ended(server, {.reason = "was ended before its turn to start came"});
  });
}

}  // namespace callgate

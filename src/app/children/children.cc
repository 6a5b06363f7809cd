#include "children.h"

#include <algorithm>

#include "app/sign_ins/server_sign_in.h"
#include "callgate/base/log.h"
#include "callgate/base/url.h"
#include "remote_child.h"

namespace callgate {

namespace {

// How long a child may take to end before it gets SIGTERM, if a request waits until the child is
// started again (StopPace::Prompt).
constexpr Millis kPromptGrace{600};
// When the gate process ends, a child that has not ended by itself gets SIGTERM after at most this
// time. The time is short, because clients kill the gate process two seconds after they have closed
// its stdin.
constexpr Millis kTerminateAtEnd{1500};

RemoteTransport transport_of(RemoteConfig::Transport configured) {
  switch (configured) {
    case RemoteConfig::Transport::Auto:
      return RemoteTransport::Auto;
    case RemoteConfig::Transport::Http:
      return RemoteTransport::Http;
    case RemoteConfig::Transport::Sse:
      return RemoteTransport::Sse;
  }
  return RemoteTransport::Auto;
}

}  // namespace

ProcessChildren::ProcessChildren(Loop& loop, ChildListener& listener, Limits limits,
                                 std::string run_id, std::string within, ChildLimits child_limits)
    : loop_(loop),
      listener_(listener),
      limits_(limits),
      run_id_(std::move(run_id)),
      within_(std::move(within)),
      child_limits_(child_limits) {}

ProcessChildren::~ProcessChildren() = default;

std::string ProcessChildren::stderr_text(ChildIndex child) const {
  if (child >= slots_.size() || !slots_[child].child) return "";
  return slots_[child].child->stderr_text();
}

std::string ProcessChildren::kept_stderr(ChildIndex child) const {
  if (child >= slots_.size()) return "";
  std::string text = slots_[child].stderr_before + stderr_text(child);
  if (text.size() > limits_.stderr_kept) text.erase(0, text.size() - limits_.stderr_kept);
  return text;
}

bool ProcessChildren::all_gone() const {
  for (const Slot& slot : slots_) {
    if (slot.busy) return false;
  }
  return true;
}

ProcessChildren::Slot& ProcessChildren::slot(ChildIndex child) {
  if (child >= slots_.size()) slots_.resize(child + 1);
  return slots_[child];
}

void ProcessChildren::start(ChildIndex child, const ServerConfig& config,
                            const WorkspacePtr& workspace) {
  Slot& slot = this->slot(child);
  ENSURE(!slot.busy);
  slot.config = config;
  slot.workspace = workspace;
  slot.busy = true;
  slot.stopping = false;
  slot.run.restart();
  queue_.push_back(child);
  next();
}

void ProcessChildren::next() {
  while (!queue_.empty() && starting_ < kStarting) {
    const ChildIndex child = queue_.front();
    queue_.erase(queue_.begin());
    slots_[child].starting = true;
    ++starting_;
    // A child counts as starting until it prints its first line, but for at most kPlace. So a child
    // that is slow or prints nothing does not keep the other children from starting.
    slots_[child].place = std::make_unique<Timer>(loop_);
    slots_[child].place->start(kPlace, [this, child] { started(child); });
    launch(child);
  }
}

void ProcessChildren::started(ChildIndex child) {
  if (!slots_[child].starting) return;
  slots_[child].starting = false;
  --starting_;
  next();
}

void ProcessChildren::launch(ChildIndex child) {
  const Slot& slot = slots_[child];
  resolve_environment(loop_, slot.config, slot.workspace, environment,
                      slot.run.guard([this, child](Result<ResolvedEnvironment> resolved) {
                        if (!resolved) return ended(child, {.not_started = resolved.error()});
                        launched(child, std::move(*resolved));
                      }));
}

void ProcessChildren::launched(ChildIndex child, ResolvedEnvironment resolved) {
  Slot& slot = slots_[child];
  slot.secrets = resolved.secrets;
  listener_.child_secrets(child, std::move(resolved.secrets));
  auto started = slot.config.remote ? connect(child, std::move(resolved))
                                    : start_process(child, std::move(resolved));
  if (!started) return ended(child, {.not_started = started.error()});
  slot.child = std::move(*started);
}

Result<std::unique_ptr<ChildLink>> ProcessChildren::start_process(ChildIndex child,
                                                                  ResolvedEnvironment resolved) {
  const ServerConfig& config = slots_[child].config;
  // A server that is a callgate with our configuration would start itself again and again. Such a
  // callgate finds its configuration in this variable and refuses to start.
  resolved.env.push_back("CALLGATE_WITHIN=" + within_);
  ChildOptions options{.server = config.name,
                       .argv = {config.command},
                       .env = std::move(resolved.env),
                       .cwd = config.cwd,
                       .run_id = run_id_,
                       .stdio = config.stdio,
                       .line_limit = limits_.line,
                       .queue_limit = limits_.queue,
                       .stderr_kept = limits_.stderr_kept,
                       .limits = child_limits_};
  options.argv.insert(options.argv.end(), config.args.begin(), config.args.end());
  auto process =
      ChildProcess::start(loop_, std::move(options), events_of(child, std::move(resolved.folders)));
  if (!process) return process.error();
  return std::unique_ptr<ChildLink>(std::move(*process));
}

Result<std::unique_ptr<ChildLink>> ProcessChildren::connect(ChildIndex child,
                                                            ResolvedEnvironment resolved) {
  const ServerConfig& config = slots_[child].config;
  if (!http_) http_ = std::make_unique<HttpLoop>(loop_);
  const auto url = parse_url(resolved.url);
  // load_config() has checked this already, unless the URL has references.
  if (!url)
    return Error{"remote.url", "the URL " + url.error().message, "correct \"url\" in its entry"};
  if (!url->https && !url->is_loopback() && !config.remote->allow_http)
    return Error{"remote.url", "the URL begins with http: and leads to another machine",
                 "write https:, or add \"allow_http\": true if you trust the network"};
  if (url->is_loopback()) resolved.headers.emplace_back(kRunField, run_id_);
  // A token must not be sent where others can read it.
  std::unique_ptr<Authorizer> authorizer;
  if (url->https || url->is_loopback()) authorizer = sign_in_of(child, resolved);
  RemoteOptions options{.server = config.name,
                        .url = std::move(resolved.url),
                        .fields = std::move(resolved.headers),
                        .transport = transport_of(config.remote->transport),
                        .line_limit = limits_.line,
                        .queue_limit = limits_.queue,
                        .network = std::move(resolved.network)};
  return RemoteChild::start(*http_, std::move(options), std::move(authorizer),
                            events_of(child, {}));
}

std::unique_ptr<Authorizer> ProcessChildren::sign_in_of(ChildIndex child,
                                                        const ResolvedEnvironment& resolved) {
  const Slot& slot = slots_[child];
  SignInTarget target{.server = slot.config.name,
                      .account = slot.config.remote->account,
                      .url = resolved.url,
                      .config = resolved.sign_in,
                      .network = resolved.network};
  ServerSignInEvents events;
  events.on_grant = [this, child](const Grant& grant) {
    auto secrets = slots_[child].secrets;
    for (const Secret* token : {&grant.access_token, &grant.refresh_token})
      if (!token->empty()) secrets.emplace_back("sign-in", std::string(token->reveal()));
    listener_.child_secrets(child, std::move(secrets));
  };
  events.on_required = [this, child] {
    loop_.post(slots_[child].run.guard([this, child] { listener_.child_needs_sign_in(child); }));
  };
  return std::make_unique<ServerSignIn>(loop_, *http_, environment.state_dir, std::move(target),
                                        std::move(events));
}

ChildEvents ProcessChildren::events_of(ChildIndex child, ServerFolders folders) {
  Slot& slot = slots_[child];
  ChildEvents events;
  events.mask = [this](std::string text, Cut cut) {
    return listener_.masked(std::move(text), cut);
  };
  events.on_running = slot.run.guard([this, child, folders = std::move(folders)](int pid) {
    listener_.child_up(child, pid, folders);
  });
  events.on_line = slot.run.guard([this, child](std::string&& line) {
    this->started(child);
    listener_.child_line(child, std::move(line));
  });
  events.on_too_long = slot.run.guard(
      [this, child](std::string_view head) { listener_.child_line_too_long(child, head); });
  events.on_gone = slot.run.guard([this, child](ChildEnd end) { ended(child, std::move(end)); });
  return events;
}

void ProcessChildren::ended(ChildIndex child, ChildEnd end) {
  Slot& slot = slots_[child];
  slot.busy = false;
  started(child);
  slot.stderr_before = stderr_text(child);
  if (!slot.stderr_before.empty() && slot.stderr_before.back() != '\n') slot.stderr_before += '\n';
  if (end.not_started) {
    for (std::string* text : {&end.not_started->message, &end.not_started->next})
      *text = listener_.masked(std::move(*text), Cut::None);
  }
  // The child is destroyed in the next turn, because one of its callbacks may be calling
  // this function.
  ended_.push_back(std::move(slot.child));
  loop_.post(lifetime_.guard([this] { ended_.clear(); }));
  listener_.child_gone(child, end);
}

bool ProcessChildren::send(ChildIndex child, std::string bytes) {
  Slot& slot = this->slot(child);
  return slot.child && slot.child->send(std::move(bytes));
}

ChildEndTimes ProcessChildren::end_times(const ServerConfig& config, StopPace pace) const {
  const Millis time = config.stop_timeout;
  if (pace == StopPace::Prompt) {
    const Millis grace = std::min(time, kPromptGrace);
    return {.terminate = grace, .kill = 2 * grace};
  }
  const Millis terminate = hurried_ ? std::min(time, kTerminateAtEnd) : time;
  return {.terminate = terminate, .kill = terminate + time};
}

void ProcessChildren::hurry() {
  hurried_ = true;
  for (Slot& slot : slots_)
    if (slot.busy && slot.stopping && slot.child)
      slot.child->stop(end_times(slot.config, StopPace::Patient));
}

void ProcessChildren::stop(ChildIndex child, StopPace pace) {
  Slot& slot = this->slot(child);
  if (!slot.busy) return;
  slot.stopping = true;
  if (slot.child) return slot.child->stop(end_times(slot.config, pace));
  // The child still waits for its turn to start, or for its environment. It has no process that
  // must be ended, so this only reports its end.
  slot.run.restart();
  std::erase(queue_, child);
  loop_.post(slot.run.guard(
      [this, child] { ended(child, {.reason = "was stopped before callgate had started it"}); }));
}

}  // namespace callgate

// Builds the parts of a gate process so that each part comes after those that it uses, and ends
// them in the reverse order.
#include "callgate/app/gate_process.h"

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <utility>

#include "app/children/children.h"
#include "app/environment/learnt_secrets.h"
#include "app/process/descendants.h"
#include "app/process/gate_privacy.h"
#include "app/process/inherited.h"
#include "app/process/spare_memory.h"
#include "callgate/app/rules.h"
#include "callgate/app/warden.h"
#include "callgate/base/digest.h"
#include "callgate/base/log.h"
#include "callgate/io/lifetime.h"
#include "callgate/io/paths.h"
#include "callgate/store/identity.h"
#include "callgate/store/recorder.h"
#include "gate_control.h"
#include "guard_memory.h"
#include "reloader.h"
#include "stored_lists.h"
#include "turn.h"

namespace callgate {

namespace {

using namespace std::chrono_literals;

constexpr Millis kPathLimit{200};
// Clients kill the gate process two seconds after they have closed its stdin. So the gate process
// ends by itself a little earlier.
constexpr Millis kLeave{1750};
constexpr Millis kFirstRetention = 30s, kRetention = 60s;

RunInfo this_run(const GateProcessOptions& options) {
  const auto [start, boot] = process_identity(getpid());
  return {.pid = getpid(),
          .pid_start = start,
          .boot_id = boot,
          .version = options.version,
          .uuid = hex(random_bytes(16)),
          .config = options.config.path};
}

std::vector<ServerConfig> enabled_servers(const std::vector<ServerConfig>& servers) {
  std::vector<ServerConfig> out;
  for (const ServerConfig& server : servers) {
    if (server.disabled) continue;
    if (server.broken)
      log::warn("server '{}' does not start: {}", server.name, server.broken->text());
    out.push_back(server);
  }
  return out;
}

// Returns the value of CALLGATE_WITHIN for our children: the paths of the configurations of this
// gate and of all gates above it, separated by colons.
std::string configurations_around(const std::string& own) {
  const std::string path = resolve_path(own, "").value_or(own);
  const char* above = std::getenv("CALLGATE_WITHIN");
  return above ? above + (":" + path) : path;
}

class RecorderPort final : public RecordPort {
 public:
  explicit RecorderPort(Recorder& recorder) : recorder_(recorder) {}
  void append(RecordEvent event) override { recorder_.append(std::move(event)); }

 private:
  Recorder& recorder_;
};

}  // namespace

struct GateProcess::Impl : PathPort, ChildListener {
  Impl(Loop& l, GateProcessOptions o, Rules rules, std::unique_ptr<Recorder> r, RunInfo this_run)
      : loop(l),
        options(std::move(o)),
        run(std::move(this_run)),
        recorder(std::move(r)),
        secrets(*recorder, options.config.record.mask),
        inherited(loop, run.uuid),
        children(loop, *this, options.config.limits, run.uuid,
                 configurations_around(options.config.path), set_gate_limits()),
        record_port(*recorder),
        spare_memory(loop),
        guard_memory(loop, options.places.database(), recorder->run()),
        lists(loop, options.places.state_dir, options.config.servers,
              [this](std::string json) {
                const auto masker = secrets.masker();
                return masker ? masker->mask_json(json, SIZE_MAX).text : json;
              }),
        gate({.servers = enabled_servers(options.config.servers),
              .policy = std::move(rules.policy),
              .limits = options.config.limits,
              .on_failure = options.config.record.on_failure,
              .version = options.version,
              .secret = random_bytes(32),
              .profiles = std::move(rules.profiles),
              .guard = options.config.guard,
              .retry = options.config.retry,
              .run = recorder->run(),
              .cwd = resolve_path(".", "").value_or("")},
             children, record_port, *this, lists, guard_memory),
        entrance(loop, gate, options.config, spare_memory),
        reloader(loop, gate, options),
        control({.loop = loop,
                 .gate = gate,
                 .recorder = *recorder,
                 .children = children,
                 .reloader = reloader,
                 .guard_memory = guard_memory,
                 .secrets = secrets,
                 .options = options,
                 .run = run}),
        turn(loop, gate, *recorder),
        retention(loop),
        leaving(loop) {}

  void wire_up();
  void retain_later(Millis delay);
  void check_end();
  void leave();
  void resolve(CallNumber call, const ServerConfig& server, std::vector<PathNeed> needs) override;
  void child_up(ChildIndex child, int64_t pid, ServerFolders folders) override;
  void child_line(ChildIndex child, std::string line) override;
  void child_line_too_long(ChildIndex child, std::string_view head) override;
  void child_gone(ChildIndex child, const ChildEnd& end) override;
  void child_secrets(ChildIndex child,
                     std::vector<std::pair<std::string, std::string>> values) override;
  void child_needs_sign_in(ChildIndex child) override;
  std::string masked(std::string text, Cut cut) override;

  Loop& loop;
  GateProcessOptions options;
  RunInfo run;
  std::unique_ptr<Recorder> recorder;
  LearntSecrets secrets;
  InheritedProcesses inherited;
  ProcessChildren children;
  RecorderPort record_port;
  SpareMemory spare_memory;
  GuardMemory guard_memory;
  StoredLists lists;
  Gate gate;
  ClientEntrance entrance;
  ConfigReloader reloader;
  GateControl control;
  Turn turn;
  Timer retention, leaving;
  std::function<void()> on_end;
  Lifetime lifetime;
};

void GateProcess::Impl::wire_up() {
  guard_memory.serves(gate);
  children.environment = {.state_dir = options.places.state_dir,
                          .home = options.places.home,
                          .login_path = options.config.gateway.login_path,
                          .user_agent = "callgate/" + options.version,
                          .withheld = options.withheld};
  loop.on_turn_end([this] { turn.end(); });
  retain_later(kFirstRetention);
  lists.tidy_soon();
}

void GateProcess::Impl::child_up(ChildIndex child, int64_t pid, ServerFolders folders) {
  gate.child_up(loop.now(), child, pid, std::move(folders));
}

void GateProcess::Impl::child_line(ChildIndex child, std::string line) {
  spare_memory.after_message(line.size());
  gate.child_line(loop.now(), child, std::move(line));
}

void GateProcess::Impl::child_line_too_long(ChildIndex child, std::string_view head) {
  gate.child_line_too_long(loop.now(), child, head);
}

void GateProcess::Impl::child_gone(ChildIndex child, const ChildEnd& end) {
  gate.child_gone(loop.now(), child, end);
  check_end();
}

void GateProcess::Impl::child_secrets(ChildIndex child,
                                      std::vector<std::pair<std::string, std::string>> values) {
  secrets.learn(child, std::move(values));
}

void GateProcess::Impl::child_needs_sign_in(ChildIndex child) {
  // The next session with the server ends before it has begun, and then the gate knows why.
  gate.restart_child(loop.now(), child);
}

std::string GateProcess::Impl::masked(std::string text, Cut cut) {
  return secrets.mask(std::move(text), cut);
}

void GateProcess::Impl::retain_later(Millis delay) {
  retention.start(delay, [this] {
    // Read here each time, because a reload may have changed the configuration.
    const RecordConfig& record = options.config.record;
    recorder->retain(record.keep_days, record.keep_bytes);
    retain_later(kRetention);
  });
}

void GateProcess::Impl::resolve(CallNumber call, const ServerConfig& server,
                                std::vector<PathNeed> needs) {
  std::vector<PathQuestion> questions;
  for (PathNeed& need : needs)
    questions.push_back({.path = std::move(need.path), .cwd = server.cwd});
  resolve_paths(loop, std::move(questions), kPathLimit,
                lifetime.guard([this, call](RealPaths paths) {
                  gate.paths_resolved(loop.now(), call, std::move(paths));
                }));
}

void GateProcess::Impl::check_end() {
  if (children.all_gone() && !lists.writes()) leave();
}

// Calls `done` of shut_down(). If children still run, their wardens end them at the times that were
// set when the children were stopped.
void GateProcess::Impl::leave() {
  if (!on_end) return;
  const auto done = std::move(on_end);
  on_end = nullptr;
  loop.post(done);
}

GateProcess::GateProcess(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

GateProcess::~GateProcess() { impl_->loop.on_turn_end(nullptr); }

Result<std::unique_ptr<GateProcess>> GateProcess::open(Loop& loop, GateProcessOptions options) {
  Result<Rules> rules = compile_rules(options.config, options.places);
  if (!rules) return rules.error();
  settle_allocator();
  // If the record exceeds a limit on file sizes (ulimit -f), the system sends SIGXFSZ, which would
  // end this process. Because the signal is ignored, the write fails instead, as it does on a full
  // disk.
  std::signal(SIGXFSZ, SIG_IGN);
  const RunInfo run = this_run(options);
  Result<std::unique_ptr<Recorder>> recorder = Recorder::open(
      {.path = options.places.database(),
       .durability = options.config.record.durability,
       .body_limit = options.config.record.body_limit,
       .keep_bytes = options.config.record.keep_bytes},
      run, loop.now().wall, [&loop](std::function<void()> task) { loop.post(std::move(task)); });
  if (!recorder) return recorder.error();
  const std::vector<std::string> dead = (*recorder)->dead_runs();
  auto impl = std::make_unique<Impl>(loop, std::move(options), std::move(*rules),
                                     std::move(*recorder), run);
  // Done before any server runs, so that no server can look into this process. But a command that a
  // client has started must be able to find the client's gate. So a gate that a client has launched
  // hides itself only if it could publish its paths.
  const Places& places = impl->options.places;
  if (impl->options.how != "stdio" || publish_gate(places.config_file, places.state_dir))
    hide_this_process();
  impl->wire_up();
  if (Status loaded = impl->control.load_clients(); !loaded) return loaded.error();
  impl->control.listen_soon();
  if (!dead.empty()) {
    // Done in a later turn of the loop, because reading all processes takes milliseconds. The
    // client's first answer should not wait for that.
    loop.post([dead] {
      const int killed = sweep_leftovers(dead);
      if (killed > 0)
        log::warn("{} processes of an earlier callgate still ran and were ended", killed);
    });
  }
  return std::unique_ptr<GateProcess>(new GateProcess(std::move(impl)));
}

ClientEntrance& GateProcess::entrance() { return impl_->entrance; }

const Gate& GateProcess::gate() const { return impl_->gate; }

std::string GateProcess::stderr_of(ChildIndex child) const {
  return impl_->children.stderr_text(child);
}

std::shared_ptr<const SecretMasker> GateProcess::masker() const { return impl_->secrets.masker(); }

void GateProcess::use_current_configuration(std::function<void()> done) {
  impl_->reloader.catch_up(std::move(done));
}

const std::string& GateProcess::run_id() const { return impl_->run.uuid; }

uint32_t GateProcess::run() const { return impl_->recorder->run(); }

uint64_t GateProcess::record_id() const { return impl_->recorder->identity(); }

void GateProcess::on_new_configuration(std::function<void()> callback) {
  impl_->reloader.on_change(std::move(callback));
}

std::vector<std::string> GateProcess::waits_for_restart() const {
  std::vector<std::string> keys = impl_->reloader.later();
  std::erase(keys, "http");
  return keys;
}

void GateProcess::shut_down(std::function<void()> done, Leftovers leftovers) {
  impl_->control.close();
  impl_->reloader.stop();
  impl_->on_end = std::move(done);
  impl_->lists.finish([this] { impl_->check_end(); });
  impl_->children.hurry();
  impl_->gate.shut_down(impl_->loop.now());
  if (leftovers == Leftovers::ToWardens) impl_->leaving.start(kLeave, [this] { impl_->leave(); });
  impl_->check_end();
}

}  // namespace callgate

// A gate process for one client, whose messages come on stdin. The gate's messages go to stdout.
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "app/process/observe.h"
#include "callgate/app/gate_process.h"
#include "callgate/base/stderr.h"
#include "callgate/io/paths.h"
#include "stdio_session.h"

namespace callgate {

namespace {

// True if this gate was started by a gate with the same configuration, directly or through others.
// Such a gate would start itself without end. Each gate passes its own configuration, and those of
// the gates above it, to its children in CALLGATE_WITHIN, so that a longer circle is found, too.
bool within_itself(const std::string& config) {
  const char* within = std::getenv("CALLGATE_WITHIN");
  if (!within || config.empty()) return false;
  const std::string wanted = ":" + resolve_path(config, "").value_or(config) + ":";
  return (":" + std::string(within) + ":").find(wanted) != std::string::npos;
}

}  // namespace

Status run_stdio(GateProcessOptions options, const std::string& profile, Descriptor journal) {
  stderr_never_waits();
  if (within_itself(options.config.path))
    return Error{"gate.recursion",
                 "callgate is configured as a server inside itself (" + options.config.path + ")",
                 "remove the entry of this server from mcpServers"};
  JournalUse use;
  if (journal.get() >= 0) {
    auto opened = SessionJournal::open(journal);
    if (!opened) return opened.error();
    if (const Status may = may_go_on((*opened)->remains(), options.config); !may)
      return may.error();
    use.journal = std::move(*opened);
    use.record = options.places.database();
  }
  Loop loop;
  Result<std::unique_ptr<GateProcess>> process = GateProcess::open(loop, std::move(options));
  if (!process) return process.error();
  use.run = (*process)->run();
  use.record_id = (*process)->record_id();
  std::unique_ptr<StdioSession> client;
  const auto on_end = [&](const std::string&) {
    (*process)->shut_down([&] { client->close([&] { loop.stop(); }); });
  };
  auto session = StdioSession::open(loop, (*process)->entrance(), STDIN_FILENO, STDOUT_FILENO,
                                    {.process = observe(getppid()), .peer = "", .profile = profile},
                                    std::move(use), on_end);
  if (!session) return session.error();
  client = std::move(*session);
  const SignalWatch term(loop, SIGTERM, [&client] { client->end("SIGTERM"); });
  const SignalWatch interrupt(loop, SIGINT, [&client] { client->end("SIGINT"); });
  const SignalWatch hangup(loop, SIGHUP, [&client] { client->end("SIGHUP"); });
  loop.run();
  return {};
}

}  // namespace callgate

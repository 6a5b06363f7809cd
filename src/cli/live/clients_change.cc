// `callgate clients pause`, `resume` and `revoke`.
#include <fmt/core.h>

#include <algorithm>

#include "callgate/store/client_states.h"
#include "callgate/wire/writer.h"
#include "cli/commands.h"
#include "cli/gates/widening.h"
#include "cli/text/time_text.h"
#include "clients.h"

namespace callgate {

namespace {

using Kind = ClientState::Kind;

struct ChangeOptions {
  std::string name, because;
  bool yes = false;
};

const char* done_word(ClientState::State state) {
  return state == ClientState::State::Active ? "resumed" : name(state);
}

/// Returns the kinds (client, token, session) for which the command changes the state of `name`.
/// These are the kinds under which `name` is known; for the command `resume`, only the kinds under
/// which it is paused or revoked.
std::vector<Kind> concerned(const KnownClients& known, const std::string& name,
                            ClientState::State state) {
  std::vector<Kind> kinds;
  for (const Kind kind : kinds_of(known, name))
    if (state != ClientState::State::Active || state_of(known, kind, name)) kinds.push_back(kind);
  return kinds;
}

int not_found(const KnownClients& known, const std::string& name, ClientState::State state) {
  if (state == ClientState::State::Active && !kinds_of(known, name).empty()) {
    print_message(fmt::format("'{}' is neither paused nor revoked", name));
    return kNothingFound;
  }
  const std::string near = did_you_mean(name, names_of(known));
  print_message(fmt::format("no client, token or session '{}'{}", name,
                            near.empty() ? "; see callgate clients" : near));
  return kNothingFound;
}

void print_change(const ChangeOptions& options, ClientState::State state,
                  const std::vector<Kind>& kinds, size_t notified, const Common& common) {
  if (common.json || common.jsonl) {
    JsonWriter json;
    json.begin_object().key("name").string(options.name).key("state").string(name(state));
    json.key("kinds").begin_array();
    for (const Kind kind : kinds) json.string(name(kind));
    json.end_array().key("processes").integer(static_cast<int64_t>(notified)).end_object();
    return print_json(json.take());
  }
  if (common.quiet) return;
  for (const Kind kind : kinds)
    print_message(fmt::format("{} '{}' is {}; {} gate {} notified", name(kind), options.name,
                              done_word(state), notified,
                              notified == 1 ? "process was" : "processes were"));
}

int change(const ChangeOptions& options, ClientState::State state, const Common& common) {
  if (options.because.size() > kLongestReason) return reason_too_long();
  const Result<Places> places = find_places(common.config);
  if (!places) return fail(places.error());
  const Result<KnownClients> known = known_clients(*places);
  if (!known) return fail(known.error());
  const std::vector<Kind> kinds = concerned(*known, options.name, state);
  if (kinds.empty() || options.name.empty()) return not_found(*known, options.name, state);
  if (state == ClientState::State::Active) {
    const int may = may_widen(fmt::format("let '{}' continue?", options.name), options.yes);
    if (may != kDone) return may;
  }
  const std::string because = by_whom(options.because);
  for (const Kind kind : kinds) {
    const Status written = write_client_state(places->database(), {.kind = kind,
                                                                   .name = options.name,
                                                                   .state = state,
                                                                   .since = wall_now(),
                                                                   .because = because});
    if (!written) return fail(written.error());
  }
  const auto [notified, failed] = notify_gates(*places, "clients");
  print_change(options, state, kinds, notified, common);
  return failed > 0 ? kFailed : kDone;
}

Run changer(Syntax& syntax, const std::shared_ptr<ChangeOptions>& options,
            ClientState::State state) {
  syntax.required("NAME", options->name,
                  "the name of a client, the name of a token, or the id of a session");
  syntax.value("--because", "TEXT", options->because,
               "the reason, shown to the client and recorded");
  return [options, state](const Common& common) { return change(*options, state, common); };
}

}  // namespace

Run add_clients_pause(Syntax& syntax) {
  return changer(syntax, std::make_shared<ChangeOptions>(), ClientState::State::Paused);
}

Run add_clients_resume(Syntax& syntax) {
  const auto options = std::make_shared<ChangeOptions>();
  const Run run = changer(syntax, options, ClientState::State::Active);
  syntax.flag("--yes", options->yes, "don't ask for confirmation");
  return run;
}

Run add_clients_revoke(Syntax& syntax) {
  return changer(syntax, std::make_shared<ChangeOptions>(), ClientState::State::Revoked);
}

}  // namespace callgate

// `callgate unregister`: restores the clients' files that `callgate register` has changed.
#include <fmt/core.h>

#include <map>
#include <memory>

#include "callgate/base/text.h"
#include "callgate/wire/writer.h"
#include "cli/text/terminal.h"
#include "desktop.h"

namespace callgate {

namespace {

/// Maps each file of a client to its registrations. All registrations of one file are undone
/// together.
using ByFile = std::map<std::string, std::vector<Registration>>;

ByFile meant(const DesktopOptions& options, const Places& places) {
  ByFile out;
  for (Registration& each : registrations(places)) {
    const bool client = options.client.empty() || each.client == options.client;
    const bool scope = options.scope.empty() || each.scope == options.scope;
    const bool file = options.file.empty() || each.path == options.file;
    if (client && scope && file) out[each.path].push_back(std::move(each));
  }
  return out;
}

std::string undo_text(const UndoPlan& plan) {
  const ClientApp* const client = find_client(plan.client);
  std::string out = fmt::format("{}: {}\n", client->title, plan.path);
  if (!plan.after) {
    out += "  the file is removed, because it did not exist before\n";
  } else if (plan.exact) {
    out += "  the file gets exactly the contents that it had before callgate register\n";
  } else {
    out +=
        "  the file has changed since callgate register: its servers are restored, everything else "
        "stays as it is\n";
  }
  if (!plan.back.empty())
    out += fmt::format("  the client starts these servers itself again: {}\n", joined(plan.back));
  return visible(out, Lines::Kept);
}

std::string undo_json(const std::vector<UndoPlan>& plans, bool done) {
  JsonWriter json;
  json.begin_object().key("files").begin_array();
  for (const UndoPlan& plan : plans) {
    json.begin_object().key("client").string(plan.client).key("file").string(plan.path);
    json.key("exact").boolean(plan.exact).key("removed").boolean(!plan.after);
    json.key("servers").strings(plan.back).end_object();
  }
  return json.end_array().key("done").boolean(done).end_object().take();
}

int no_registration(const DesktopOptions& options) {
  std::vector<std::string> known;
  for (const ClientApp& each : all_clients()) known.emplace_back(each.id);
  if (!options.client.empty() && !find_client(options.client))
    return wrong_usage(fmt::format("no client '{}' is known{}", options.client,
                                   did_you_mean(options.client, known)));
  print_message(options.client.empty()
                    ? "callgate is registered with no client"
                    : fmt::format("callgate is not registered with {}", options.client));
  return kNothingFound;
}

int run_unregister(const DesktopOptions& options, const Common& common) {
  const Result<Places> places = find_places(common.config);
  if (!places) return fail(places.error());
  const ByFile files = meant(options, *places);
  if (files.empty()) return no_registration(options);
  std::vector<UndoPlan> plans;
  for (const auto& [path, each] : files) {
    auto plan = plan_undo(each);
    if (!plan) return fail(plan.error());
    plans.push_back(std::move(*plan));
  }
  const bool json = common.json || common.jsonl;
  if (!json)
    for (const UndoPlan& plan : plans) print(undo_text(plan));
  if (options.dry_run) {
    if (json) print_json(undo_json(plans, false));
    return kDone;
  }
  const std::string again =
      "callgate unregister" + (options.client.empty() ? "" : " " + options.client) +
      (options.scope.empty() ? "" : " --scope " + options.scope) +
      (options.file.empty() ? "" : " --file '" + options.file + "'") + " --yes";
  if (const int may = may_carry_out(options, "let clients start these servers themselves?", again);
      may != kDone) {
    if (json) print_json(undo_json(plans, false));
    return may;
  }
  for (const UndoPlan& plan : plans)
    if (const Status done = carry_out(plan, *places); !done) return fail(done.error());
  if (json) print_json(undo_json(plans, true));
  if (!json && !common.quiet)
    print_message(
        fmt::format("done; restart the client. The servers also stay in {}", places->config_file));
  return kDone;
}

}  // namespace

Run add_unregister(Syntax& syntax) {
  const auto options = std::make_shared<DesktopOptions>();
  options->scope.clear();
  add_desktop_arguments(syntax, *options);
  return [options](const Common& common) { return run_unregister(*options, common); };
}

}  // namespace callgate

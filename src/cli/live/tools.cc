// `callgate tools`: lists the tools that a client sees, and how much of the model's context their
// definitions take, or shows one tool.
#include <fmt/core.h>

#include <algorithm>

#include "callgate/protect/masker.h"
#include "callgate/wire/writer.h"
#include "cli/commands.h"
#include "cli/gates/gate_run.h"
#include "cli/text/json_text.h"
#include "cli/text/table.h"
#include "cli/text/time_text.h"

namespace callgate {

namespace {

struct ToolsOptions {
  std::string name;  // the tool to show; empty: list all tools
  std::string wait = "30s", profile;
};

std::string tool_json(const ToolView& tool, bool with_definition) {
  JsonWriter json;
  json.begin_object().key("exposed").string(tool.exposed).key("server").string(tool.server);
  json.key("tool").string(tool.name).key("hidden").boolean(tool.hidden);
  json.key("bytes").integer(static_cast<int64_t>(tool.definition.size()));
  json.key("tokens").integer(static_cast<int64_t>(tokens(tool.definition.size())));
  if (with_definition) json.key("definition").raw(JsonReader().one_line(tool.definition));
  return json.end_object().take();
}

std::string server_tools_json(const ServerStatus& server, const LeftAlone& left) {
  const auto running = left.running.find(server.name);
  const bool runs = running != left.running.end();
  JsonWriter json;
  json.begin_object()
      .key("name")
      .string(server.name)
      .key("state")
      .string(runs ? running->second.server.state : state_word(server));
  const std::string why = runs                 ? running->second.server.why
                          : server.why.empty() ? server.list_why
                                               : server.why.text();
  json.key("why");
  why.empty() ? json.null() : json.string(why);
  return json.end_object().take();
}

void print_tools(const std::vector<ToolView>& tools, const Common& common) {
  std::vector<std::vector<Cell>> cells;
  size_t bytes = 0, count = 0, all_tokens = 0;
  for (const ToolView& tool : tools) {
    cells.push_back(
        {{visible(tool.exposed, Lines::Escaped), tool.hidden ? Style::Dim : Style::Cyan, ""},
         {visible(tool.server, Lines::Escaped)},
         {std::to_string(tool.definition.size())},
         {std::to_string(tokens(tool.definition.size()))},
         {tool.hidden ? "hidden" : "", Style::Yellow, ""}});
    if (tool.hidden) continue;
    bytes += tool.definition.size();
    all_tokens += tokens(tool.definition.size());
    ++count;
  }
  print(render(screen(common),
               {{.title = "tool", .takes_rest = true, .at_least = 24},
                {.title = "server", .at_most = 24, .give_up = 1},
                {.title = "bytes", .align = Align::Right, .give_up = 2},
                {.title = "~tokens", .align = Align::Right},
                {.title = ""}},
               std::move(cells)));
  if (!common.quiet)
    print_message(fmt::format("{}, {}, about {}", grouped(count, "tool"), grouped(bytes, "byte"),
                              grouped(all_tokens, "token")));
}

void print_json_list(const std::vector<ToolView>& tools, const Gate& gate, const LeftAlone& left) {
  JsonWriter json;
  json.begin_object().key("tools").begin_array();
  for (const ToolView& tool : tools) json.raw(tool_json(tool, false));
  json.end_array().key("servers").begin_array();
  for (const ServerStatus& server : gate.servers()) json.raw(server_tools_json(server, left));
  print_json(json.end_array().end_object().take());
}

/// Describes a list item that the gate hides from clients or changes for them.
std::string fault_text(const ItemReport& item) {
  std::string text = item.name.empty() ? "an item of " + item.list : "'" + item.name + "'";
  text += fmt::format(" of server '{}' ({})", item.server, item.list);
  if (!item.hidden.empty()) return text + " is hidden from clients: " + item.hidden;
  text += " is changed for clients: ";
  for (size_t i = 0; i < item.changes.size(); ++i) text += (i > 0 ? "; " : "") + item.changes[i];
  return text;
}

using Hide = std::function<std::string(const std::string&)>;

void print_faults(const Gate& gate, const std::string& name, const Hide& hide) {
  for (const ItemReport& item : gate.item_faults())
    if (name.empty() || item.name == name || item.server + "__" + item.name == name)
      print_message(hide(fault_text(item)));
}

/// Masks secrets in the tools' definitions, because servers may write variables of their
/// environment into the definitions.
void hide_secrets(std::vector<ToolView>& tools, const SecretMasker* masker) {
  if (!masker) return;
  for (ToolView& tool : tools) {
    for (std::string* name : {&tool.exposed, &tool.name}) *name = masker->mask_text(*name).text;
    tool.definition = masker->mask_json(tool.definition, SIZE_MAX).text;
  }
}

int list_tools(const std::vector<ToolView>& tools, const Gate& gate, const LeftAlone& left,
               const Hide& hide, const Common& common) {
  if (common.json) {
    print_json_list(tools, gate, left);
  } else if (common.jsonl) {
    for (const ToolView& tool : tools) print_json(tool_json(tool, false));
  } else if (!tools.empty()) {
    print_tools(tools, common);
  }
  if (!common.quiet) print_faults(gate, "", hide);
  if (print_servers_down(gate, left) > 0) return kFailed;
  if (!tools.empty()) return kDone;
  if (!common.quiet) print_message("no server offers a tool");
  return kNothingFound;
}

int show_tools(const std::vector<ToolView>& tools, const Gate& gate, const LeftAlone& left,
               const Hide& hide, const std::string& name, const Common& common) {
  std::vector<std::string> known;
  for (const ToolView& tool : tools) {
    known.push_back(tool.exposed);
    if (tool.exposed != name && tool.server + "__" + tool.name != name) continue;
    if (common.json || common.jsonl) {
      print_json(tool_json(tool, true));
      return kDone;
    }
    print(fmt::format(
        "{}{}\nserver '{}', the server's own name for the tool '{}', {}, about {}\n",
        visible(tool.exposed, Lines::Escaped), tool.hidden ? " (hidden from clients)" : "",
        visible(tool.server, Lines::Escaped), visible(tool.name, Lines::Escaped),
        grouped(tool.definition.size(), "byte"), grouped(tokens(tool.definition.size()), "token")));
    print(JsonReader().for_people(tool.definition, 0) + "\n");
    if (!common.quiet) print_faults(gate, tool.server + "__" + tool.name, hide);
    return kDone;
  }
  const bool down = print_servers_down(gate, left) > 0;
  print_faults(gate, name, hide);
  print_message(fmt::format("no tool '{}'{}", name, did_you_mean(name, known)));
  return down ? kFailed : kNothingFound;
}

/// Makes the servers use the accounts that the profile chooses, because the command's own session
/// need not have this profile.
void use_accounts_of(const std::string& profile, Config& config) {
  for (const ProfileConfig& each : config.profiles) {
    if (each.name != profile) continue;
    for (ServerConfig& server : config.servers)
      if (const auto choice = each.accounts.find(server.name);
          server.remote && choice != each.accounts.end())
        server.remote->accounts = {{.name = choice->second, .under = {}}};
  }
}

int run_tools(const ToolsOptions& options, const Common& common) {
  const std::optional<Millis> wait = parse_duration(options.wait);
  if (!wait)
    return wrong_usage(fmt::format("--wait takes a duration such as 30s, not '{}'", options.wait));
  const Result<Places> places = find_places(common.config);
  if (!places) return fail(places.error());
  Result<Config> config = config_or_errors(*places);
  if (!config) return fail(config.error());
  if (const Status known = known_profile(*config, options.profile); !known)
    return wrong_usage(known.error().message);
  use_accounts_of(options.profile, *config);
  const LeftAlone left = leave_alone(*config, *places, options.name);
  auto run = GateRun::open(std::move(*config), *places, GateRun::Purpose::Inspect);
  if (!run) return fail(run.error());
  (*run)->client().settle(*wait);
  if ((*run)->interrupted()) return kFailed;
  std::vector<ToolView> tools = (*run)->gate().tools(options.profile);
  std::sort(tools.begin(), tools.end(),
            [](const ToolView& a, const ToolView& b) { return a.exposed < b.exposed; });
  const std::shared_ptr<const SecretMasker> masker = (*run)->process().masker();
  hide_secrets(tools, masker.get());
  const Hide hide = [&masker](const std::string& text) {
    return masker ? masker->mask_text(text).text : text;
  };
  return options.name.empty() ? list_tools(tools, (*run)->gate(), left, hide, common)
                              : show_tools(tools, (*run)->gate(), left, hide, options.name, common);
}

Run runner(const std::shared_ptr<ToolsOptions>& options, Syntax& syntax) {
  syntax.value("--wait", "LENGTH", options->wait,
               "how long servers may take to start (default 30s)");
  syntax.value("--profile", "NAME", options->profile,
               "only tools that a client with this profile sees");
  return [options](const Common& common) { return run_tools(*options, common); };
}

}  // namespace

Run add_tools_list(Syntax& syntax) { return runner(std::make_shared<ToolsOptions>(), syntax); }

Run add_tools_show(Syntax& syntax) {
  const auto options = std::make_shared<ToolsOptions>();
  syntax.required("NAME", options->name, "a tool as clients see it, or server__tool");
  return runner(options, syntax);
}

}  // namespace callgate

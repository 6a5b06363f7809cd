#include "doctor_tools.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "callgate/wire/writer.h"
#include "cli/text/json_text.h"
#include "cli/text/table.h"
#include "cli/text/time_text.h"
#include "tool_faults.h"

namespace callgate {

namespace {

// Doctor warns if all definitions together take more tokens than this, which is a tenth of a
// context of 200,000 tokens.
constexpr size_t kHeavy = 20'000;
constexpr size_t kMostLines = 10;

struct Cost {
  std::string name;
  size_t tools = 0, bytes = 0;
};

bool costs_more(const Cost& a, const Cost& b) { return a.bytes > b.bytes; }

std::vector<Cost> costs_of(const std::vector<ToolView>& tools) {
  std::map<std::string, Cost> by_server;
  for (const ToolView& tool : tools) {
    if (tool.hidden) continue;
    Cost& cost = by_server[tool.server];
    cost.name = tool.server;
    ++cost.tools;
    cost.bytes += tool.definition.size();
  }
  std::vector<Cost> all;
  for (auto& [name, cost] : by_server) all.push_back(std::move(cost));
  std::stable_sort(all.begin(), all.end(), costs_more);
  return all;
}

void show_costs(const std::vector<Cost>& costs, const Screen& screen, DoctorReport& report) {
  std::vector<std::vector<Cell>> cells;
  for (const Cost& cost : costs)
    cells.push_back({{visible(cost.name, Lines::Escaped)},
                     {std::to_string(cost.tools)},
                     {std::to_string(cost.bytes)},
                     {std::to_string(tokens(cost.bytes))}});
  Screen plain = screen;
  plain.color = false;  // the report colours the lines when it is printed
  report.table("Context", render(plain,
                                 {{.title = "server", .at_most = 30},
                                  {.title = "tools", .align = Align::Right},
                                  {.title = "bytes", .align = Align::Right},
                                  {.title = "~tokens", .align = Align::Right}},
                                 std::move(cells)));
}

std::string largest_share(size_t part, size_t all) {
  if (part > all / 2) return "most of this is for";
  return fmt::format("the largest part, {} %, is for", (100 * part + all / 2) / all);
}

void check_costs(const std::vector<ToolView>& tools, const Screen& screen, DoctorReport& report) {
  const std::vector<Cost> costs = costs_of(tools);
  Cost all;
  for (const Cost& cost : costs) {
    all.tools += cost.tools;
    all.bytes += cost.bytes;
  }
  const std::string text = fmt::format(
      "the definitions of {} take {}, about {}, of the model's context in each session",
      grouped(all.tools, "tool"), grouped(all.bytes, "byte"), grouped(tokens(all.bytes), "token"));
  if (tokens(all.bytes) > kHeavy)
    report.add("doctor.context_heavy",
               fmt::format("{}; {} the server '{}'", text,
                           largest_share(costs.front().bytes, all.bytes), costs.front().name),
               "hide tools that are not needed: \"tools\": {\"hide\": [\"…\"]} in a server's "
               "entry, or give clients profiles; see callgate tools list");
  else if (all.tools > 0)
    report.add("doctor.context", text);
  if (!costs.empty()) show_costs(costs, screen, report);
}

void check_faults(const std::vector<ToolView>& tools, DoctorReport& report) {
  JsonReader reader;
  std::map<std::string, std::vector<std::string>> by_server;
  for (const ToolView& tool : tools) {
    const MessagePtr definition = tool.hidden ? nullptr : reader.read(tool.definition);
    if (!definition) continue;
    std::string line;
    for (const std::string& fault : tool_faults(definition->root()))
      line += (line.empty() ? tool.name + ": " : "; ") + fault;
    if (!line.empty()) by_server[tool.server].push_back(std::move(line));
  }
  for (const auto& [server, lines] : by_server) {
    std::string detail;
    for (size_t i = 0; i < lines.size() && i < kMostLines; ++i) detail += lines[i] + "\n";
    if (lines.size() > kMostLines)
      detail += fmt::format("and {} more\n", lines.size() - kMostLines);
    report.add("doctor.tool_fault",
               fmt::format("server '{}': clients or models may refuse or misread {} of tools",
                           server, grouped(lines.size(), "definition")),
               "tell the server's author; until the definitions are corrected, hide these tools: "
               "\"tools\": {\"hide\": [\"…\"]}",
               detail);
  }
}

void check_names(const Patient& patient, const std::vector<ToolView>& tools, DoctorReport& report) {
  for (const std::string& entry : patient.entries) {
    for (const ClientNames& client : clients_names()) {
      const size_t length = client.before.size() + entry.size() + client.after.size();
      std::string detail;
      size_t count = 0;
      for (const ToolView& tool : tools) {
        if (tool.hidden || length + tool.exposed.size() <= client.most) continue;
        if (++count <= kMostLines)
          detail += fmt::format("{}{}{}{}\n", client.before, entry, client.after, tool.exposed);
      }
      if (count == 0) continue;
      report.add("doctor.name_long",
                 fmt::format("{} longer than the {} characters that are allowed in {}",
                             count == 1 ? "a name is" : fmt::format("{} names are", count),
                             client.most, client.client),
                 fmt::format("give the entry '{}' in the client's file a shorter name", entry),
                 detail);
    }
  }
}

}  // namespace

std::vector<KeptTools> tools_by_server(const std::vector<ToolView>& tools) {
  JsonReader reader;
  std::map<std::string, KeptTools> servers;
  for (const ToolView& tool : tools) {
    KeptTool kept{.name = tool.name, .arguments = {}};
    if (const MessagePtr definition = reader.read(tool.definition))
      for (const Value argument : definition->root().find("inputSchema").find("properties"))
        kept.arguments.push_back(argument.key());
    servers[tool.server].list.push_back(std::move(kept));
  }
  std::vector<KeptTools> all;
  for (auto& [server, kept] : servers) {
    kept.server = server;
    all.push_back(std::move(kept));
  }
  return all;
}

void examine_tools(const Patient& patient, const std::vector<ToolView>& tools, const Screen& screen,
                   DoctorReport& report) {
  std::vector<ToolView> sorted = tools;
  std::stable_sort(sorted.begin(), sorted.end(), [](const ToolView& a, const ToolView& b) {
    return a.definition.size() > b.definition.size();
  });
  JsonWriter json;
  json.begin_array();
  for (const ToolView& tool : sorted) {
    if (tool.hidden) continue;
    json.begin_object().key("exposed").string(tool.exposed).key("server").string(tool.server);
    json.key("bytes").integer(static_cast<int64_t>(tool.definition.size())).key("tokens");
    json.integer(static_cast<int64_t>(tokens(tool.definition.size()))).end_object();
  }
  report.fact("tools", json.end_array().take());
  check_costs(tools, screen, report);
  check_faults(sorted, report);
  check_names(patient, tools, report);
}

}  // namespace callgate

// Switches a server of our own configuration off or on.
#include "desktop/documents/document.h"
#include "own_config.h"

namespace callgate {

namespace {

/// Returns the white space to put between two members of an object. `gap` is the white space before
/// the first member. If `gap` has a line end, the result is a line end with the same indentation;
/// otherwise it is a blank.
std::string separator(std::string_view gap) {
  const size_t line = gap.find_last_of('\n');
  return line == std::string_view::npos ? " " : std::string(gap.substr(line));
}

}  // namespace

Result<SwitchPlan> plan_switch(const Places& places, const std::string& server, bool on) {
  auto own = read_own_config(places, {server});
  if (!own) return own.error();
  const auto message = parse_jsonc(own->text);
  ENSURE(message.ok());  // the configuration has no errors
  const Value entry = (*message)->root().find("mcpServers").find(server);
  const Value disabled = entry.find("disabled");
  SwitchPlan plan{.config = std::move(own->file), .after = own->text, .changes = false};
  if (disabled.boolean().value_or(false) == !on) return plan;
  plan.changes = true;
  const std::string_view word = on ? "false" : "true";
  if (disabled) {
    const Node& node = disabled.node();
    plan.after.replace(node.begin, node.end - node.begin, word);
    return plan;
  }
  // The entry has at least one member, its command.
  const size_t inside = entry.node().begin + 1;
  const size_t first = (*entry.begin()).node().key_begin;
  const std::string blanked((*message)->bytes().substr(inside, first - inside));
  plan.after.insert(first, "\"disabled\": " + std::string(word) + "," + separator(blanked));
  return plan;
}

Status carry_out(const SwitchPlan& plan, const Places& places) {
  return replace_own_config(plan.config, plan.after, places);
}

}  // namespace callgate

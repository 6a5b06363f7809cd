// Examines secrets in the configuration: hides all of them, and reports those in plain text.
#include <fmt/core.h>

#include "callgate/config/secret_names.h"
#include "callgate/desktop/takeover.h"
#include "desktop.h"
#include "doctor.h"

namespace callgate {

namespace {

bool is_reference(std::string_view value) { return value.find("${") != std::string_view::npos; }

/// Whether the value may be a secret although its name does not show it. In doubt, it is hidden.
bool looks_random(std::string_view value) {
  constexpr size_t kShortest = 12;
  return value.size() >= kShortest && value.find('/') == std::string_view::npos &&
         value.find_first_of("0123456789") != std::string_view::npos &&
         value.find_first_not_of("0123456789.:-") != std::string_view::npos;
}

/// Returns the part of `arg` that is hidden in `shown`.
std::string hidden_part(const std::string& arg, const std::string& shown) {
  const size_t mark = shown.find(kHidden);
  if (mark == std::string::npos || arg.compare(0, mark, shown, 0, mark) != 0) return "";
  const std::string behind = shown.substr(mark + kHidden.size());
  if (arg.size() < mark + behind.size() || !arg.ends_with(behind)) return arg.substr(mark);
  return arg.substr(mark, arg.size() - mark - behind.size());
}

/// Hides the secrets of a server's variables and arguments from here on.
void hide_secrets(const ServerConfig& server, DoctorReport& report) {
  const SecretHider unchanged = [](const std::string& text) { return text; };
  for (const auto& [name, value] : server.env)
    if ((names_a_secret(name) || looks_random(value)) && !is_reference(value)) report.hide(value);
  const std::vector<std::string> shown = shown_arguments(server.args, unchanged);
  for (size_t i = 0; i < shown.size() && i < server.args.size(); ++i)
    if (shown[i] != server.args[i]) report.hide(hidden_part(server.args[i], shown[i]));
}

}  // namespace

void examine_secrets(Patient& patient, DoctorReport& report) {
  const SecretHider hide = secret_hider();
  for (const ServerConfig& server : patient.config.servers) hide_secrets(server, report);
  for (const ServerConfig& server : patient.config.servers) {
    if (starts_callgate(server.command, server.args, patient.binary))
      patient.ourselves.insert(server.name);
    std::string places;
    bool movable = false;  // `callgate secret move` moves whole variables only
    for (const std::string& place : plain_secrets(server, hide)) {
      places += (places.empty() ? "" : ", ") + (place == "args" ? "an argument" : place);
      movable = movable || place != "args";
    }
    if (places.empty()) continue;
    report.add("doctor.secret_plain",
               fmt::format("server '{}' has a secret in plain text: {}", server.name, places),
               movable ? shell_line("callgate", {"secret", "move", server.name, "--dry-run"})
                       : "arguments are visible to all users of this machine: if the server takes "
                         "it from a variable, put it into \"env\" instead");
  }
}

}  // namespace callgate

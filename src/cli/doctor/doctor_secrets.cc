// Examines secrets in the configuration: hides all of them in the report, and reports the secrets
// that the configuration has in plain text.
#include <fmt/core.h>

#include "callgate/config/secret_names.h"
#include "callgate/desktop/server_import.h"
#include "cli/setup/desktop.h"
#include "doctor.h"

namespace callgate {

namespace {

bool is_reference(std::string_view value) { return value.find("${") != std::string_view::npos; }

/// Returns true if the value looks like a secret although the variable's name does not say so.
/// Returns true in cases of doubt, so that the report hides the value.
bool looks_random(std::string_view value) {
  constexpr size_t kShortest = 12;
  return value.size() >= kShortest && value.find('/') == std::string_view::npos &&
         value.find_first_of("0123456789") != std::string_view::npos &&
         value.find_first_not_of("0123456789.:-") != std::string_view::npos;
}

/// Returns the part of `arg` that is replaced by kHidden in `shown`. Returns "" if no part is
/// replaced.
std::string hidden_part(const std::string& arg, const std::string& shown) {
  const size_t mark = shown.find(kHidden);
  if (mark == std::string::npos || arg.compare(0, mark, shown, 0, mark) != 0) return "";
  const std::string after = shown.substr(mark + kHidden.size());
  if (arg.size() < mark + after.size() || !arg.ends_with(after)) return arg.substr(mark);
  return arg.substr(mark, arg.size() - mark - after.size());
}

/// Hides the secrets in a server's variables and arguments in the rest of the report.
void hide_values(const ServerConfig& server, DoctorReport& report) {
  const SecretHider unchanged = [](const std::string& text) { return text; };
  for (const auto& [name, value] : server.named_values())
    if ((names_a_secret(name) || looks_random(value)) && !is_reference(value)) report.hide(value);
  for (const auto& [name, value] : server.sign_in_values())
    if (!is_reference(value)) report.hide(value);
  const std::vector<std::string> shown = shown_arguments(server.args, unchanged);
  for (size_t i = 0; i < shown.size() && i < server.args.size(); ++i)
    if (shown[i] != server.args[i]) report.hide(hidden_part(server.args[i], shown[i]));
}

}  // namespace

void examine_secrets(Patient& patient, DoctorReport& report) {
  const SecretHider hide = secret_hider();
  for (const ServerConfig& server : patient.config.servers) hide_values(server, report);
  for (const ServerConfig& server : patient.config.servers) {
    if (starts_callgate(server.command, server.args, patient.binary))
      patient.ourselves.insert(server.name);
    std::string places;
    // True if at least one variable or header has a secret. `callgate secret move` moves only
    // these.
    bool movable = false;
    for (const std::string& place : plain_secrets(server, hide)) {
      const bool in_text = place == "args" || place == "url" ||
                           (place.starts_with("auth.") && place != "auth.client_secret");
      places += (places.empty() ? "" : ", ") + (place == "args"  ? "an argument"
                                                : place == "url" ? "the URL"
                                                                 : place);
      movable = movable || !in_text;
    }
    if (places.empty()) continue;
    report.add("doctor.secret_plain",
               fmt::format("server '{}' has a secret in plain text: {}", server.name, places),
               movable ? shell_line("callgate", {"secret", "move", server.name, "--dry-run"})
               : server.remote
                   ? "store it with `callgate secret set NAME`, and write ${secret:NAME} "
                     "there instead"
                   : "arguments are visible to all users of this machine: if the server can "
                     "take the secret from a variable, put the secret into \"env\" instead");
  }
}

}  // namespace callgate

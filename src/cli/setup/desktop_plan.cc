// Formats a plan of `callgate import` or `register` as text and as JSON.
#include <fmt/core.h>

#include <set>
#include <utility>

#include "callgate/base/ascii.h"
#include "callgate/base/text.h"
#include "callgate/wire/writer.h"
#include "cli/text/terminal.h"
#include "cli/text/time_text.h"
#include "desktop.h"
#include "secret_moves.h"

namespace callgate {

namespace {

const char* decision_word(ImportDecision decision) {
  switch (decision) {
    case ImportDecision::Take:
      return "take";
    case ImportDecision::Present:
      return "present";
    case ImportDecision::Stay:
      return "stay";
    case ImportDecision::Ourselves:
      return "callgate";
  }
  return "";
}

std::string shown_url(const RemoteConfig& remote, const SecretHider& hide) {
  return shown_arguments({remote.url}, hide)[0];
}

/// Returns the command with which the user signs in; "" if the server's entry has a header for
/// that, or forbids it. A server that wants no sign-in also has such a command, because the entry
/// does not show what the server wants.
std::string sign_in_line(const ServerConfig& server) {
  if (!server.remote || server.remote->sign_in.way == SignInConfig::Way::Never) return "";
  for (const auto& [name, value] : server.remote->headers)
    if (equal_ignoring_case(name, "Authorization")) return "";
  return shell_line("callgate", {"auth", "login", server.name});
}

std::string remote_server_text(const ServerConfig& server, const SecretHider& hide) {
  const RemoteConfig& remote = *server.remote;
  std::string out = "      " + shown_url(remote, hide) + "\n";
  for (const auto& [name, value] : remote.headers)
    out += fmt::format("      header {}: {}\n", name, shown_variable(value));
  for (const auto& [name, value] : server.sign_in_values())
    out += fmt::format("      {}: {}\n", name, shown_variable(value));
  if (const std::string login = sign_in_line(server); !login.empty())
    out += fmt::format("      if the server wants a sign-in: {}\n", login);
  return out;
}

std::string moved_server_text(const ServerImport& each, const SecretHider& hide) {
  const ServerConfig& server = each.server;
  std::string out = "    " + server.name;
  if (server.disabled) out += " (disabled)";
  if (server.remote) out += " (by URL)";
  if (each.decision == ImportDecision::Present) return out + ": is configured already\n";
  if (server.remote)
    out += "\n" + remote_server_text(server, hide);
  else
    out += "\n      " + shell_line(server.command, shown_arguments(server.args, hide)) + "\n";
  for (const auto& [name, value] : server.env)
    out += fmt::format("      env {}={}\n", name, shown_variable(value));
  if (!server.env_pass.empty())
    out += fmt::format("      env {} (passed on)\n", joined(server.env_pass));
  if (!each.unpassed.empty())
    out += fmt::format("      env {} (set in this terminal, but not passed on to the server)\n",
                       joined(each.unpassed));
  if (!server.cwd.empty()) out += "      in " + server.cwd + "\n";
  for (const std::string& note : each.notes) out += "      note: " + note + "\n";
  return out;
}

std::string secrets_text(const RegisterPlan& plan) {
  std::string out;
  for (const ServerImport& each : plan.servers) {
    if (each.decision != ImportDecision::Take) continue;
    for (const std::string& place : each.secrets)
      out += fmt::format("    {} of {}\n",
                         place == "args"  ? "an argument"
                         : place == "url" ? "the URL"
                                          : place,
                         each.server.name);
  }
  if (!out.empty()) out = "  secrets in plain text\n" + out;
  if (plain_variables(plan) > 0)
    out += fmt::format("    callgate {} {} --secrets moves these variables to callgate's secrets\n",
                       plan.writes_client ? "register" : "import", plan.file.client->id);
  if (plan.moved.empty()) return out;
  out += "  secrets that move to callgate's secrets\n" + moved_text(plan.moved);
  return out + fmt::format("    {} keeps these secrets in plain text\n",
                           plan.writes_client ? "the stored copy of the client's file"
                                              : "the client's file");
}

std::string unpassed_text(const RegisterPlan& plan) {
  const std::vector<std::string> names = unpassed_variables(plan);
  if (names.empty()) return "";
  return fmt::format(
      "  variables that {} gave these servers, and that the servers seem to read\n    {}\n    "
      "callgate {} {} --env-pass passes these variables on\n",
      plan.file.client->title, joined(names), plan.writes_client ? "register" : "import",
      plan.file.client->id);
}

/// Describes servers that the same client reads from a file other than the plan's file.
std::string elsewhere_text(const OtherPlace& place, const RegisterPlan& plan) {
  const ClientApp& client = *plan.file.client;
  const std::string also =
      fmt::format("  also: {} in {}", grouped(place.names.size(), "server"), place.path);
  if (place.only_read)
    return also + fmt::format(
                      ": {}\n    callgate can't import these servers; until you move them into {}, "
                      "callgate does not see their calls\n",
                      joined(place.names), plan.client.path);
  std::string arguments;
  if (place.scope != "user") arguments += " --scope " + place.scope;
  if (place.other_file) arguments += " --file '" + place.path + "'";
  return also + fmt::format("; see callgate register {}{}\n", client.id, arguments);
}

/// Describes the profile for this client alone, the variables that the client's entry passes on to
/// callgate, and the notes for the user.
std::string profile_text(const RegisterPlan& plan) {
  const ClientProfile& profile = plan.profile;
  std::string out;
  if (profile.servers || !profile.deny.empty() || !profile.ask.empty())
    out += fmt::format("  limits for this client alone (profile {})\n", profile.name);
  if (profile.servers) out += fmt::format("    servers {}\n", joined(*profile.servers));
  if (!profile.deny.empty()) out += fmt::format("    deny {}\n", joined(profile.deny));
  if (!profile.ask.empty()) out += fmt::format("    ask {}\n", joined(profile.ask));
  if (!plan.entry.passed.empty())
    out +=
        fmt::format("    callgate's entry passes on the variables {}\n", joined(plan.entry.passed));
  for (const std::string& note : plan.notes) out += fmt::format("  note: {}\n", note);
  return out;
}

void write_server_names(const std::vector<std::pair<std::string, std::string>>& all,
                        JsonWriter& json) {
  json.begin_array();
  for (const auto& [name, value] : all) json.string(name);
  json.end_array();
}

void write_local_server(const ServerImport& each, const SecretHider& hide, JsonWriter& json) {
  json.key("command").string(each.server.command);
  json.key("args").strings(shown_arguments(each.server.args, hide));
  write_server_names(each.server.env, json.key("env"));
  json.key("env_pass").strings(each.server.env_pass);
  json.key("unpassed").strings(each.unpassed);
}

void write_remote_server(const ServerConfig& server, const SecretHider& hide, JsonWriter& json) {
  json.key("url").string(shown_url(*server.remote, hide));
  write_server_names(server.remote->headers, json.key("headers"));
  const std::string login = sign_in_line(server);
  json.key("sign_in");
  login.empty() ? json.null() : json.string(login);
}

}  // namespace

size_t plain_variables(const RegisterPlan& plan) {
  size_t count = 0;
  for (const ServerImport& each : plan.servers)
    if (each.decision == ImportDecision::Take)
      for (const std::string& place : each.secrets) count += place != "args" && place != "url";
  return count;
}

std::vector<std::string> unpassed_variables(const RegisterPlan& plan) {
  std::set<std::string> names;
  for (const ServerImport& each : plan.servers)
    if (each.decision == ImportDecision::Take)
      names.insert(each.unpassed.begin(), each.unpassed.end());
  return {names.begin(), names.end()};
}

std::string plan_text(const RegisterPlan& plan, const Places& places) {
  const SecretHider hide = secret_hider();
  std::string imported, kept, own;
  for (const ServerImport& each : plan.servers) {
    if (each.decision == ImportDecision::Stay)
      kept += fmt::format("    {}: {}\n", each.name, each.why);
    else if (each.decision == ImportDecision::Ourselves)
      own += fmt::format("    {}: is callgate itself\n", each.name);
    else
      imported += moved_server_text(each, hide);
  }
  std::string out = fmt::format("{}: {}{}\n", plan.file.client->title, plan.client.path,
                                plan.client.bytes ? "" : " (new)");
  if (plan.client.real != plan.client.path)
    out += fmt::format("  (a link to {})\n", plan.client.real);
  if (!imported.empty())
    out += fmt::format("  into {}{}\n{}", plan.config.path, plan.config.bytes ? "" : " (new)",
                       imported);
  if (!own.empty()) out += "  not imported\n" + own;
  if (!kept.empty())
    out +=
        "  servers that can't be imported; they stay with the client, and callgate doesn't see "
        "their calls\n" +
        kept;
  out += secrets_text(plan) + unpassed_text(plan);
  if (plan.writes_client) {
    out += fmt::format("  {} then starts\n    {}: {}\n", plan.file.client->title, plan.name,
                       shell_line(plan.entry.command, plan.entry.args));
    for (const auto& [name, value] : plan.entry.env)
      out += fmt::format("      env {}={}\n", name, value);
    if (plan.client.bytes)
      out += fmt::format("  a copy of the present file is stored below {}/desktop\n",
                         places.state_dir);
  }
  out += profile_text(plan);
  for (const OtherPlace& each : plan.elsewhere) out += elsewhere_text(each, plan);
  return visible(out, Lines::Kept);
}

std::string plan_json(const RegisterPlan& plan, bool done, const std::string& backup) {
  const SecretHider hide = secret_hider();
  JsonWriter json;
  json.begin_object().key("client").string(plan.file.client->id);
  json.key("scope").string(scope_word(plan.file.file->scope)).key("file").string(plan.client.path);
  json.key("config").string(plan.config.path).key("servers").begin_array();
  for (const ServerImport& each : plan.servers) {
    json.begin_object().key("name").string(each.name).key("verdict").string(
        decision_word(each.decision));
    if (each.decision == ImportDecision::Stay) {
      json.key("why").string(each.why).end_object();
      continue;
    }
    json.key("as").string(each.server.name);
    if (each.server.remote)
      write_remote_server(each.server, hide, json);
    else
      write_local_server(each, hide, json);
    json.key("notes").strings(each.notes);
    json.key("secrets").strings(each.secrets);
    json.key("asked").strings(each.asked);
    json.end_object();
  }
  json.end_array().key("writes_config").boolean(plan.writes_config);
  json.key("writes_client").boolean(plan.writes_client);
  if (plan.writes_client) {
    json.key("entry").begin_object().key("name").string(plan.name);
    json.key("command").string(plan.entry.command);
    json.key("args").strings(plan.entry.args);
    json.end_object();
  }
  json.key("moved").begin_array();
  for (const MovedSecret& each : plan.moved) json.string(each.secret);
  json.end_array().key("done").boolean(done).key("backup");
  return (backup.empty() ? json.null() : json.string(backup)).end_object().take();
}

}  // namespace callgate

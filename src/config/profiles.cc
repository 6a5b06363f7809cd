// Reads the `profiles` object. Each profile has the servers that a client sees, a policy, and the
// accounts of remote servers.
#include <fmt/core.h>

#include <algorithm>

#include "callgate/base/ascii.h"
#include "reader.h"

namespace callgate {

namespace {

constexpr size_t kLongestProfileName = 64;
constexpr size_t kMostProfiles = 256;

bool is_name(std::string_view name) {
  const auto fits = [](char c) {
    return is_letter_or_digit(c) || c == '-' || c == '_' || c == '.';
  };
  return !name.empty() && name.size() <= kLongestProfileName &&
         std::all_of(name.begin(), name.end(), fits);
}

ChosenAccounts read_chosen_accounts(Reader& reader, const Place& at) {
  ChosenAccounts chosen;
  for (const Place& member : reader.members(at))
    if (auto account = reader.text(member))
      chosen.insert_or_assign(member.value.key(), std::move(*account));
  return chosen;
}

ProfileConfig read_profile(Reader& reader, const Place& at) {
  ProfileConfig profile;
  profile.name = at.value.key();
  if (!is_name(profile.name))
    reader.fail(at, "config.value", "a profile's name has 1 to 64 letters, digits, '-', '_' or '.'",
                "rename it");
  reader.object(
      at,
      {
          {"servers", [&](const Place& p) { profile.servers = reader.texts(p); }},
          {"policy", [&](const Place& p) { profile.policy = read_policy(reader, p); }},
          {"accounts", [&](const Place& p) { profile.accounts = read_chosen_accounts(reader, p); }},
      });
  return profile;
}

// The policy of a profile applies only to sessions with this profile. So in a rule of such a
// policy, the key "profile" would have no effect, or the rule would never match.
void refuse_profile_keys(Reader& reader, const PolicyConfig& policy, const std::string& key) {
  for (const auto* rules : {&policy.deny, &policy.ask, &policy.allow})
    for (const RuleSpec& rule : *rules)
      if (!rule.profile.empty())
        reader.fail(Position{rule.line, rule.column}, key + "." + rule.written, "config.value",
                    "a rule inside a profile is only about this profile anyway",
                    "remove \"profile\"");
}

void fail_unknown_server(Reader& reader, const Place& at, std::string_view name,
                         const std::vector<std::string>& servers) {
  const std::optional<std::string> meant = nearest(name, servers);
  reader.fail(at, "config.unknown_server",
              fmt::format("no server \"{}\" is configured", shown(name)),
              meant ? fmt::format("did you mean \"{}\"?", *meant)
                    : "add the server to mcpServers, or correct the name");
}

void check_servers(Reader& reader, const Place& at, const std::vector<std::string>& servers) {
  if (!at.value.is_array()) return;
  for (const Place& element : reader.elements(at)) {
    const std::string name = element.value.text();
    const bool known = std::find(servers.begin(), servers.end(), name) != servers.end();
    if (element.value.is_string() && !known) fail_unknown_server(reader, element, name, servers);
  }
}

void check_account(Reader& reader, const Place& at, const ServerConfig& server) {
  if (!at.value.is_string() || server.broken) return;
  const std::vector<std::string> known = account_names({server});
  const std::string account = at.value.text();
  if (std::find(known.begin(), known.end(), account) != known.end()) return;
  const std::optional<std::string> meant = nearest(account, known);
  reader.fail(at, "config.unknown_account",
              fmt::format("server \"{}\" has no account \"{}\"", server.name, shown(account)),
              !server.remote ? "remove this line: only a server with a \"url\" has accounts"
              : meant        ? fmt::format("did you mean \"{}\"?", *meant)
                      : "add the account to \"accounts\" of the server, or correct the name");
}

void check_chosen_accounts(Reader& reader, const Place& at,
                           const std::vector<ServerConfig>& servers,
                           const std::vector<std::string>& names) {
  if (!at.value.is_object()) return;
  for (const Place& member : reader.members(at)) {
    const std::string name = member.value.key();
    const auto server = std::find_if(servers.begin(), servers.end(),
                                     [&](const ServerConfig& each) { return each.name == name; });
    if (server == servers.end())
      fail_unknown_server(reader, member, name, names);
    else
      check_account(reader, member, *server);
  }
}

}  // namespace

std::vector<ProfileConfig> read_profiles(Reader& reader, const Place& at) {
  std::vector<ProfileConfig> profiles;
  reader.constrain(at, fmt::format(R"("maxProperties":{},"propertyNames":{{"pattern":)"
                                   R"("^[A-Za-z0-9._-]{{1,64}}$"}})",
                                   kMostProfiles));
  for (const Place& member : reader.members(at)) profiles.push_back(read_profile(reader, member));
  if (profiles.size() > kMostProfiles)
    reader.fail(at, "config.value", fmt::format("holds {} profiles", profiles.size()),
                fmt::format("keep at most {}", kMostProfiles));
  return profiles;
}

void check_profiles(Reader& reader, const Place& at, const PolicyConfig& global,
                    const std::vector<ServerConfig>& servers,
                    std::vector<ProfileConfig>& profiles) {
  if (!at.value || !at.value.is_object()) return;
  const std::vector<std::string> accounts = account_names(servers);
  size_t index = 0;
  for (const Place& member : reader.members(at)) {
    ProfileConfig& profile = profiles[index++];
    profile.policy.servers = global.servers;
    const std::string key = member.key + ".policy";
    check_rule_names(reader, profile.policy, key, {profile.name}, accounts);
    refuse_profile_keys(reader, profile.policy, key);
    if (const Value named = member.value.find("servers"))
      check_servers(reader, {named, member.key + ".servers"}, global.servers);
    if (const Value chosen = member.value.find("accounts"))
      check_chosen_accounts(reader, {chosen, member.key + ".accounts"}, servers, global.servers);
  }
}

}  // namespace callgate

// Reads the `profiles` object. Each profile has the servers that a client sees, and a policy.
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

ProfileConfig read_profile(Reader& reader, const Place& at) {
  ProfileConfig profile;
  profile.name = at.value.key();
  if (!is_name(profile.name))
    reader.fail(at, "config.value", "a profile's name has 1 to 64 letters, digits, '-', '_' or '.'",
                "rename it");
  reader.object(at,
                {
                    {"servers", [&](const Place& p) { profile.servers = reader.texts(p); }},
                    {"policy", [&](const Place& p) { profile.policy = read_policy(reader, p); }},
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

void check_servers(Reader& reader, const Place& at, const std::vector<std::string>& servers) {
  if (!at.value.is_array()) return;
  for (const Place& element : reader.elements(at)) {
    const std::string name = element.value.text();
    const bool known = std::find(servers.begin(), servers.end(), name) != servers.end();
    if (!element.value.is_string() || known) continue;
    const std::optional<std::string> meant = nearest(name, servers);
    reader.fail(element, "config.unknown_server",
                fmt::format("no server \"{}\" is configured", shown(name)),
                meant ? fmt::format("did you mean \"{}\"?", *meant)
                      : "add the server to mcpServers, or correct the name");
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
                    const std::vector<std::string>& accounts,
                    std::vector<ProfileConfig>& profiles) {
  if (!at.value || !at.value.is_object()) return;
  size_t index = 0;
  for (const Place& member : reader.members(at)) {
    ProfileConfig& profile = profiles[index++];
    profile.policy.servers = global.servers;
    const std::string key = member.key + ".policy";
    check_rule_names(reader, profile.policy, key, {profile.name}, accounts);
    refuse_profile_keys(reader, profile.policy, key);
    if (const Value named = member.value.find("servers"))
      check_servers(reader, {named, member.key + ".servers"}, global.servers);
  }
}

}  // namespace callgate

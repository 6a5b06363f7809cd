// `callgate secret remove`: removes a secret from the keyring or the file of secrets.
#include <fmt/core.h>

#include <memory>

#include "callgate/base/text.h"
#include "callgate/wire/writer.h"
#include "cli/commands.h"
#include "desktop.h"
#include "secrets.h"

namespace callgate {

namespace {

int not_there(const std::string& name, const Places& places) {
  std::vector<std::string> known;
  if (const auto entries = list_secrets(places.state_dir))
    for (const SecretEntry& entry : *entries) known.push_back(entry.name);
  const std::string near = did_you_mean(name, known);
  print_message(fmt::format("there is no secret '{}'{}", name,
                            near.empty() ? "; see callgate secret" : near));
  return kNothingFound;
}

int run_secret_remove(const std::string& name, const Common& common) {
  const Result<Places> places = find_places(common.config);
  if (!places) return fail(places.error());
  const auto removed = remove_secret(places->state_dir, name);
  if (!removed) return fail(removed.error());
  if (!*removed) return not_there(name, *places);
  const std::vector<std::string> users = users_of(servers_configured(*places), name);
  const size_t failed = have_gates_reload(*places, name);
  if (common.json || common.jsonl) {
    JsonWriter json;
    json.begin_object().key("removed").string(name).key("servers").begin_array();
    for (const std::string& user : users) json.string(user);
    print_json(json.end_array().end_object().take());
  } else if (!common.quiet) {
    print_message(fmt::format("secret '{}' is removed", name));
    if (!users.empty())
      print_message(fmt::format("these servers still refer to the secret and will not start: {}",
                                joined(users)));
  }
  return failed > 0 ? kFailed : kDone;
}

}  // namespace

Run add_secret_remove(Syntax& syntax) {
  const auto name = std::make_shared<std::string>();
  syntax.required("NAME", *name, "the secret's name");
  return [name](const Common& common) { return run_secret_remove(*name, common); };
}

}  // namespace callgate

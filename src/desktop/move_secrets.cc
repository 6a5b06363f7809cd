#include "callgate/desktop/move_secrets.h"

#include <algorithm>
#include <optional>

#include "callgate/base/text.h"
#include "callgate/config/secret_names.h"
#include "callgate/desktop/registration.h"
#include "callgate/wire/message.h"
#include "callgate/wire/writer.h"
#include "desktop/documents/document.h"
#include "own_config.h"

namespace callgate {

namespace {

std::string json_text(const std::string& text) { return JsonWriter().string(text).take(); }

/// Returns the value that the server gets if `env` has this text; nullopt if the text has
/// references.
std::optional<std::string> value_without_references(const std::string& text) {
  if (!references_in(text).empty()) return std::nullopt;
  std::string value;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '$' && i + 1 < text.size() && text[i + 1] == '{') return std::nullopt;
    value += text[i];
    if (text[i] == '$' && i + 1 < text.size() && text[i + 1] == '$') ++i;
  }
  return value;
}

class Mover {
 public:
  Mover(const std::string& text, const SecretHider& hide, const SecretNamer& name)
      : text_(text), hide_(hide), name_(name) {}

  void server(Value server) {
    for (const Value values : {server.find("env"), server.find("headers")})
      for (Value named : values.is_object() ? values : Value())  // a broken entry may have any type
        if (named.is_string() && is_plain_secret(named.key(), named.text(), hide_))
          move(server.key(), named.key(), named);
    if (const Value secret = server.find("auth").find("client_secret"); secret.is_string())
      if (references_in(secret.text()).empty()) move(server.key(), "auth.client_secret", secret);
    std::vector<std::string> args;
    for (Value each : server.find("args")) args.push_back(each.text());
    if (shown_arguments(args, hide_) != args) out_.left.push_back(server.key() + ": its arguments");
  }

  MovedSecrets take() {
    out_.text = spliced(text_, std::move(splices_));
    return std::move(out_);
  }

 private:
  void move(const std::string& server, const std::string& variable, Value text) {
    auto value = value_without_references(text.text());
    if (!value || value->empty()) return out_.left.push_back(server + ": " + variable);
    MovedSecret moved{.server = server,
                      .variable = variable,
                      .secret = name_(server, variable, *value),
                      .value = std::move(*value)};
    splices_.push_back(
        {text.node().begin, text.node().end, json_text("${secret:" + moved.secret + "}")});
    out_.moved.push_back(std::move(moved));
  }

  const std::string& text_;
  const SecretHider& hide_;
  const SecretNamer& name_;
  std::vector<Splice> splices_;
  MovedSecrets out_;
};

}  // namespace

MovedSecrets move_secrets(const std::string& text, const std::vector<std::string>& servers,
                          const SecretHider& hide, const SecretNamer& name) {
  Mover mover(text, hide, name);
  const auto message = parse_jsonc(text);
  ENSURE(message.ok());  // the caller passes a configuration without errors
  for (Value server : (*message)->root().find("mcpServers"))
    if (servers.empty() || contains(servers, server.key())) mover.server(server);
  return mover.take();
}

Result<MovePlan> plan_move(const Places& places, const std::vector<std::string>& servers,
                           const SecretHider& hide, const SecretNamer& name) {
  auto own = read_own_config(places, servers);
  if (!own) return own.error();
  MovePlan plan{.config = std::move(own->file), .secrets = {}};
  if (!own->text.empty()) plan.secrets = move_secrets(own->text, servers, hide, name);
  return plan;
}

Status carry_out(const MovePlan& plan, const Places& places) {
  return replace_own_config(plan.config, plan.secrets.text, places);
}

}  // namespace callgate

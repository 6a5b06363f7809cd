// `callgate token`: creates, lists and revokes the tokens of HTTP clients, and sets their profiles.
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "callgate/app/tokens.h"
#include "callgate/base/ascii.h"
#include "callgate/base/time.h"
#include "callgate/wire/writer.h"
#include "cli/commands.h"
#include "cli/gates/widening.h"
#include "cli/text/table.h"
#include "cli/text/time_text.h"

namespace callgate {

namespace {

constexpr const char* kDefault = "default";
constexpr size_t kLongestName = 64;
constexpr size_t kMostTokens = 1000;

struct TokenOptions {
  std::string name, profile;
  bool yes = false;
};

bool is_name(const std::string& name) {
  const auto fits = [](char c) {
    return is_letter_or_digit(c) || c == '-' || c == '_' || c == '.';
  };
  return !name.empty() && name.size() <= kLongestName && name != kDefault &&
         std::all_of(name.begin(), name.end(), fits);
}

std::string token_json(const NamedToken& token) {
  JsonWriter json;
  json.begin_object().key("name").string(token.name).key("profile");
  token.profile.empty() ? json.null() : json.string(token.profile);
  return json.key("created").string(token.created).end_object().take();
}

std::vector<NamedToken>::iterator named(std::vector<NamedToken>& tokens, const std::string& name) {
  return std::find_if(tokens.begin(), tokens.end(),
                      [&](const NamedToken& token) { return token.name == name; });
}

int add_token(const TokenOptions& options, const Places& places, const Common& common) {
  const std::string text = new_token();
  const auto add = [&](std::vector<NamedToken>& tokens) -> Status {
    if (named(tokens, options.name) != tokens.end())
      return Error{
          "token.exists", fmt::format("there is a token '{}' already", options.name),
          fmt::format("revoke the old token first: callgate token revoke {}", options.name)};
    if (tokens.size() >= kMostTokens)
      return Error{"token.full", "there are 1000 tokens already",
                   "revoke tokens that nobody needs any more"};
    tokens.push_back({.name = options.name,
                      .profile = options.profile,
                      .sha256 = sha256(text),
                      .created = format_wall(wall_now())});
    return {};
  };
  if (Status added = change_named_tokens(places.state_dir, add); !added) return fail(added.error());
  if (common.json || common.jsonl) {
    JsonWriter json;
    json.begin_object().key("name").string(options.name).key("profile").string(options.profile);
    print_json(json.key("token").string(text).end_object().take());
    return kDone;
  }
  print(text + "\n");
  if (!common.quiet)
    print_message(
        "the token is shown only this once; clients send it as Authorization: Bearer TOKEN");
  return kDone;
}

int run_create(const TokenOptions& options, const Common& common) {
  if (!is_name(options.name))
    return wrong_usage(
        "token create: NAME has 1 to 64 letters, digits, '-', '_' or '.', and is not 'default'");
  const Result<Places> places = find_places(common.config);
  if (!places) return fail(places.error());
  const Result<Config> config = config_or_errors(*places);
  if (!config) return fail(config.error());
  if (options.profile.empty())
    return wrong_usage(
        "token create: --profile is missing; the profile limits what clients with this token may "
        "do");
  if (const Status known = known_profile(*config, options.profile); !known)
    return wrong_usage(known.error().message);
  const int may =
      may_widen(fmt::format("accept clients with the new token '{}' and the profile '{}'?",
                            options.name, options.profile),
                options.yes);
  return may == kDone ? add_token(options, *places, common) : may;
}

int list_tokens(const Common& common) {
  const Result<Places> places = find_places(common.config);
  if (!places) return fail(places.error());
  auto tokens = read_named_tokens(named_tokens_file(places->state_dir));
  if (!tokens) return fail(tokens.error());
  if (common.json) {
    JsonWriter json;
    json.begin_object().key("tokens").begin_array();
    for (const NamedToken& token : *tokens) json.raw(token_json(token));
    print_json(json.end_array().end_object().take());
  } else if (common.jsonl) {
    for (const NamedToken& token : *tokens) print_json(token_json(token));
  } else if (!tokens->empty()) {
    std::vector<std::vector<Cell>> cells;
    for (const NamedToken& token : *tokens)
      cells.push_back({{visible(token.name, Lines::Escaped), Style::Cyan, ""},
                       {visible(token.profile, Lines::Escaped)},
                       {visible(token.created, Lines::Escaped)}});
    print(render(screen(common),
                 {{.title = "token", .takes_rest = true},
                  {.title = "profile", .at_most = 30},
                  {.title = "created", .give_up = 1}},
                 std::move(cells)));
  }
  if (!tokens->empty()) return kDone;
  if (!common.quiet) print_message("there is no named token; see callgate token create --help");
  return kNothingFound;
}

int print_revoked(const TokenOptions& options, const Common& common) {
  if (common.json || common.jsonl) {
    print_json("{\"revoked\":" + quote(options.name) + "}");
  } else if (!common.quiet) {
    print_message(
        fmt::format("token '{}' is revoked: clients can't open sessions with this token any more",
                    options.name));
  }
  return kDone;
}

/// Removes the file with the default token. `callgate serve` then makes a new default token.
int revoke_default(const TokenOptions& options, const Places& places, const Common& common) {
  const std::string file = default_token_file(places.state_dir);
  if (::unlink(file.c_str()) == 0) return print_revoked(options, common);
  if (errno != ENOENT) return fail({"token.write", file + ": " + std::strerror(errno), ""});
  print_message("there is no default token; callgate serve makes a default token");
  return kNothingFound;
}

int run_revoke(const TokenOptions& options, const Common& common) {
  const Result<Places> places = find_places(common.config);
  if (!places) return fail(places.error());
  if (options.name == kDefault) return revoke_default(options, *places, common);
  auto tokens = read_named_tokens(named_tokens_file(places->state_dir));
  if (!tokens) return fail(tokens.error());
  std::vector<std::string> known{kDefault};
  for (const NamedToken& token : *tokens) known.push_back(token.name);
  if (named(*tokens, options.name) == tokens->end()) {
    print_message(fmt::format("no token '{}'{}", options.name, did_you_mean(options.name, known)));
    return kNothingFound;
  }
  const auto remove = [&](std::vector<NamedToken>& now) -> Status {
    if (const auto found = named(now, options.name); found != now.end()) now.erase(found);
    return {};
  };
  if (Status removed = change_named_tokens(places->state_dir, remove); !removed)
    return fail(removed.error());
  return print_revoked(options, common);
}

}  // namespace

Run add_token_create(Syntax& syntax) {
  const auto options = std::make_shared<TokenOptions>();
  syntax.required("NAME", options->name, "the token's name");
  syntax.value("--profile", "NAME", options->profile,
               "the profile that limits what clients with this token may do; required");
  syntax.flag("--yes", options->yes, "don't ask for confirmation");
  return [options](const Common& common) { return run_create(*options, common); };
}

Run add_token_list(Syntax&) { return list_tokens; }

Run add_token_revoke(Syntax& syntax) {
  const auto options = std::make_shared<TokenOptions>();
  syntax.required("NAME", options->name, "a named token, or default");
  return [options](const Common& common) { return run_revoke(*options, common); };
}

}  // namespace callgate

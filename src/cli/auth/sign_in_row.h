// What `callgate auth` shows about one stored sign-in.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "auth_server.h"
#include "callgate/wire/writer.h"

namespace callgate {

struct SignInRow {
  enum class State {
    SignedIn,
    Required,    ///< a person must sign in
    NotAsked,    ///< the server has not asked for a sign-in, as far as is known
    Header,      ///< the entry has credentials of its own
    Never,       ///< the entry says that there is no sign-in
    Unreadable,  ///< the store or the entry cannot be read
  };
  std::string server, account;
  std::string url;  ///< with its query, so it must not be shown
  State state = State::NotAsked;
  std::string why;      ///< a remark to show; may be empty
  std::string command;  ///< what to type; may be empty
  std::string issuer, place;
  std::vector<std::string> scopes, overrides;
  std::optional<Micros> expires;
  bool refreshes = false;
};

/// Reads the store. Asks no server.
SignInRow sign_in_row(Loop& loop, const AuthAccount& account, Micros now);
/// Returns the keys of `auth` that weaken checks, with their values.
std::vector<std::string> overrides_of(const SignInConfig& config);
std::string_view state_words(SignInRow::State state);
void write_sign_in_row(JsonWriter& json, const SignInRow& row);

}  // namespace callgate

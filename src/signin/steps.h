// The steps of a sign-in or a refresh that were done, for messages and for the doctor.
#pragma once

#include <string>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/signin/sign_in.h"
#include "callgate/wire/web.h"
#include "signin/messages/breach.h"
#include "signin/messages/shown.h"

namespace callgate {

class Steps {
 public:
  /// `server` is the name of the MCP server, for the command that the user can type.
  explicit Steps(std::string server) : server_(std::move(server)) {}

  KnownSecrets& secrets() { return secrets_; }
  const std::vector<SignInTrace>& trace() const { return trace_; }

  /// Begins a step. If the last step has the same name and asked the same (a poll) or nothing yet,
  /// it begins again.
  void begin(std::string step, std::string asked);
  /// Adds what came to the current step.
  void came(const std::string& what);
  /// Ends the current step as failed.
  SignInError failed(Breach breach);
  /// Ends the current step, because no answer came.
  SignInError lost(const Error& error);
  /// Ends the current step, because the server answered 429 or 5xx.
  SignInError busy(const WebAnswer& answer, Micros now);
  std::string login_command() const { return "callgate auth login " + server_; }

 private:
  std::string server_;
  KnownSecrets secrets_;
  std::vector<SignInTrace> trace_;
};

/// Returns the breach of an answer that sends the client elsewhere.
Breach redirect_breach(const WebAnswer& answer);

}  // namespace callgate

#include "steps.h"

#include <fmt/core.h>

#include <utility>

namespace callgate {

void Steps::begin(std::string step, std::string asked) {
  asked = secrets_.masked(std::move(asked));
  SignInTrace begun{.step = std::move(step), .asked = std::move(asked), .came = "", .rule = ""};
  const bool same = !trace_.empty() && trace_.back().step == begun.step &&
                    (trace_.back().asked.empty() || trace_.back().asked == begun.asked);
  if (same)
    trace_.back() = std::move(begun);
  else
    trace_.push_back(std::move(begun));
}

void Steps::came(const std::string& what) {
  std::string& text = trace_.back().came;
  text += (text.empty() ? "" : ", ") + secrets_.masked(what);
}

SignInError Steps::failed(Breach breach) {
  SignInTrace& at = trace_.back();
  at.rule = breach.rule;
  at.failed = true;
  const std::string next = breach.next.empty() ? "run " + login_command() : breach.next;
  const std::string rule = breach.rule.empty() ? "" : " (" + breach.rule + ")";
  Error error{std::move(breach.code), secrets_.masked(breach.message + rule),
              secrets_.masked(next)};
  return {.error = std::move(error), .at = at, .retry_after = std::nullopt};
}

SignInError Steps::lost(const Error& error) {
  came("no answer");
  return failed({"signin.unavailable",
                 "no answer came in the step \"" + trace_.back().step +
                     "\": " + cleaned_text(secrets_.masked(error.message)),
                 "", "check the connection, then run " + login_command()});
}

SignInError Steps::busy(const WebAnswer& answer, Micros now) {
  const auto wait = callgate::retry_after(answer, now);
  const std::string when =
      wait ? fmt::format("wait {} seconds, then run ", wait->count()) : "try again later with ";
  SignInError error = failed(
      {"signin.unavailable",
       fmt::format("the server answered {} in the step \"{}\"", answer.status, trace_.back().step),
       "", when + login_command()});
  error.retry_after = wait;
  return error;
}

Breach redirect_breach(const WebAnswer& answer) {
  return {"signin.refused",
          fmt::format("the server answered {} to send the client to another address, which is not "
                      "followed here",
                      answer.status),
          "", "correct the server's URL in the configuration, or tell the server's operator"};
}

}  // namespace callgate

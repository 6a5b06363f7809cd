// `callgate auth doctor`: follows the steps of a sign-in, and explains what fails.
#include <fmt/core.h>

#include <memory>
#include <optional>

#include "callgate/base/text.h"
#include "check_run.h"
#include "cli/commands.h"
#include "cli/text/terminal.h"
#include "cli/text/time_text.h"
#include "sign_in_row.h"

namespace callgate {

namespace {

constexpr std::string_view kNotNeeded = "signin.not_needed";

struct DoctorAnswer {
  SignInCheckEnd check;
  SignInRow row;
  bool failed() const { return check.error && check.error->code != kNotNeeded; }
};

bool was_done(const SignInTrace& step) { return step.failed || !step.came.empty(); }

void write_step(JsonWriter& json, const SignInTrace& step) {
  json.begin_object().key("step").string(step.step).key("asked").string(step.asked);
  json.key("came").string(step.came).key("rule");
  step.rule.empty() ? json.null() : json.string(step.rule);
  json.key("failed").boolean(step.failed).key("done").boolean(was_done(step)).end_object();
}

std::string answer_json(const DoctorAnswer& answer) {
  JsonWriter json;
  json.begin_object().key("server").string(answer.row.server).key("steps").begin_array();
  for (const SignInTrace& step : answer.check.trace) write_step(json, step);
  json.end_array().key("error");
  if (answer.check.error) {
    json.begin_object().key("code").string(answer.check.error->code);
    json.key("message").string(answer.check.error->message);
    json.key("next").string(answer.check.error->next).end_object();
  } else {
    json.null();
  }
  write_sign_in_row(json.key("stored"), answer.row);
  return json.end_object().take();
}

void print_line(const Screen& out, Style style, std::string_view mark, const std::string& text) {
  print(styled(out, style, fit(mark, 7, Align::Left)) + " " + visible(text, Lines::Escaped) + "\n");
}

void print_step(const Screen& out, const SignInTrace& step) {
  const bool settings = step.step == "settings";
  if (settings && step.came.empty() && !step.failed) return;
  std::string text = settings ? "settings that weaken checks" : step.step;
  if (!step.asked.empty()) text += ": " + step.asked;
  if (!step.came.empty()) text += (step.asked.empty() ? ": " : " gave ") + step.came;
  if (step.failed)
    print_line(out, Style::Red, "failed", text);
  else if (was_done(step))
    print_line(out, Style::Green, "ok", text);
  else
    print_line(out, Style::Plain, "next", text + " (not done here)");
  if (!step.rule.empty()) print_line(out, Style::Plain, "", "this breaks " + step.rule);
}

void print_check(const DoctorAnswer& answer, const Common& common) {
  const Screen out = screen(common);
  for (const SignInTrace& step : answer.check.trace) print_step(out, step);
  const std::string server = shown_server(answer.row.server, answer.row.account);
  std::string stored = fmt::format("{}: {}", server, state_words(answer.row.state));
  if (!answer.row.why.empty()) stored += ", " + answer.row.why;
  if (!answer.row.place.empty()) stored += fmt::format(" (kept in the {})", answer.row.place);
  print_line(out, Style::Plain, "stored", stored);
  const auto& error = answer.check.error;
  if (!error) {
    const bool ready = answer.row.state == SignInRow::State::SignedIn;
    return print_line(
        out, Style::Green, "result",
        ready ? "you are signed in"
              : "a sign-in can begin: run " + login_command(answer.row.server, answer.row.account));
  }
  print_line(out, answer.failed() ? Style::Red : Style::Green, "result", error->message);
  if (!error->next.empty()) print_line(out, Style::Plain, "", error->next);
}

int run_auth_doctor(const AuthNames& names, const Common& common) {
  const auto account = auth_account(names, common);
  if (!account) return auth_failed(account.error());
  if (Status needed = needs_no_header(account->server); !needed) return fail(needed.error());
  const auto person = person_contacts(account->places, account->server.name);
  if (!person) return fail(person.error());
  Loop loop;
  const auto options = login_options(loop, *account, Resolve::Everything);
  if (!options) return fail(options.error());
  const DoctorAnswer answer{.check = check_sign_in(loop, *options),
                            .row = sign_in_row(loop, *account, wall_now())};
  if (common.json || common.jsonl)
    print_json(answer_json(answer));
  else
    print_check(answer, common);
  return answer.failed() ? kFailed : kDone;
}

}  // namespace

SignInCheckEnd check_sign_in(Loop& loop, const LoginOptions& options) {
  HttpLoop http(loop);
  std::optional<SignInCheckEnd> end;
  const SignInCheck check(loop, http, options, [&](SignInCheckEnd result) {
    end = std::move(result);
    loop.stop();
  });
  while (!end) loop.run();
  return *end;
}

Run add_auth_doctor(Syntax& syntax) {
  const auto names = std::make_shared<AuthNames>();
  syntax.required("SERVER", names->server, "a configured server that has a URL");
  syntax.value("--account", "NAME", names->account, "which of the server's accounts");
  return [names](const Common& common) { return run_auth_doctor(*names, common); };
}

}  // namespace callgate

// `callgate auth status`: shows the sign-ins to remote servers.
#include <fmt/core.h>

#include <algorithm>
#include <memory>

#include "callgate/base/text.h"
#include "cli/commands.h"
#include "cli/text/table.h"
#include "cli/text/time_text.h"
#include "sign_in_row.h"

namespace callgate {

namespace {

std::string until_text(const SignInRow& row) {
  if (row.state != SignInRow::State::SignedIn) return "";
  if (row.refreshes) return "renewed by itself";
  return row.expires ? local_time(*row.expires).substr(0, 16) : "not known";
}

Style style_of(SignInRow::State state) {
  if (state == SignInRow::State::SignedIn) return Style::Green;
  const bool bad = state == SignInRow::State::Required || state == SignInRow::State::Unreadable;
  return bad ? Style::Yellow : Style::Plain;
}

std::string rows_table(const Screen& out, const std::vector<SignInRow>& rows) {
  std::vector<std::vector<Cell>> cells;
  bool any_account = false;
  for (const SignInRow& row : rows) any_account |= !row.account.empty();
  for (const SignInRow& row : rows) {
    std::vector<Cell> line = {{row.server}};
    if (any_account) line.push_back({row.account});
    line.push_back({std::string(state_words(row.state)), style_of(row.state)});
    line.push_back({until_text(row)});
    line.push_back({row.place});
    line.push_back({visible(joined(row.scopes, " "), Lines::Escaped)});
    cells.push_back(std::move(line));
  }
  std::vector<Column> columns = {{.title = "SERVER"}};
  if (any_account) columns.push_back({.title = "ACCOUNT"});
  columns.push_back({.title = "SIGN-IN"});
  columns.push_back({.title = "UNTIL", .give_up = 2});
  columns.push_back({.title = "IN", .give_up = 1});
  columns.push_back({.title = "SCOPES", .give_up = 3, .takes_rest = true});
  return render(out, std::move(columns), std::move(cells));
}

void print_notes(const std::vector<SignInRow>& rows) {
  for (const SignInRow& row : rows) {
    const std::string server = shown_server(row.server, row.account);
    std::string note;
    if (row.state == SignInRow::State::Required)
      note = fmt::format("{} needs a sign-in{}", server, row.why.empty() ? "" : ": " + row.why);
    else if (!row.why.empty())
      note = server + ": " + row.why;
    if (!note.empty())
      print(visible(note + (row.command.empty() ? "" : "; run " + row.command), Lines::Escaped) +
            "\n");
    if (!row.overrides.empty())
      print(visible(
                fmt::format("{}: these settings weaken checks: {}", server, joined(row.overrides)),
                Lines::Escaped) +
            "\n");
  }
}

/// Adds the stored sign-ins that no server of the configuration uses.
void add_unused(Loop& loop, const Places& places, const Common& common,
                std::vector<SignInRow>& rows) {
  const auto all = SignInStore(places.state_dir).all();
  if (!all) return;
  for (const StoredSignIn& stored : *all) {
    const auto uses = [&](const SignInRow& row) {
      // An entry that cannot be read may use any of them.
      return row.state == SignInRow::State::Unreadable ||
             (row.url == stored.key.url && row.account == stored.key.account);
    };
    if (!stored.grant || std::any_of(rows.begin(), rows.end(), uses)) continue;
    const std::string shown = url_without_query(stored.key.url);
    const auto account = auth_account({shown, stored.key.account}, common);
    if (!account) continue;
    rows.push_back(sign_in_row(loop, *account, wall_now()));
    rows.back().why = "no server of the configuration uses this sign-in";
    rows.back().command = "callgate auth logout " + shown +
                          (stored.key.account.empty() ? "" : " --account " + stored.key.account);
  }
}

int run_auth_status(const AuthNames& names, const Common& common) {
  const auto accounts = auth_accounts(names, common);
  if (!accounts) return auth_failed(accounts.error());
  Loop loop;
  std::vector<SignInRow> rows;
  for (const AuthAccount& account : *accounts)
    rows.push_back(sign_in_row(loop, account, wall_now()));
  if (const auto places = find_places(common.config); places && names.server.empty())
    add_unused(loop, *places, common, rows);
  if (common.json || common.jsonl) {
    JsonWriter json;
    json.begin_object().key("sign_ins").begin_array();
    for (const SignInRow& row : rows) write_sign_in_row(json, row);
    print_json(json.end_array().end_object().take());
  } else if (rows.empty()) {
    print_message("no server with a URL is configured");
  } else {
    print(rows_table(screen(common), rows));
    print_notes(rows);
  }
  return rows.empty() ? kNothingFound : kDone;
}

}  // namespace

Run add_auth_status(Syntax& syntax) {
  const auto names = std::make_shared<AuthNames>();
  syntax.optional("SERVER", names->server, "only this server");
  return [names](const Common& common) { return run_auth_status(*names, common); };
}

}  // namespace callgate

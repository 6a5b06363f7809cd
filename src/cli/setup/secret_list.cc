// `callgate secret list`: lists the names of secrets and the servers that use the secrets. Never
// prints a secret's value.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "callgate/base/text.h"
#include "callgate/wire/writer.h"
#include "cli/commands.h"
#include "cli/text/table.h"
#include "cli/text/time_text.h"
#include "desktop.h"
#include "secrets.h"

namespace callgate {

namespace {

struct SecretRow {
  std::string name;
  std::optional<SecretEntry> entry;  ///< empty if the secret is not set, but a server refers to it
  std::vector<std::string> servers;
};

std::vector<SecretRow> secret_rows(std::vector<SecretEntry> entries,
                                   const std::vector<ServerConfig>& servers) {
  std::vector<SecretRow> rows;
  for (SecretEntry& entry : entries) rows.push_back({entry.name, std::move(entry), {}});
  for (const ServerConfig& server : servers)
    for (const std::string& name : secrets_of(server))
      if (std::none_of(rows.begin(), rows.end(),
                       [&](const SecretRow& row) { return row.name == name; }))
        rows.push_back({name, std::nullopt, {}});
  for (SecretRow& row : rows) row.servers = users_of(servers, row.name);
  std::sort(rows.begin(), rows.end(),
            [](const SecretRow& a, const SecretRow& b) { return a.name < b.name; });
  return rows;
}

std::string secret_row_json(const SecretRow& row) {
  JsonWriter json;
  json.begin_object().key("name").string(row.name).key("in");
  row.entry ? json.string(secret_place_word(row.entry->place)) : json.null();
  json.key("set");
  row.entry ? json.string(row.entry->set) : json.null();
  json.key("servers").begin_array();
  for (const std::string& server : row.servers) json.string(server);
  return json.end_array().end_object().take();
}

std::string when(const SecretRow& row) {
  if (!row.entry) return "never";
  const auto at = parse_when(row.entry->set, wall_now(), DayEnd::Begin);
  return at ? ago(*at, wall_now()) : row.entry->set;
}

void print_table(const std::vector<SecretRow>& rows, const Common& common) {
  std::vector<std::vector<Cell>> cells;
  for (const SecretRow& row : rows) {
    const bool missing = !row.entry;
    cells.push_back({{visible(row.name, Lines::Escaped), Style::Cyan, ""},
                     {missing ? "not set" : secret_place_word(row.entry->place),
                      missing ? Style::Red : Style::Plain, ""},
                     {when(row)},
                     {visible(joined(row.servers), Lines::Escaped)}});
  }
  print(render(screen(common),
               {{.title = "secret"},
                {.title = "in"},
                {.title = "set"},
                {.title = "servers", .takes_rest = true}},
               std::move(cells)));
}

int print_secrets(const Common& common) {
  const Result<Places> places = find_places(common.config);
  if (!places) return fail(places.error());
  auto entries = list_secrets(places->state_dir);
  if (!entries) return fail(entries.error());
  const std::vector<SecretRow> rows = secret_rows(std::move(*entries), servers_configured(*places));
  if (common.json) {
    JsonWriter json;
    json.begin_object().key("secrets").begin_array();
    for (const SecretRow& row : rows) json.raw(secret_row_json(row));
    print_json(json.end_array().end_object().take());
  } else if (common.jsonl) {
    for (const SecretRow& row : rows) print_json(secret_row_json(row));
  } else if (!rows.empty()) {
    print_table(rows, common);
  }
  if (!rows.empty()) return kDone;
  if (!common.quiet) print_message("there is no secret; see callgate secret set --help");
  return kNothingFound;
}

}  // namespace

Run add_secret_list(Syntax&) { return print_secrets; }

}  // namespace callgate

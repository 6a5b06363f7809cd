// Converts entries with a command: reads the command, the variables and the folder of an entry.
#include <fmt/core.h>

#include <algorithm>

#include "callgate/base/ascii.h"
#include "callgate/base/text.h"
#include "env_file.h"
#include "server_importer.h"

namespace callgate {

std::vector<Template> ServerImporter::words_of_command() {
  std::vector<Template> words;
  const Value command = used(fields_.command);
  if (command.is_string()) words.push_back(read(command, fmt::format("\"{}\"", fields_.command)));
  if (command.is_array())
    for (Value each : command) words.push_back(read(each, fmt::format("\"{}\"", fields_.command)));
  return words;
}

void ServerImporter::local() {
  std::vector<Template> words = words_of_command();
  const Value nested = entry_.find(fields_.command);
  if (nested.is_object()) return local_nested(nested);
  if (words.empty()) return refuse(no_command());
  if (fields_.args != fields_.command) {
    const Value args = used(fields_.args);
    if (args && !args.is_array() && !args.is(NodeKind::Null))
      return refuse(fmt::format("\"{}\" is not a list", fields_.args));
    if (args.is_array())
      for (Value each : args) words.push_back(read(each, fmt::format("\"{}\"", fields_.args)));
  }
  check_type();
  read_env();
  read_env_file();
  read_cwd();
  read_names_of_variables();
  if (!stays() && !take_bridge(words)) set_command(std::move(words));
}

void ServerImporter::local_nested(Value command) {
  std::vector<Template> words;
  words.push_back(read(command.find("path"), "\"command.path\""));
  if (const Value args = command.find("args"); args.is_array())
    for (Value each : args) words.push_back(read(each, "\"command.args\""));
  if (const Value env = command.find("env"); env.is_object())
    for (Value each : env) add_env(each);
  if (out_.decision != ImportDecision::Stay) set_command(std::move(words));
}

std::string ServerImporter::no_command() {
  const std::string type = fields_.type.empty() ? "" : word(fields_.type);
  if (!type.empty() && type != fields_.stdio_type)
    return fmt::format("the server is of the type \"{}\", which only {} can start", type,
                       client_.title);
  if (entry_.find("uses")) return fmt::format("the server is a block from {}'s hub", client_.title);
  return "the server has neither a command nor a URL";
}

void ServerImporter::check_type() {
  if (fields_.type.empty()) return;
  const Value type = used(fields_.type);
  if (!type || type.text_is(fields_.stdio_type) || type.text_is("stdio")) return;
  refuse(fmt::format("callgate does not know the server's type \"{}\"", type.text()));
}

void ServerImporter::read_env() {
  const Value env = used(fields_.env);
  if (env && !env.is_object() && !env.is(NodeKind::Null))
    return refuse(fmt::format("\"{}\" is not an object", fields_.env));
  if (!env.is_object()) return;
  for (Value each : env) add_env(each);
}

void ServerImporter::add_env(Value each) {
  const std::string name = each.key();
  if (each.is(NodeKind::Null)) return;
  // Some clients accept numbers and booleans as values of variables, and pass them to the server as
  // text.
  const bool scalar = each.is_number() || each.boolean().has_value();
  if (scalar) return set_env(name, std::string(each.raw()));
  TemplateScope outer = scope_;
  outer.own.clear();
  // In JSON files, Continue replaces ${X} only in the values of `env`.
  outer.short_inputs = json_;
  if (!each.is_string()) return refuse(fmt::format("the variable {} is not text", name));
  const Template value = read_template(each.text(), outer);
  if (!value.unknown.empty())
    return refuse(fmt::format("the variable {} contains {}, whose value only {} knows", name,
                              joined(value.unknown), client_.title));
  note_asked(value);
  set_env(name, as_reference(value));
}

void ServerImporter::set_env(const std::string& name, std::string value) {
  auto& env = out_.server.env;
  const auto same =
      std::find_if(env.begin(), env.end(), [&](const auto& each) { return each.first == name; });
  if (same != env.end()) {
    same->second = std::move(value);
  } else {
    env.emplace_back(name, std::move(value));
  }
}

bool ServerImporter::has_env(std::string_view name) const {
  const auto& env = out_.server.env;
  return std::any_of(env.begin(), env.end(), [&](const auto& each) { return each.first == name; });
}

void ServerImporter::read_env_file() {
  const Value file = used("envFile");
  if (!file) return;
  const Template path = read(file, "\"envFile\"");
  if (out_.decision == ImportDecision::Stay) return;
  if (!path.plain()) return refuse("the path in \"envFile\" depends on variables of the client");
  const auto variables = read_env_file_at(absolute(path.text()));
  if (!variables) return refuse("\"envFile\": " + variables.error().message);
  for (const auto& [name, value] : *variables)
    if (!has_env(name)) set_env(name, escaped_text(value));
  out_.notes.push_back(
      fmt::format("{} variables were copied from {}", variables->size(), path.text()));
}

std::string ServerImporter::absolute(const std::string& path) const {
  if (path.starts_with('/')) return path;
  if (path.starts_with("~/")) return scope_.home + path.substr(1);
  return (scope_.project.empty() ? scope_.home : scope_.project) + "/" + path;
}

void ServerImporter::read_cwd() {
  const Value cwd = used(fields_.cwd);
  if (!cwd || cwd.is(NodeKind::Null)) return;
  const Template path = read(cwd, "\"cwd\"");
  if (out_.decision == ImportDecision::Stay || path.text().empty()) return;
  if (!path.plain()) return refuse("the path in \"cwd\" depends on variables of the client");
  const std::string text = path.text();
  if (!text.starts_with('/') && !text.starts_with("~/") && text != "~" && scope_.project.empty())
    return refuse("\"cwd\" is relative to a folder that only the client knows");
  out_.server.cwd = text == "~" ? scope_.home : absolute(text);
}

std::vector<std::string> ServerImporter::secrets_by_env(std::vector<Template>& words) {
  std::vector<std::string> variables;
  for (Template& word : words) {
    for (TemplatePiece& piece : word.pieces) {
      if (piece.kind != TemplatePiece::Kind::Secret) continue;
      std::string variable = "SECRET_";
      for (const char c : piece.text) variable += is_letter_or_digit(c) ? upper(c) : '_';
      set_env(variable, "${secret:" + piece.text + "}");
      if (std::find(variables.begin(), variables.end(), variable) == variables.end())
        variables.push_back(variable);
      piece = {TemplatePiece::Kind::Variable, std::move(variable), std::nullopt};
    }
  }
  return variables;
}

void ServerImporter::set_command(std::vector<Template> words) {
  std::vector<std::string> shown = secrets_by_env(words);
  ServerConfig& server = out_.server;
  const bool plain =
      std::all_of(words.begin(), words.end(), [](const Template& each) { return each.plain(); });
  if (words.front().plain()) settle_program(words.front());
  if (plain) {
    server.command = words.front().text();
    for (size_t i = 1; i < words.size(); ++i) server.args.push_back(words[i].text());
    if (server.command.empty()) refuse("the server's command is empty");
    return;
  }
  std::string script = "exec";
  std::vector<std::string> names;
  for (const Template& each : words) {
    script += " " + as_shell_word(each);
    for (std::string& name : each.variables())
      if (std::find(names.begin(), names.end(), name) == names.end() && !has_env(name))
        names.push_back(std::move(name));
  }
  server.command = "sh";
  server.args = {"-c", std::move(script)};
  shown.insert(shown.begin(), names.begin(), names.end());
  const std::string list = joined(shown);
  server.env_pass.insert(server.env_pass.end(), names.begin(), names.end());
  out_.notes.push_back(
      list.empty()
          ? "the server is started through sh, which puts a file's content into the server's "
            "arguments"
          : fmt::format(
                "the server is started through sh, which puts {} into the server's arguments",
                list));
}

void ServerImporter::settle_program(Template& program) {
  const std::string text = program.text();
  const bool relative = !text.starts_with('/') && text.find('/') != std::string::npos;
  if (text.starts_with("~/")) {
    program.pieces = {{TemplatePiece::Kind::Text, scope_.home + text.substr(1), std::nullopt}};
  } else if (relative && !out_.server.cwd.empty()) {
    program.pieces = {{TemplatePiece::Kind::Text, out_.server.cwd + "/" + text, std::nullopt}};
  } else if (relative && !scope_.project.empty()) {
    program.pieces = {{TemplatePiece::Kind::Text, scope_.project + "/" + text, std::nullopt}};
    out_.notes.push_back("the path of the server's program is relative to the folder " +
                         scope_.project);
  } else if (relative) {
    refuse(fmt::format("\"{}\" is relative to a folder that only the client knows", text));
  }
}

void ServerImporter::read_names_of_variables() {
  if (const Value names = used("env_vars"); names.is_array())
    for (Value each : names)
      if (const Value name = each.is_object() ? each.find("name") : each; name.is_string())
        out_.server.env_pass.push_back(name.text());
  const Value keys = used("env_keys");
  if (!keys.is_array()) return;
  for (Value each : keys) {
    const std::string name = each.text();
    if (name.empty() || has_env(name)) continue;
    if (!machine_->variable(name))
      return refuse(
          fmt::format("{} stores the value of {} in its own keyring", client_.title, name));
    set_env(name, "${env:" + name + "}");
  }
}

}  // namespace callgate

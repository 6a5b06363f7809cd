#include "callgate/desktop/server_import.h"

#include <fmt/core.h>

#include <algorithm>
#include <climits>
#include <cstdlib>

#include "callgate/base/ascii.h"
#include "callgate/base/look_alike.h"
#include "callgate/base/path_text.h"
#include "callgate/base/text.h"
#include "callgate/wire/message.h"
#include "desktop/documents/document.h"
#include "server_importer.h"

namespace callgate {

namespace {

/// True for keys of an entry that callgate drops without a note, because they only concern display
/// or prompts.
bool is_harmless(std::string_view key) {
  constexpr std::string_view kKeys[] = {"name", "description", "display_name", "bundled",
                                        "icon", "gallery",     "version",      "settings",
                                        "args", "enabled",     "disabled",     "faviconUrl"};
  return std::find(std::begin(kKeys), std::end(kKeys), key) != std::end(kKeys);
}

std::string real_path(const std::string& path) {
  char real[PATH_MAX];
  return ::realpath(path.c_str(), real) ? real : path;
}

}  // namespace

ServerImport ServerImporter::run() {
  if (!entry_.is_object()) return stay("the entry is not an object");
  check_name();
  const Value url = find_url();
  if (url && word("command").empty() && words_of_command().empty()) {
    remote(url);
  } else {
    local();
  }
  if (out_.decision == ImportDecision::Stay) return std::move(out_);
  finish();
  return std::move(out_);
}

ServerImport ServerImporter::stay(std::string why) {
  if (out_.decision != ImportDecision::Stay) out_.why = std::move(why);
  out_.decision = ImportDecision::Stay;
  return out_;
}

std::string ServerImporter::word(std::string_view key) {
  const Value value = entry_.find(key);
  return value.is_string() ? value.text() : std::string();
}

Value ServerImporter::used(std::string_view key) {
  if (key.empty()) return {};
  used_.emplace_back(key);
  return entry_.find(key);
}

void ServerImporter::check_name() {
  const std::string& name = out_.name;
  const bool control = std::any_of(name.begin(), name.end(), is_control);
  if (name.empty() || name.size() > 64 || control || has_invisible(name))
    refuse("the server's name is empty, is longer than 64 bytes or has invisible characters");
}

Value ServerImporter::find_url() {
  for (std::string_view key : fields_.urls)
    if (const Value url = used(key); url.is_string() && !url.text().empty()) return url;
  return {};
}

Template ServerImporter::read(Value value, const std::string& what) {
  Template out;
  if (value.is_number() || value.boolean()) {
    out.pieces = {{TemplatePiece::Kind::Text, std::string(value.raw()), std::nullopt}};
    return out;
  }
  if (!value.is_string()) {
    refuse(what + " is not text");
    return out;
  }
  out = read_template(value.text(), scope_);
  note_asked(out);
  if (!out.unknown.empty())
    refuse(fmt::format("{} contains {}, whose value only {} knows", what, joined(out.unknown),
                       client_.title));
  return out;
}

void ServerImporter::note_asked(const Template& value) {
  auto& asked = out_.asked;
  for (const TemplatePiece& each : value.pieces)
    if (each.kind == TemplatePiece::Kind::Secret &&
        std::find(asked.begin(), asked.end(), each.text) == asked.end())
      asked.push_back(each.text);
}

void ServerImporter::finish() {
  for (const std::string& name : out_.asked)
    out_.notes.push_back(
        fmt::format("{} asked the user for a value; callgate reads the value from the secret {}, "
                    "so set this secret: callgate secret set {}",
                    client_.title, name, name));
  if (const Value off = used(fields_.disabled); off.boolean().value_or(false))
    out_.server.disabled = true;
  if (const Value on = used(fields_.enabled); on && !on.boolean().value_or(true))
    out_.server.disabled = true;
  read_timeout();
  for (std::string_view key : {"excludeTools", "disabledTools", "disabled_tools", "exclude_tools"})
    if (const Value tools = used(key); tools.is_array())
      for (Value each : tools)
        if (each.is_string() && !each.text().empty()) out_.server.hide.push_back(each.text());
  if (!fields_.type.empty()) used(fields_.type);
  for (std::string_view key :
       {"includeTools", "enabledTools", "enabled_tools", "include_tools", "tools"})
    if (const Value tools = entry_.find(key); tools.is_array()) {
      used(key);
      auto& only = out_.server.only.emplace();
      for (Value each : tools)
        if (each.is_string() && !each.text().empty()) only.push_back(each.text());
      if (contains(only, "*")) out_.server.only.reset();
    }
  // `available_tools` is Goose's key. An empty list means that all tools are available.
  if (const Value tools = used("available_tools"); tools.is_array())
    for (Value each : tools)
      if (each.is_string() && !each.text().empty()) {
        if (!out_.server.only) out_.server.only.emplace();
        out_.server.only->push_back(each.text());
      }
  for (std::string_view key : {"autoApprove", "alwaysAllow", "trust"})
    if (const Value asked = used(key);
        asked.boolean().value_or(asked.is_array() && asked.begin() != asked.end()))
      out_.notes.push_back(fmt::format(
          "\"{}\" no longer has an effect: {} asks the user again about each tool of callgate", key,
          client_.title));
  std::vector<std::string> left;
  for (Value member : entry_) {
    const std::string key = member.key();
    if (!is_harmless(key) && std::find(used_.begin(), used_.end(), key) == used_.end())
      left.push_back(key);
  }
  if (!left.empty()) out_.notes.push_back("left out: " + joined(left));
}

void ServerImporter::read_timeout() {
  const ClientTimeout& timeout = fields_.call_timeout;
  if (timeout.key.empty()) return;
  const auto units = used(timeout.key).number();
  constexpr Millis kLongest{24 * 3'600'000};
  if (!units || *units <= 0) return;
  const double millis = *units * timeout.millis;
  out_.server.call_timeout = millis >= static_cast<double>(kLongest.count())
                                 ? kLongest
                                 : Millis(std::max<int64_t>(1, static_cast<int64_t>(millis)));
  out_.server.call_cap = std::max(out_.server.call_cap, out_.server.call_timeout);
}

ServerImport import_server(const std::string& name, std::string_view json, const FoundFile& file,
                           const Machine& machine) {
  Walker walker;
  const auto message = walker.walk(std::string(json));
  ENSURE(message.ok());  // read_document() made this JSON
  return ServerImporter(name, (*message)->root(), file, machine).run();
}

bool starts_callgate(const std::string& command, const std::vector<std::string>& args,
                     const std::string& self) {
  const auto is_ours = [&](const std::string& word) {
    return base_name(word) == "callgate" || (!self.empty() && real_path(word) == real_path(self));
  };
  // "callgate demo-server" is an ordinary server that is part of our program; it does not start a
  // gate.
  if (is_ours(command)) return args.empty() || args[0] != "demo-server";
  const std::string_view program = base_name(command);
  if (program == "env" || program == "nohup" || program == "nice" || program == "exec") {
    for (const std::string& arg : args) {
      if (arg.starts_with('-') || arg.find('=') != std::string::npos) continue;
      return is_ours(arg);
    }
  }
  if (is_shell(program) && args.size() > 1 && args[0].ends_with('c')) {
    std::string script = args[1];
    if (script.starts_with("exec ")) script = script.substr(5);
    return is_ours(script.substr(0, script.find(' ')));
  }
  return false;
}

}  // namespace callgate

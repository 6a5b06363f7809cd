#include "attach_messages.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "app/environment/variables.h"
#include "callgate/base/digest.h"
#include "callgate/wire/message.h"
#include "callgate/wire/writer.h"

namespace callgate {

namespace {

constexpr int kHelloFormat = 1;
constexpr size_t kLongestLogText = 8192;

Error malformed(const std::string& what) {
  return {"attach.malformed", "the other callgate sent a message that is not valid: " + what, ""};
}

std::optional<std::string> from_hex(const std::string& text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (size_t i = 0; i < text.size(); i += 2) {
    int byte = 0;
    const auto [end, error] = std::from_chars(&text[i], &text[i] + 2, byte, 16);
    if (error != std::errc{} || end != &text[i] + 2) return std::nullopt;
    bytes += static_cast<char>(byte);
  }
  return bytes;
}

Variables variables_in(std::string_view text) {
  Variables variables;
  while (!text.empty()) {
    const std::string_view variable = text.substr(0, text.find('\0'));
    text.remove_prefix(std::min(variable.size() + 1, text.size()));
    add_variable(variables, variable);
  }
  return variables;
}

Result<MessagePtr> read_object(std::string line) {
  Walker walker({.bytes = kLongestHello, .depth = 8, .nodes = 100});
  Result<MessagePtr> message = walker.walk(std::move(line));
  if (!message) return malformed(message.error().message);
  if (!(*message)->root().is_object()) return malformed("it is not an object");
  return message;
}

}  // namespace

std::string write_hello(const Hello& hello) {
  JsonWriter json;
  json.begin_object().key("attach").string("hello").key("format").integer(kHelloFormat);
  json.key("config").string(hex(hello.config)).key("profile").string(hello.profile);
  // Paths and variables may have any bytes except NUL, which JSON can't hold.
  std::string variables;
  for (const auto& [name, value] : hello.workspace.variables)
    variables += name + '=' + value + '\0';
  json.key("folder").string(hex(hello.workspace.folder));
  return json.key("variables").string(hex(variables)).end_object().take();
}

Result<Hello> read_hello(std::string line) {
  const Result<MessagePtr> message = read_object(std::move(line));
  if (!message) return message.error();
  const Value root = (*message)->root();
  if (!root.find("attach").text_is("hello") || root.find("format").integer() != kHelloFormat)
    return malformed("it is not a hello of this version");
  const auto config = from_hex(root.find("config").text());
  const auto folder = from_hex(root.find("folder").text());
  const auto variables = from_hex(root.find("variables").text());
  if (!config || !folder || !variables)
    return malformed("a path or the environment is not hexadecimal");
  if (!folder->starts_with('/')) return malformed("the folder is not absolute");
  return Hello{.config = *config,
               .profile = root.find("profile").text(),
               .workspace = {.folder = *folder, .variables = variables_in(*variables)}};
}

std::string write_log(log::Level level, const std::string& text) {
  JsonWriter json;
  json.begin_object().key("attach").string("log").key("level").integer(static_cast<int>(level));
  return json.key("text").string(text.substr(0, kLongestLogText)).end_object().take();
}

std::optional<LogLine> read_log(std::string line) {
  const Result<MessagePtr> message = read_object(std::move(line));
  if (!message || !(*message)->root().find("attach").text_is("log")) return std::nullopt;
  const Value root = (*message)->root();
  const int64_t level =
      std::clamp<int64_t>(root.find("level").integer().value_or(0),
                          static_cast<int>(log::Level::Debug), static_cast<int>(log::Level::Error));
  return LogLine{static_cast<log::Level>(level), root.find("text").text()};
}

std::string write_refusal(const Error& error) {
  JsonWriter json;
  json.begin_object().key("attach").string("refused").key("code").string(error.code);
  json.key("message").string(error.message).key("next").string(error.next);
  return json.end_object().take();
}

Error read_refusal(std::string line) {
  const Result<MessagePtr> message = read_object(std::move(line));
  if (!message) return message.error();
  const Value root = (*message)->root();
  if (!root.find("attach").text_is("refused"))
    return malformed("it is neither an answer nor a refusal");
  return {root.find("code").text(), root.find("message").text(), root.find("next").text()};
}

}  // namespace callgate

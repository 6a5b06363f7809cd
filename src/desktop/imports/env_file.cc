#include "env_file.h"

#include <fmt/core.h>

#include <algorithm>

#include "callgate/base/ascii.h"
#include "callgate/base/text.h"
#include "desktop/clients/files.h"
#include "desktop/documents/document.h"

namespace callgate {

namespace {

bool is_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return is_letter_or_digit(c) || c == '_' || c == '.' || c == '-';
  });
}

/// Reads a value, with or without quotes. Returns false if the quotes are not closed.
bool read_value(std::string_view text, std::string& out) {
  const char mark = text.empty() ? '\0' : text[0];
  if (mark != '"' && mark != '\'' && mark != '`') {
    out = std::string(trimmed(text.substr(0, text.find(" #"))));
    return true;
  }
  for (size_t at = 1; at < text.size(); ++at) {
    if (text[at] == mark) return true;
    if (mark == '"' && text[at] == '\\' && at + 1 < text.size()) {
      const char next = text[++at];
      out += next == 'n' ? '\n' : next == 't' ? '\t' : next == 'r' ? '\r' : next;
    } else {
      out += text[at];
    }
  }
  return false;
}

}  // namespace

Result<EnvFile> parse_env_file(std::string_view text) {
  EnvFile variables;
  int number = 0;
  for (size_t at = 0; at < text.size(); at = line_after(text, at)) {
    ++number;
    std::string_view line = trimmed(text.substr(at, line_after(text, at) - at));
    if (line.starts_with("\xEF\xBB\xBF")) line = trimmed(line.substr(3));
    if (line.starts_with("export ")) line = trimmed(line.substr(7));
    if (line.empty() || line[0] == '#') continue;
    const size_t equals = line.find('=');
    const std::string_view name = trimmed(line.substr(0, equals));
    std::string value;
    if (equals == std::string_view::npos || !is_name(name) ||
        !read_value(trimmed(line.substr(equals + 1)), value))
      return Error{"desktop.env_file",
                   fmt::format("line {} does not have the form NAME=value", number), ""};
    variables.emplace_back(name, std::move(value));
  }
  return variables;
}

Result<EnvFile> read_env_file_at(const std::string& path) {
  const auto file = read_file_state(path);
  if (!file) return file.error();
  if (!file->bytes) return Error{"desktop.env_file", path + ": the file does not exist", ""};
  auto variables = parse_env_file(*file->bytes);
  if (!variables) return Error{"desktop.env_file", path + ": " + variables.error().message, ""};
  return variables;
}

}  // namespace callgate

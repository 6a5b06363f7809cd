#include "document.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "callgate/desktop/files.h"
#include "callgate/wire/jsonc.h"
namespace callgate {

Error not_valid(std::string_view text, size_t offset, const std::string& what) {
  offset = std::min(offset, text.size());
  const std::string_view before = text.substr(0, offset);
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const size_t column = offset - line_begin(text, offset) + 1;
  return {"desktop.not_valid", fmt::format("{}:{}: {}", line, column, what),
          "correct the file at this place or just before it; nothing was changed"};
}

Result<MessagePtr> parse_jsonc(std::string text) {
  if (Status blanked = blank_comments(text); !blanked) return blanked.error();
  Walker walker({.bytes = kLargestDesktopFile, .depth = 64});
  return walker.walk(std::move(text));
}

const DocumentEntry* Document::entry(std::string_view name) const {
  for (const DocumentEntry& each : entries_)
    if (each.name == name) return &each;
  return nullptr;
}

Result<std::unique_ptr<Document>> read_document(ConfigFormat format, std::string_view text,
                                                const std::vector<std::string>& servers) {
  switch (format) {
    case ConfigFormat::Json:
      return read_json_document(text, servers);
    case ConfigFormat::Toml:
      return read_toml_document(text, servers.front());
    case ConfigFormat::Yaml:
      return read_yaml_document(text, servers.front());
    case ConfigFormat::YamlList:
      return read_yaml_list_document(text, servers.front());
    case ConfigFormat::Script:
      return read_script(text);
  }
  return Error{"desktop.unsupported", "unknown format", ""};
}

Error too_many_entries() {
  return {"desktop.unsupported", "1:1: the file has more than 4,096 servers",
          "check why the file is so large; callgate has not changed it"};
}

std::string spliced(std::string_view text, std::vector<Splice> splices) {
  // Of two splices that begin at the same offset, a splice that only inserts comes first.
  std::stable_sort(splices.begin(), splices.end(), [](const Splice& a, const Splice& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  std::string out;
  size_t at = 0;
  for (const Splice& splice : splices) {
    ENSURE(splice.begin >= at && splice.end >= splice.begin && splice.end <= text.size());
    out.append(text, at, splice.begin - at);
    out += splice.text;
    at = splice.end;
  }
  out.append(text, at);
  return out;
}

std::string_view line_end_of(std::string_view text) {
  const size_t end = text.find('\n');
  return end != std::string_view::npos && end > 0 && text[end - 1] == '\r' ? "\r\n" : "\n";
}

size_t line_begin(std::string_view text, size_t at) {
  const size_t end = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
  return end == std::string_view::npos ? 0 : end + 1;
}

size_t line_after(std::string_view text, size_t at) {
  const size_t end = text.find('\n', at);
  return end == std::string_view::npos ? text.size() : end + 1;
}

bool only_blanks(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace callgate

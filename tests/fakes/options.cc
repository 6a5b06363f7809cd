#include "options.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace fake {

namespace {

struct Mode {
  const char* word;
  const char* does;
};

constexpr Mode kModes[] = {
    // Its identity and its lists.
    {"name=NAME", "its name in serverInfo and in the journal"},
    {"tools=A,B:BEHAVIOUR", "its tools, each with a behaviour (default: the one of its name)"},
    {"tool=NAME:BEHAVIOUR", "one tool whose name may hold commas; the last colon divides"},
    {"many=N", "N more tools, many_0 …, that echo"},
    {"no-tools", "does not declare tools"},
    {"resources", "two resources, a template, subscriptions"},
    {"uri=URI", "one more resource"},
    {"prompts", "a prompt 'greet' with an argument 'who'"},
    {"completions", "completes every argument"},
    {"logging", "declares logging"},
    {"instructions=TEXT", ""},
    {"protocol=VERSION", "answers initialize with it, whatever was asked for"},
    // Its start and its end.
    {"crash-before-initialize", ""},
    {"crash-in-initialize", ""},
    {"fails-first=N", "crashes in the first N starts that the file of starts= counts"},
    {"fail-initialize", "answers initialize with an error"},
    {"hang-in-initialize", ""},
    {"slow-start=MS", ""},
    {"ask-at-start=KIND", "sampling, elicitation or roots, right after initialized"},
    {"ignores-eof", ""},
    {"ignores-sigterm", ""},
    {"grandchild", "a grandchild that holds stdout"},
    {"grandchild-setsid", "a grandchild with a session of its own"},
    {"grandchild-orphan", "a double-forked grandchild"},
    // Its output.
    {"noise", "lines that are no messages, before everything it sends"},
    {"bom", "a byte order mark before its first line"},
    {"crlf", "lines end in CR LF"},
    {"drip", "writes one byte at a time"},
    {"stderr=TEXT", "a line on stderr at start"},
    {"stderr-flood=BYTES", "that much on stderr at start"},
    // The behaviour of its lists.
    {"hang-in-tools-list", ""},
    {"fail-tools-list", ""},
    {"pages=N", "one tool a page, N pages, the last tool of a page again on the next"},
    {"endless-cursor", "a new cursor for ever"},
    {"repeated-cursor", "the same cursor for ever"},
    {"tools-file=FILE", "the result of tools/list, as it stands"},
    // Its files.
    {"journal=FILE", "appends a line for each tools/call before it does anything else"},
    {"starts=FILE", "appends its pid when it starts"},
    {"verbatim=FILE", "the result that the tool 'verbatim' gives, as it stands"},
    {"line=FILE", "the line that the tool 'line' writes; @ID@ and @PAD@ are replaced"},
};

[[noreturn]] void refuse(const std::string& word) {
  std::fprintf(stderr, "fake_server: unknown mode '%s'; the modes are:\n", word.c_str());
  for (const Mode& mode : kModes) std::fprintf(stderr, "  %-26s %s\n", mode.word, mode.does);
  std::exit(2);
}

bool known(const std::string& word, bool valued) {
  for (const Mode& mode : kModes) {
    const char* equal = std::strchr(mode.word, '=');
    const size_t length = equal ? static_cast<size_t>(equal - mode.word) : std::strlen(mode.word);
    if (word.size() == length && word.compare(0, length, mode.word, length) == 0) {
      return valued == (equal != nullptr);
    }
  }
  return false;
}

}  // namespace

Options::Options(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const size_t equal = word.find('=');
    const std::string key = word.substr(0, equal);
    const std::string value = equal == std::string::npos ? "" : word.substr(equal + 1);
    if (!known(key, equal != std::string::npos)) refuse(word);
    if (key == "tools") {
      add_tools(value);
    } else if (key == "tool") {
      const size_t colon = value.rfind(':');
      const bool bare = colon == std::string::npos;
      tools.push_back({value.substr(0, colon), bare ? value : value.substr(colon + 1)});
    } else {
      words_[key] = value;
    }
  }
  name = text("name", name);
  if (tools.empty() && !has("many") && !has("no-tools")) tools.push_back({"echo", "echo"});
  for (long i = 0; i < number("many"); ++i) tools.push_back({"many_" + std::to_string(i), "echo"});
}

void Options::add_tools(const std::string& list) {
  for (size_t begin = 0; begin < list.size();) {
    const size_t end = std::min(list.find(',', begin), list.size());
    const std::string one = list.substr(begin, end - begin);
    const size_t colon = one.find(':');
    tools.push_back(
        {one.substr(0, colon), colon == std::string::npos ? one : one.substr(colon + 1)});
    begin = end + 1;
  }
}

std::string Options::text(const std::string& mode, const std::string& fallback) const {
  const auto found = words_.find(mode);
  return found == words_.end() ? fallback : found->second;
}

long Options::number(const std::string& mode, long fallback) const {
  const auto found = words_.find(mode);
  return found == words_.end() ? fallback : std::strtol(found->second.c_str(), nullptr, 10);
}

}  // namespace fake

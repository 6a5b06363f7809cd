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
    // The server's identity and lists.
    {"name=NAME", "sets the name in serverInfo and in the journal"},
    {"tools=A,B:BEHAVIOUR", "has these tools; the default behaviour has the tool's name"},
    {"tool=NAME:BEHAVIOUR", "has a tool whose name may contain commas; the last colon ends it"},
    {"many=N", "has N more tools (many_0, many_1 …), which echo"},
    {"no-tools", "does not declare tools"},
    {"resources", "has two resources, a template and subscriptions"},
    {"uri=URI", "has one more resource"},
    {"prompts", "has a prompt 'greet' with an argument 'who'"},
    {"completions", "answers completion requests for every argument"},
    {"logging", "declares the capability logging"},
    {"instructions=TEXT", "returns TEXT as its instructions"},
    {"protocol=VERSION", "answers initialize with VERSION, whatever the client requests"},
    // Its start and end.
    {"crash-before-initialize", "crashes before it reads initialize"},
    {"crash-in-initialize", "crashes when it gets initialize"},
    {"fails-first=N", "crashes in its first N starts, counted in the file of starts="},
    {"fail-initialize", "answers initialize with an error"},
    {"hang-in-initialize", "does not answer initialize"},
    {"slow-start=MS", "waits MS milliseconds before it starts to work"},
    {"ask-at-start=KIND", "asks for sampling, elicitation or roots right after initialized"},
    {"ignores-eof", "goes on when its stdin is closed"},
    {"ignores-sigterm", "goes on after SIGTERM"},
    {"grandchild", "starts a process that keeps stdout open"},
    {"grandchild-setsid", "starts a process with its own session"},
    {"grandchild-orphan", "starts a process by a double fork, so that init is its parent"},
    // Its output.
    {"noise", "writes lines that are not messages before each message"},
    {"bom", "writes a byte order mark before its first line"},
    {"crlf", "ends lines with CR LF"},
    {"drip", "writes one byte at a time"},
    {"stderr=TEXT", "writes TEXT as a line to stderr when it starts"},
    {"stderr-flood=BYTES", "writes BYTES bytes to stderr when it starts"},
    // The behaviour of its lists.
    {"hang-in-tools-list", "does not answer tools/list"},
    {"fail-tools-list", "answers tools/list with an error"},
    {"pages=N", "lists tools on N pages; each page repeats the last tool of the page before"},
    {"endless-cursor", "returns a new cursor with every page"},
    {"repeated-cursor", "returns the same cursor with every page"},
    {"tools-file=FILE", "returns the content of FILE as the result of tools/list"},
    // Files that it reads or writes.
    {"journal=FILE", "appends a line to FILE for each tools/call before doing anything else"},
    {"starts=FILE", "appends its pid to FILE when it starts"},
    {"verbatim=FILE", "the tool 'verbatim' returns the content of FILE as its result"},
    {"line=FILE", "the tool 'line' writes the line in FILE, with @ID@ and @PAD@ replaced"},
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

#include "child_reason.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "callgate/base/ascii.h"
#include "callgate/base/result.h"
#include "callgate/wire/writer.h"

namespace callgate {

namespace {

/// Returns the system's text for an errno value, in lower case for use within a sentence.
std::string words(int error) {
  std::string text = std::strerror(error);
  if (text.size() > 1 && is_upper(text[0]) && text[1] >= 'a') text[0] = lower(text[0]);
  return text;
}

std::string searched_folders(const std::string& command, const std::string& path) {
  constexpr size_t kMost = 2000;
  if (command.find('/') != std::string::npos) return "";
  if (path.empty()) return ", and PATH is empty";
  return ", in none of " + (path.size() > kMost ? path.substr(0, kMost) + "..." : path);
}

/// Returns advice for the user whose configured command was not found. "command" must be the
/// program only, but many people write the program's arguments there, too. If `command` seems to
/// contain arguments, the advice is the corrected entry.
std::string not_found_hint(const std::string& command) {
  constexpr size_t kMost = 200;
  const std::string usual = "install the program, or give its full path in \"command\"";
  std::vector<std::string> words;
  for (size_t at = 0; at < command.size();) {
    const size_t end = std::min(command.find(' ', at), command.size());
    if (end > at) words.push_back(command.substr(at, end - at));
    at = end + 1;
  }
  if (words.size() < 2 || command.size() > kMost) return usual;
  JsonWriter entry;
  entry.begin_object().key("command").string(words.front()).key("args").begin_array();
  for (size_t i = 1; i < words.size(); ++i) entry.string(words[i]);
  return "\"command\" is one program without arguments: write " +
         entry.end_array().end_object().take();
}

}  // namespace

Error start_error(const WardenReport& report, const std::string& command, const std::string& folder,
                  const std::string& path) {
  const std::string why = "could not be started: " + words(report.value);
  switch (report.kind) {
    case WardenReport::Kind::NotFound:
      return {"child.not_found", why + ": the interpreter in the first line of " + command,
              "install the interpreter, or correct the script's first line"};
    case WardenReport::Kind::NoFolder:
      return {"child.cwd", why + ": the working folder " + folder,
              "create the folder, or correct \"cwd\""};
    case WardenReport::Kind::NotExecuted:
      if (report.value == ENOENT || report.value == ENOTDIR) {
        return {"child.not_found", why + ": " + command + searched_folders(command, path),
                not_found_hint(command)};
      }
      if (report.value == EACCES || report.value == ENOEXEC || report.value == EISDIR ||
          report.value == EPERM) {
        return {"child.not_executable", why + ": " + command,
                "make it executable: chmod +x " + command};
      }
      break;
    case WardenReport::Kind::NoWarden:
      return {"child.start", why + ": callgate's own program, of which each server needs a process",
              "install callgate again if its program is missing, otherwise end other programs or "
              "raise the limit of open files (ulimit -n)"};
    case WardenReport::Kind::NotForked:
    case WardenReport::Kind::Running:
    case WardenReport::Kind::Ended:
      break;
  }
  return {"child.start", why + ": " + command,
          "end other programs or raise the system's limits, then try again"};
}

}  // namespace callgate

#include "keys.h"

#include <algorithm>
#include <iterator>

#include "callgate/base/ascii.h"
#include "callgate/base/hash.h"
#include "callgate/base/name_words.h"

namespace callgate {

namespace {

constexpr size_t kMasked = 4096;
constexpr size_t kIdentifier = 48, kSubjectBytes = 512, kPaths = 64;
constexpr size_t kKeyNodes = 1024;
constexpr uint64_t kMaskedToken = 0x6d61736b, kKeyDepth = 64;

/// The arguments with these names hold the subject of a call. Separators are left out of the names.
/// If a call has several of these arguments, the first one in this list counts.
constexpr std::string_view kSubjectNames[] = {
    "path",   "filepath", "filename", "file", "uri",    "url",        "ref", "sha",
    "commit", "revision", "key",      "id",   "name",   "directory",  "dir", "folder",
    "log",    "logname",  "branch",   "tag",  "number", "issuenumber"};

/// Names of arguments that give a reason or count attempts. Two calls that differ only in them
/// count as the same call.
constexpr std::string_view kVolatile[] = {
    "_meta",         "attempt",    "attempts",      "counter",     "explanation", "intent",
    "justification", "nonce",      "progressToken", "rationale",   "reason",      "reasoning",
    "requestId",     "request_id", "retries",       "retry",       "retry_count", "task_progress",
    "thought",       "thoughts",   "timestamp",     "toolSummary", "tool_summary"};
constexpr std::string_view kCommands[] = {"cmd", "code", "command", "query", "script", "sql"};
/// Members that select how much of a subject to show, and not which subject.
constexpr std::string_view kViews[] = {
    "encoding",  "end",   "end_line",   "format",    "head",      "length", "limit",
    "line",      "lines", "max_bytes",  "max_lines", "offset",    "page",   "per_page",
    "recursive", "start", "start_line", "tail",      "view_range"};

uint64_t hash_string(Value value) {
  return value.node().escaped ? hash_of(value.text())
                              : hash_of(value.raw().substr(1, value.raw().size() - 2));
}

/// Adds the hashes of an object's members, so that their order doesn't count.
uint64_t hash_value(Value value, uint64_t depth = 0) {
  if (value.is_string()) return hash_string(value);
  const auto kind = static_cast<uint64_t>(value.node().kind);
  if ((!value.is_object() && !value.is_array()) || depth == kKeyDepth)
    return hash_of(value.raw(), kind + 1);
  uint64_t sum = kind;
  for (Value child : value) {
    const uint64_t hashed = hash_value(child, depth + 1);
    sum = value.is_object() ? sum + mix(hash_of(child.raw_key()), hashed) : mix(sum, hashed);
  }
  return mix(sum, kind);
}

/// True for a number, for seven or more hexadecimal digits, and for a mixture of letters and
/// digits.
bool is_identifier(std::string_view word) {
  size_t digits = 0, hexes = 0, switches = 0;
  for (size_t i = 0; i < word.size(); ++i) {
    digits += is_digit(word[i]);
    hexes += is_hex_digit(word[i]);
    switches += i > 0 && is_digit(word[i]) != is_digit(word[i - 1]);
  }
  if (digits == word.size()) return true;
  if (hexes == word.size() && word.size() >= 7 && digits > 0) return true;
  return word.size() >= 8 && digits >= 2 && switches >= 2;
}

bool is_uuid(std::string_view text) {
  if (text.size() < 36) return false;
  for (size_t i = 0; i < 36; ++i)
    if (i == 8 || i == 13 || i == 18 || i == 23 ? text[i] != '-' : !is_hex_digit(text[i]))
      return false;
  return text.size() == 36 || !is_letter_or_digit(text[36]);
}

struct Kind {
  bool any = false;
  std::string identifier;
};

/// Returns the hash of the text with its identifiers masked, and keeps the longest identifier in
/// `kind`.
uint64_t mask_string(std::string_view text, Kind& kind) {
  uint64_t h = 17;
  for (size_t i = 0; i < text.size();) {
    if (!is_letter_or_digit(text[i])) {
      h = mix(h, static_cast<uint8_t>(text[i++]));
      continue;
    }
    size_t end = i;
    if (is_uuid(text.substr(i)))
      end = i + 36;
    else
      while (end < text.size() && is_letter_or_digit(text[end])) ++end;
    const std::string_view word = text.substr(i, end - i);
    if (word.size() == 36 || is_identifier(word)) {
      h = mix(h, kMaskedToken);
      kind.any = true;
      const std::string_view cut = word.substr(0, kIdentifier);
      // Of two identifiers of equal length, keeps the identifier that sorts last, so that the order
      // of the members does not matter.
      const bool longer = cut.size() > kind.identifier.size();
      if (longer || (cut.size() == kind.identifier.size() && cut > kind.identifier))
        kind.identifier = cut;
    } else {
      h = mix(h, hash_of(word));
    }
    i = end;
  }
  return h;
}

/// `hashed` is hash_value(value), which is the result if there is nothing to mask.
uint64_t hash_masked_member(Value value, uint64_t hashed, Kind& kind) {
  if (value.is_number()) return mask_string(value.raw(), kind);
  // A long text is content, and looking for identifiers in it costs milliseconds per MiB.
  if (!value.is_string() || value.raw().size() > kMasked) return hashed;
  if (value.node().escaped) return mask_string(value.text(), kind);
  return mask_string(value.raw().substr(1, value.raw().size() - 2), kind);
}

bool volatile_member(Value args, Value member) {
  const std::string_view key = member.raw_key();
  if (has(kVolatile, key)) return true;
  if (key != "description" && key != "summary") return false;
  for (std::string_view command : kCommands)
    if (args.find(command)) return true;
  return false;
}

/// True if the member's value is a name, and not a command or a text.
bool is_name(Value member) {
  return member.is_string() && !has(kCommands, member.raw_key()) &&
         member.raw().size() <= kSubjectBytes &&
         member.raw().find_first_of(" \n\t\\") == std::string_view::npos;
}

/// Returns the place of the argument's name in kSubjectNames; their number if it is not among them.
size_t subject_rank(Value member) {
  const FoldedName name =
      member.node().key_escaped ? folded_name(member.key()) : folded_name(member.raw_key());
  return static_cast<size_t>(
      std::find(std::begin(kSubjectNames), std::end(kSubjectNames), name.text()) -
      std::begin(kSubjectNames));
}

/// Returns the argument that names the call's subject.
Value subject_argument(Value args) {
  Value subject;
  size_t lowest = std::size(kSubjectNames);
  for (Value member : args) {
    if (!member.is_string() && !member.is_number()) continue;
    const size_t rank = subject_rank(member);
    if (rank >= lowest) continue;
    lowest = rank;
    subject = member;
  }
  return subject;
}

void read_arguments(Value args, CallKeys& keys) {
  uint64_t sum = 0, all = 0, other_arguments = 0, masked = keys.tool;
  Kind kind;
  Value only;
  const Value subject = subject_argument(args);
  size_t counted = 0;
  for (Value member : args) {
    const uint64_t key = hash_of(member.raw_key());
    const uint64_t value = hash_value(member), hashed = mix(key, value);
    all += hashed;
    if (volatile_member(args, member)) continue;
    sum += hashed;
    ++counted;
    only = member;
    if (!(subject && member.index() == subject.index()) && !has(kViews, member.raw_key()))
      other_arguments += hashed;
    masked += mix(key, hash_masked_member(member, value, kind));
  }
  keys.is_command = args.find("command").is_string() || args.find("cmd").is_string();
  keys.names_one_thing = counted == 1 && is_name(only);
  // If all arguments are volatile, the key uses them all. For example, the only argument of a tool
  // may be a thought.
  keys.call = mix(keys.tool, sum == 0 ? all : sum);
  keys.other_arguments = other_arguments;
  if (kind.any) {
    keys.kind = masked;
    keys.identifier = kind.identifier;
  }
  if (subject) {
    const std::string text = subject.is_string() ? subject.text() : std::string(subject.raw());
    if (!text.empty() && text.size() <= kSubjectBytes) keys.subject = normal_path(text);
  } else if (keys.names_one_thing && only.raw().find('@') == std::string_view::npos) {
    // An e-mail address is not a subject, because agents do not guess e-mail addresses.
    keys.subject = normal_path(only.text());
    keys.other_arguments = 0;
  }
}

/// Collects the strings in a call's arguments that may be paths.
struct Paths {
  std::vector<std::string> found;
  size_t visited = 0;

  void look(Value value, size_t depth) {
    if (++visited > kKeyNodes || depth > kKeyDepth || found.size() == kPaths) return;
    if (value.is_string()) return add_text(value.text());
    if (!value.is_array() && !value.is_object()) return;
    for (const Value inner : value) {
      if (visited > kKeyNodes) return;
      look(inner, depth + 1);
    }
  }

 private:
  void add(std::string_view text) {
    if (!text.empty() && text.size() <= kSubjectBytes && found.size() < kPaths)
      found.push_back(normal_path(text));
  }
  void add_text(const std::string& text) {
    add(text);
    if (text.size() > 4 * kSubjectBytes || text.find_first_of(" \t\n") == std::string::npos) return;
    for (size_t from = 0; from < text.size();) {
      const size_t end = std::min(text.find_first_of(" \t\n'\"=;|&<>()", from), text.size());
      if (end > from) add(std::string_view(text).substr(from, end - from));
      from = end + 1;
    }
  }
};

}  // namespace

CallKeys keys_of(const GuardCall& call) {
  CallKeys keys;
  keys.tool = mix(hash_of(call.server), hash_of(call.tool));
  if (!call.account.empty()) keys.tool = mix(keys.tool, hash_of(call.account));
  if (!call.args) {
    keys.call = keys.tool;
    return keys;
  }
  if (!call.args.is_object()) {
    keys.call = mix(keys.tool, hash_value(call.args));
    return keys;
  }
  read_arguments(call.args, keys);
  // The record keeps this key with the subject of a dead end, but not the account.
  if (!call.account.empty())
    keys.other_arguments = mix(keys.other_arguments, hash_of(call.account));
  keys.guess = keys.subject.substr(keys.subject.rfind('/') + 1);
  return keys;
}

std::string normal_path(std::string_view path) {
  if (begins_ignoring_case(path, "file://")) path.remove_prefix(7);
  std::string normal;
  normal.reserve(path.size());
  for (size_t i = 0; i < path.size(); ++i) {
    const bool part_begins = normal.empty() || normal.back() == '/';
    if (path[i] == '/' && part_begins && !normal.empty() &&
        !(normal.size() >= 2 && normal[normal.size() - 2] == ':'))
      continue;
    if (path[i] == '.' && part_begins && i + 1 < path.size() && path[i + 1] == '/') {
      ++i;
      continue;
    }
    normal += path[i];
  }
  while (normal.size() > 1 && normal.back() == '/') normal.pop_back();
  return normal;
}

std::string_view parent_of(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos || slash == 0 ? std::string_view{} : path.substr(0, slash);
}

std::vector<std::string> paths_in(Value args) {
  Paths paths;
  paths.look(args, 0);
  return std::move(paths.found);
}

}  // namespace callgate

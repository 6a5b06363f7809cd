#include "argument_strings.h"

#include <array>
#include <unordered_map>

#include "callgate/base/ascii.h"

namespace callgate {

namespace {

constexpr std::string_view kPath[] = {
    "path",      "paths",      "file",    "files",   "filename", "filenames", "filepath",
    "filepaths", "dir",        "dirs",    "folder",  "folders",  "directory", "directories",
    "subdir",    "subpath",    "fname",   "fpath",   "pathname", "pathnames", "dirname",
    "dirpath",   "foldername", "infile",  "outfile", "indir",    "outdir",    "srcfile",
    "dstfile",   "destfile",   "logfile", "rootdir"};
constexpr std::string_view kPlace[] = {
    "cwd",  "workdir", "workspace",  "workspaces", "working", "root",     "roots", "project",
    "repo", "repos",   "repository", "base",       "basedir", "worktree", "vault"};
constexpr std::string_view kSoft[] = {
    "target",     "targets", "input",    "inputs",   "output", "outputs", "location",   "archive",
    "attachment", "image",   "document", "database", "db",     "uri",     "attachments"};
constexpr std::string_view kTransfer[] = {"source", "sources", "src", "destination", "dest", "dst"};
constexpr std::string_view kText[] = {
    "content",  "contents", "text",        "texts",       "pattern",     "patterns", "query",
    "message",  "body",     "title",       "comment",     "comments",    "code",     "description",
    "sql",      "prompt",   "regex",       "glob",        "globs",       "summary",  "note",
    "notes",    "html",     "markdown",    "diff",        "patch",       "branch",   "ref",
    "revision", "tag",      "tags",        "owner",       "model",       "mime",     "type",
    "types",    "language", "label",       "labels",      "find",        "replace",  "keyword",
    "search",   "keywords", "reason",      "thought",     "format",      "answer",   "subject",
    "question", "edits",    "replacement", "observation", "observations"};

constexpr size_t kMostWords = 8, kLongestName = 64;

/// Returns what each word in a name implies. Words are looked up for every call with arguments, so
/// all lists of words are in one hash table.
const std::unordered_map<std::string_view, Naming>& meanings() {
  static const auto* const kAll = [] {
    auto* all = new std::unordered_map<std::string_view, Naming>;
    for (const std::string_view word : kText) all->emplace(word, Naming::Text);
    for (const std::string_view word : kPath) all->emplace(word, Naming::Path);
    for (const std::string_view word : kPlace) all->emplace(word, Naming::Place);
    for (const std::string_view word : kSoft) all->emplace(word, Naming::Soft);
    for (const std::string_view word : kTransfer) all->emplace(word, Naming::Transfer);
    return all;
  }();
  return *kAll;
}

Naming meaning_of(std::string_view word) {
  const auto found = meanings().find(word);
  return found == meanings().end() ? Naming::Other : found->second;
}

/// Splits a name into words, in lower case in `buffer`: `repoPath`, `repo_path` and `REPO-PATH`
/// have two words each.
size_t name_words(std::string_view name, std::array<char, kLongestName>& buffer,
                  std::array<std::string_view, kMostWords>& words) {
  size_t count = 0, from = 0;
  const auto end_word = [&](size_t to) {
    if (to > from && count < kMostWords)
      words[count++] = std::string_view(buffer.data() + from, to - from);
    from = to;
  };
  name = name.substr(0, kLongestName);
  for (size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    buffer[i] = lower(c);
    if (!is_letter(c)) {
      end_word(i);
      from = i + 1;
    } else if (is_upper(c) && i > 0 && is_letter(name[i - 1]) && !is_upper(name[i - 1])) {
      end_word(i);
    }
  }
  end_word(name.size());
  return count;
}

bool walk(Value value, std::string_view name, Value members,
          const std::function<bool(const ArgumentString&)>& visit) {
  if (value.is_string()) return visit({value, false, name, members});
  if (!value.is_object() && !value.is_array()) return true;
  const bool object = value.is_object();
  for (const Value child : value) {
    if (object && !visit({child, true, {}, {}})) return false;
    if (!walk(child, object ? child.raw_key() : name, object ? value : members, visit))
      return false;
  }
  return true;
}

}  // namespace

Naming naming_of(std::string_view key) {
  std::array<char, kLongestName> buffer;
  std::array<std::string_view, kMostWords> words;
  const size_t count = name_words(key, buffer, words);
  if (count == 0) return Naming::Other;
  bool text = false, path = false, place = false;
  Naming last = Naming::Other;
  for (size_t i = 0; i < count; ++i) {
    last = meaning_of(words[i]);
    text = text || last == Naming::Text;
    path = path || last == Naming::Path;
    place = place || last == Naming::Place;
  }
  if (last == Naming::Text || last == Naming::Soft || last == Naming::Transfer) return last;
  if (last == Naming::Path || last == Naming::Place) return place ? Naming::Place : Naming::Path;
  if (text) return Naming::Text;
  return path ? Naming::Path : Naming::Other;
}

Naming ArgumentString::naming() const {
  const Naming own = naming_of(name);
  if (own != Naming::Transfer || !members.is_object()) return own;
  for (const Value member : members) {
    if (!member.is_string() || member.raw_key() == name) continue;
    const std::string_view token = member.raw();  // with its quotes
    const bool path = token.size() > 2 && (token[1] == '/' || token[1] == '~');
    if (path && naming_of(member.raw_key()) == Naming::Transfer) return Naming::Path;
  }
  return own;
}

std::string_view ArgumentString::raw() const {
  if (is_key) return value.raw_key();
  const std::string_view token = value.raw();
  return token.substr(1, token.size() - 2);
}

void for_each_string(Value root, const std::function<bool(const ArgumentString&)>& visit) {
  walk(root, {}, {}, visit);
}

}  // namespace callgate

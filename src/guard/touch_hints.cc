#include "touch_hints.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "callgate/base/ascii.h"

namespace callgate {

namespace {

struct Entry {
  std::string_view name;
  Named named;
};

constexpr Named kContent{Hint::Content};
constexpr Named path{Hint::Path, true}, maybe_path{Hint::Path}, base{Hint::Base, true};
constexpr Named output{Hint::Output, true};

constexpr Named ranked(Named named, uint8_t rank) {
  named.rank = rank;
  return named;
}

constexpr Named folder(Named named) {
  named.folder = true;
  return named;
}

// Sorted by name, in lower case. Names whose last word is misleading ("json_path" is not a file)
// are listed here as None, because otherwise kLastWords would decide.
constexpr Entry kHintNames[] = {
    {"absolutepath", path},
    {"answer", kContent},
    {"apikey", kContent},
    {"args", {Hint::Arguments}},
    {"arguments", {Hint::Arguments}},
    {"argv", {Hint::Arguments}},
    {"attachment", {Hint::Source}},
    {"attachments", {Hint::Source}},
    {"authorization", kContent},
    {"basedir", base},
    {"basepath", base},
    {"blob", kContent},
    {"body", kContent},
    {"branch", ranked({}, 21)},
    {"caption", kContent},
    {"classpath", {}},
    {"cloneurl", {Hint::Repo}},
    {"cmd", {Hint::Command}},
    {"code", kContent},
    {"collection", {Hint::Collection, true}},
    {"collectionname", {Hint::Collection, true}},
    {"command", {Hint::Command}},
    {"commandline", {Hint::Command}},
    {"comment", kContent},
    {"comments", kContent},
    {"commit", ranked({}, 10)},
    {"content", kContent},
    {"contents", kContent},
    {"cookies", kContent},
    {"css", kContent},
    {"cwd", base},
    {"data", {Hint::Data}},
    {"database", {Hint::Database, true}},
    {"databasename", {Hint::Database, true}},
    {"datapath", {}},
    {"db", {Hint::Database, true}},
    {"dbname", {Hint::Database, true}},
    {"description", kContent},
    {"dest", {Hint::Destination}},
    {"destination", {Hint::Destination}},
    {"destinationpath", {Hint::Destination, true}},
    {"destpath", {Hint::Destination, true}},
    {"diff", kContent},
    {"dir", folder(ranked(path, 16))},
    {"directories", path},
    {"directory", folder(ranked(path, 15))},
    {"dirs", path},
    {"document", maybe_path},
    {"domain", {Hint::Host}},
    {"downloadpath", output},
    {"downloadspath", output},
    {"dst", {Hint::Destination}},
    {"elementpath", {}},
    {"endpoint", {Hint::Uri}},
    {"env", kContent},
    {"environment", kContent},
    {"epic", {Hint::Reference}},
    {"epickey", {Hint::Reference}},
    {"exportpath", output},
    {"expression", kContent},
    {"fieldpath", {}},
    {"file", ranked(path, 5)},
    {"filecontent", kContent},
    {"filename", ranked(path, 4)},
    {"filenames", path},
    {"filepath", ranked(path, 2)},
    {"filepaths", path},
    {"files", path},
    {"filetext", kContent},
    {"folder", folder(ranked(path, 17))},
    {"folders", path},
    {"from", {Hint::Source}},
    {"fullname", {Hint::Project}},
    {"giturl", {Hint::Repo}},
    {"headers", kContent},
    {"host", {Hint::Host}},
    {"hostname", {Hint::Host}},
    {"href", {Hint::Url}},
    {"html", kContent},
    {"id", ranked({Hint::Reference}, 13)},
    {"identifier", {Hint::Reference}},
    {"ids", {Hint::Reference}},
    {"image", maybe_path},
    {"input", maybe_path},
    {"inserttext", kContent},
    {"instructions", kContent},
    {"issue", {Hint::Issue}},
    {"issueid", {Hint::Issue}},
    {"issueidentifier", {Hint::Issue}},
    {"issueidorkey", {Hint::Issue}},
    {"issueiid", {Hint::IssueNumber}},
    {"issuekey", {Hint::Issue}},
    {"issuekeys", {Hint::Issue}},
    {"issuenumber", ranked({Hint::IssueNumber}, 24)},
    {"javascript", kContent},
    {"jqpath", {}},
    {"js", kContent},
    {"jsonpath", {}},
    {"key", ranked({Hint::Reference}, 12)},
    {"keypath", {}},
    {"keys", {Hint::Reference}},
    {"link", {Hint::Url}},
    {"location", maybe_path},
    {"log", ranked({}, 19)},
    {"logname", ranked({}, 20)},
    {"markdown", kContent},
    {"mergerequestiid", {Hint::IssueNumber}},
    {"message", kContent},
    {"messages", kContent},
    {"meta", kContent},
    {"name", ranked({}, 14)},
    {"newcontent", kContent},
    {"newpath", {Hint::Destination, true}},
    {"newstr", kContent},
    {"newstring", kContent},
    {"newtext", kContent},
    {"nodepath", {}},
    {"note", kContent},
    {"number", ranked({Hint::Number}, 23)},
    {"objectpath", {}},
    {"observations", kContent},
    {"oldcontent", kContent},
    {"oldpath", {Hint::Source, true}},
    {"oldstr", kContent},
    {"oldstring", kContent},
    {"oldtext", kContent},
    {"org", {Hint::Owner}},
    {"organization", {Hint::Owner}},
    {"outdir", output},
    {"outfile", output},
    {"outpath", output},
    {"output", {Hint::Output}},
    {"outputdir", output},
    {"outputfile", output},
    {"outputpath", output},
    {"owner", {Hint::Owner}},
    {"parent", {Hint::Reference}},
    {"parentid", {Hint::Reference}},
    {"parentkey", {Hint::Reference}},
    {"password", kContent},
    {"patch", kContent},
    {"path", folder(ranked(path, 1))},
    {"paths", path},
    {"prnumber", {Hint::IssueNumber}},
    {"project", {Hint::Project}},
    {"projectid", {Hint::Project}},
    {"projectroot", base},
    {"prompt", kContent},
    {"propertypath", {}},
    {"pullnumber", {Hint::IssueNumber}},
    {"pullrequestid", {Hint::IssueNumber}},
    {"pullrequestnumber", {Hint::IssueNumber}},
    {"query", {Hint::Query}},
    {"question", kContent},
    {"reason", kContent},
    {"reasoning", kContent},
    {"ref", ranked({Hint::Reference}, 8)},
    {"remote", {Hint::Repo}},
    {"remoteurl", {Hint::Repo}},
    {"repo", {Hint::Repo, true}},
    {"repofullname", {Hint::Repo, true}},
    {"reponame", {Hint::Repo, true}},
    {"repoowner", {Hint::Owner}},
    {"repopath", base},
    {"repos", {Hint::Repo, true}},
    {"repositories", {Hint::Repo, true}},
    {"repository", {Hint::Repo, true}},
    {"repositoryname", {Hint::Repo, true}},
    {"repositoryurl", {Hint::Repo}},
    {"repourl", {Hint::Repo}},
    {"revision", ranked({}, 11)},
    {"root", base},
    {"rootdir", base},
    {"rootpath", base},
    {"savepath", output},
    {"saveto", output},
    {"schema", {Hint::Schema, true}},
    {"schemaname", {Hint::Schema, true}},
    {"script", kContent},
    {"secret", kContent},
    {"sha", ranked({}, 9)},
    {"snippet", kContent},
    {"source", {Hint::Source}},
    {"sourcecode", kContent},
    {"sourcefile", {Hint::Source, true}},
    {"sourcepath", {Hint::Source, true}},
    {"sql", {Hint::Sql}},
    {"sqlquery", {Hint::Sql}},
    {"src", {Hint::Source}},
    {"sshurl", {Hint::Repo}},
    {"statement", {Hint::Sql}},
    {"subject", kContent},
    {"summary", kContent},
    {"table", {Hint::Table, true}},
    {"tablename", {Hint::Table, true}},
    {"tablenames", {Hint::Table, true}},
    {"tables", {Hint::Table, true}},
    {"tag", ranked({}, 22)},
    {"target", maybe_path},
    {"targetfile", path},
    {"targetpath", {Hint::Destination, true}},
    {"template", kContent},
    {"text", kContent},
    {"texts", kContent},
    {"thought", kContent},
    {"thoughts", kContent},
    {"ticket", {Hint::Issue}},
    {"ticketid", {Hint::Issue}},
    {"ticketkey", {Hint::Issue}},
    {"title", kContent},
    {"to", {Hint::Destination}},
    {"token", kContent},
    {"uri", ranked({Hint::Uri}, 6)},
    {"uris", {Hint::Uri}},
    {"url", ranked({Hint::Url}, 7)},
    {"urlpath", {}},
    {"urls", {Hint::Url}},
    {"value", kContent},
    {"website", {Hint::Url}},
    {"workdir", base},
    {"workingdir", base},
    {"workingdirectory", base},
    {"workspace", maybe_path},
    {"workspaceroot", base},
    {"xml", kContent},
    {"xpath", {}},
    {"yaml", kContent},
};

constexpr size_t longest_name() {
  size_t longest = 0;
  for (const Entry& entry : kHintNames) longest = std::max(longest, entry.name.size());
  return longest;
}
constexpr bool is_sorted() {
  for (size_t i = 1; i < std::size(kHintNames); ++i)
    if (!(kHintNames[i - 1].name < kHintNames[i].name)) return false;
  return true;
}
static_assert(is_sorted());

/// The meaning of a longer name's last word: template_path, imageUrls.
constexpr Entry kLastWords[] = {
    {"dir", path},         {"directories", path}, {"directory", path},   {"file", path},
    {"filename", path},    {"filenames", path},   {"filepath", path},    {"files", path},
    {"folder", path},      {"folders", path},     {"href", {Hint::Url}}, {"path", path},
    {"paths", path},       {"uri", {Hint::Uri}},  {"uris", {Hint::Uri}}, {"url", {Hint::Url}},
    {"urls", {Hint::Url}},
};

template <size_t N>
const Entry* look_up(const Entry (&entries)[N], std::string_view name) {
  const Entry* found = std::lower_bound(
      std::begin(entries), std::end(entries), name,
      [](const Entry& entry, std::string_view wanted) { return entry.name < wanted; });
  return found != std::end(entries) && found->name == name ? found : nullptr;
}

}  // namespace

Named named(std::string_view key) {
  std::array<char, 48> folded;
  size_t size = 0, last_word = 0;
  if (key.size() > 64) return {};
  for (size_t i = 0; i < key.size(); ++i) {
    const char c = key[i];
    const bool separator = c == '_' || c == '-' || c == '.';
    const bool hump = i > 0 && c != lower(c) && key[i - 1] == lower(key[i - 1]);
    if (separator || hump) last_word = size;
    if (separator) continue;
    if (size == folded.size()) return {};
    folded[size++] = lower(c);
  }
  const std::string_view name(folded.data(), size);
  if (name.size() <= longest_name())
    if (const Entry* entry = look_up(kHintNames, name)) return entry->named;
  if (last_word > 0)
    if (const Entry* entry = look_up(kLastWords, name.substr(last_word))) return entry->named;
  return {};
}

Named named(Value member) {
  return member.node().key_escaped ? named(member.key()) : named(member.raw_key());
}

}  // namespace callgate

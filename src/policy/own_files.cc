#include "own_files.h"

#include <algorithm>
#include <optional>

#include "callgate/base/ascii.h"
#include "callgate/base/path_text.h"

namespace callgate {

namespace {

constexpr size_t kBlock = 64;
constexpr size_t kMostPlaces = 16, kLongestToken = 4096, kLongestCommand = size_t{64} << 10;
constexpr std::string_view kFiles[] = {"config.json", "callgate.db", "callgate.db-wal"};
// The characters that end a path in a command, a statement or a connection string.
constexpr std::string_view kEnds = " \t\r\n\v\f'\"`=,;|&<>()[]:";

void add_once(std::vector<std::string>& list, std::string one) {
  if (std::find(list.begin(), list.end(), one) == list.end()) list.push_back(std::move(one));
}

/// Returns the offset of `name` (at least two bytes, in lower case) in the text, ignoring the case
/// of the text; npos if the text does not contain it.
size_t find_folded_name(std::string_view text, std::string_view name, size_t from) {
  if (text.size() < name.size()) return std::string_view::npos;
  const size_t last = text.size() - name.size();
  const auto fold = [](char c) { return static_cast<char>(c | 0x20); };
  const char first = fold(name[0]), second = fold(name[1]);
  while (from <= last) {
    const size_t end = std::min(from + kBlock, last + 1);
    // The loop has no branch and computes bytes only, so that the compiler can vectorise it.
    unsigned char any = 0;
    for (size_t i = from; i < end; ++i) {
      const unsigned char one = fold(text[i]) == first, two = fold(text[i + 1]) == second;
      any = static_cast<unsigned char>(any | (one & two));
    }
    if (any != 0)
      for (size_t i = from; i < end; ++i)
        if (equal_ignoring_case(text.substr(i, name.size()), name)) return i;
    from = end;
  }
  return std::string_view::npos;
}

bool is_end(char c) { return kEnds.find(c) != std::string_view::npos; }

bool is_name_byte(char c) {
  return is_letter_or_digit(c) || c == '_' || c == '-' || static_cast<unsigned char>(c) >= 0x80;
}

/// True if a component of a path ends at `at`. This check ensures that `callgate2` and
/// `callgate.bak` do not count as `callgate`.
bool ends_component(std::string_view text, size_t at) {
  if (at >= text.size()) return true;
  if (text[at] == '.') return at + 1 >= text.size() || !is_name_byte(text[at + 1]);
  return !is_name_byte(text[at]);
}

/// Returns the text from the start of the token around `begin` up to `end`, with "~" in front if a
/// home folder in quotes precedes it (`"$HOME"/x`).
std::string token_around(std::string_view text, size_t begin, size_t end) {
  size_t from = begin;
  while (from > 0 && !is_end(text[from - 1]) && begin - from < kLongestToken) --from;
  std::string token(text.substr(from, end - from));
  if (from == 0 || (text[from - 1] != '"' && text[from - 1] != '\'')) return token;
  const std::string_view before = text.substr(0, from - 1);
  for (const std::string_view home : {"$HOME", "${HOME}", "~"})
    if (before.size() >= home.size() && before.substr(before.size() - home.size()) == home)
      return "~" + token;
  return token;
}

std::vector<std::string_view> tokens_of(std::string_view text) {
  std::vector<std::string_view> tokens;
  size_t from = 0;
  for (size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && !is_end(text[i])) continue;
    if (i > from) tokens.push_back(text.substr(from, i - from));
    from = i + 1;
  }
  return tokens;
}

/// Returns the absolute path that the token means, with the home folder filled in; empty if the
/// token is not an absolute path.
std::string absolute(std::string_view token, const Bases& bases) {
  const std::string tilde = home_as_tilde(token);
  if (tilde.empty()) return {};
  if (tilde.front() == '/') return lexical_path(tilde);
  if (tilde.front() != '~' || bases.homes.empty()) return {};
  const size_t slash = std::min(tilde.find('/'), tilde.size());
  return lexical_path(bases.homes.front() + tilde.substr(slash));
}

/// Returns the absolute paths in the text. A relative path in the text may begin at one of these
/// paths, because a command may change its folder first.
std::vector<std::string> places_in(std::string_view text, const Bases& bases) {
  std::vector<std::string> places;
  for (const std::string_view token : tokens_of(text)) {
    if (places.size() >= kMostPlaces) break;
    if (std::string place = absolute(token, bases); !place.empty())
      add_once(places, std::move(place));
  }
  return places;
}

std::string_view last_part(std::string_view path) { return path.substr(path.rfind('/') + 1); }

std::string parent_of(std::string_view path) {
  return std::string(path.substr(0, std::min(path.rfind('/'), path.size())));
}

/// Returns the text as a shell reads it: without the quotes and backslashes of `call''gate` or
/// `call\gate`.
std::string without_quoting(std::string_view text) {
  std::string out(text);
  std::erase_if(out, [](char c) { return c == '\\' || c == '\'' || c == '"'; });
  return out;
}

// Searches for each character separately, because find() with a single character compares many
// bytes at once.
bool holds_quoting(std::string_view text) {
  return text.find('\\') != std::string_view::npos || text.find('\'') != std::string_view::npos ||
         text.find('"') != std::string_view::npos;
}

bool moves_or_removes(std::string_view word) {
  // Skips backslashes at the front: a shell user writes `\rm` to avoid an alias.
  word.remove_prefix(std::min(word.find_first_not_of('\\'), word.size()));
  for (const std::string_view verb : {"mv", "rm", "rmdir", "rename", "shred", "trash", "unlink"})
    if (last_part(word) == verb) return true;
  return false;
}

}  // namespace

OwnFiles::OwnFiles(const std::vector<std::string>& written, const std::vector<std::string>& real,
                   std::string_view home)
    : home_(home) {
  for (const std::string& path : written) {
    add_once(written_, lexical_path(path));
    add_once(folders_, lexical_path(path));
  }
  for (const std::string& path : real) add_once(folders_, lexical_path(path));
  for (const std::string& path : folders_) {
    std::string name = lowered(last_part(path));
    // A text that names a file in our folder also names that folder.
    const bool covered = std::any_of(folders_.begin(), folders_.end(), [&](const std::string& f) {
      return f != path && is_inside(path, f, Case::Exact);
    });
    if (name.size() >= 2 && !covered) add_once(names_, std::move(name));
    size_t from = 1;
    while (from < path.size()) {
      const size_t slash = std::min(path.find('/', from), path.size());
      add_once(words_, lowered(std::string_view(path).substr(from, slash - from)));
      from = slash + 1;
    }
  }
  if (!folders_.empty())
    for (const std::string_view file : kFiles) add_once(words_, std::string(file));
}

bool OwnFiles::holds(std::string_view path) const {
  return std::any_of(folders_.begin(), folders_.end(), [&](const std::string& folder) {
    return is_inside(path, folder, Case::Folded);
  });
}

OwnFiles::Above OwnFiles::above(std::string_view path) const {
  const bool any = std::any_of(folders_.begin(), folders_.end(), [&](const std::string& folder) {
    return folder.size() > path.size() && is_inside(folder, path, Case::Folded);
  });
  if (!any) return Above::No;
  const bool far = path == "/" || path == "/tmp" || path == "/var" || path == "/private" ||
                   (home_.size() > path.size() && is_inside(home_, path, Case::Folded));
  return far ? Above::Far : Above::Near;
}

bool OwnFiles::has_word(std::string_view word) const {
  return std::any_of(words_.begin(), words_.end(),
                     [&](const std::string& one) { return equal_ignoring_case(word, one); });
}

bool OwnFiles::may_be_in(std::string_view json) const {
  if (names_.empty()) return false;
  if (json.find('%') != std::string_view::npos || json.find("\\u00") != std::string_view::npos)
    return true;
  if (has_name(json)) return true;
  // A shell ignores quotes and backslashes within a name. It is enough to look for single quotes
  // and backslashes: in JSON, a double quote inside a string always has a backslash before it.
  const bool quoted =
      json.find('\\') != std::string_view::npos || json.find('\'') != std::string_view::npos;
  return quoted && json.size() <= kLongestCommand && has_name(without_quoting(json));
}

bool OwnFiles::has_name(std::string_view json) const {
  return std::any_of(names_.begin(), names_.end(), [&](const std::string& name) {
    return find_folded_name(json, name, 0) != std::string_view::npos;
  });
}

bool OwnFiles::token_is_ours(std::string_view token, const Bases& bases,
                             const std::vector<std::string>& places) const {
  if (const std::string path = absolute(token, bases); !path.empty()) return holds(path);
  if (token.substr(0, 1) == "$") {
    const std::string_view variable = token.substr(0, std::min(token.find('/'), token.size()));
    if (variable.find("XDG_") == std::string_view::npos) return false;
    const std::string rest(token.substr(variable.size()));
    return std::any_of(folders_.begin(), folders_.end(), [&](const std::string& folder) {
      return holds(lexical_path(parent_of(folder) + rest));
    });
  }
  if (token.find('/') == std::string_view::npos && places.empty()) return false;
  const auto under = [&](const std::string& base) {
    return holds(lexical_path(base + "/" + std::string(token)));
  };
  return (!bases.cwd.empty() && under(bases.cwd)) ||
         std::any_of(bases.folders.begin(), bases.folders.end(), under) ||
         std::any_of(places.begin(), places.end(), under);
}

bool OwnFiles::named_in_plain(std::string_view text, const Bases& bases) const {
  std::optional<std::vector<std::string>> places;
  for (const std::string& name : names_) {
    for (size_t at = find_folded_name(text, name, 0); at != std::string_view::npos;
         at = find_folded_name(text, name, at + 1)) {
      const size_t end = at + name.size();
      if (!ends_component(text, end) || (at > 0 && text[at - 1] != '/' && !is_end(text[at - 1])))
        continue;
      // Compares the whole text first, because the path may contain a space, at which the token
      // below would end.
      for (const std::string& folder : folders_)
        if (end >= folder.size() &&
            is_inside(text.substr(end - folder.size(), folder.size()), folder, Case::Folded))
          return true;
      if (!places) places = places_in(text, bases);
      std::string token = token_around(text, at, end);
      if (end < text.size() && text[end] == '/') token += '/';
      if (token_is_ours(token, bases, *places)) return true;
    }
  }
  return false;
}

bool OwnFiles::named_in(std::string_view text, const Bases& bases) const {
  if (named_in_plain(text, bases)) return true;
  if (text.find('%') != std::string_view::npos && named_in_plain(percent_decoded(text), bases))
    return true;
  if (text.find('\\') != std::string_view::npos) {
    std::string slashes(text);
    std::replace(slashes.begin(), slashes.end(), '\\', '/');
    if (named_in_plain(slashes, bases)) return true;
  }
  if (!holds_quoting(text)) return false;
  return named_in_plain(without_quoting(text), bases);
}

bool OwnFiles::may_hold_place(std::string_view json) {
  // Searches for each character separately, because find() with a single character compares many
  // bytes at once.
  for (const char sign : {'/', '~', '$', '\\'})
    if (json.find(sign) != std::string_view::npos) return true;
  // The text may name a hidden folder by a relative path, such as ".config".
  return json.find(" .") != std::string_view::npos;
}

bool OwnFiles::may_be_command(std::string_view token) {
  // An escape may hide a letter of a verb or the blank after it.
  if (token.find('\\') != std::string_view::npos) return true;
  if (!may_hold_place(token)) return false;
  for (const std::string_view verb :
       {"mv ", "rm ", "rmdir ", "rename ", "shred ", "trash ", "unlink "})
    if (token.find(verb) != std::string_view::npos) return true;
  return false;
}

bool OwnFiles::command_takes_folder_above(std::string_view text, const Bases& bases) const {
  if (text.size() > kLongestCommand || !may_hold_place(text)) return false;
  const std::vector<std::string> places = places_in(text, bases);
  size_t from = 0;
  while (from < text.size()) {
    const size_t end = std::min(text.find_first_of(";|&\n", from), text.size());
    const std::vector<std::string_view> words = tokens_of(text.substr(from, end - from));
    from = end + 1;
    const auto verb = std::find_if(words.begin(), words.end(), moves_or_removes);
    if (verb == words.end()) continue;
    // The last operand of mv is the target, which mv doesn't move.
    const bool moves = last_part(*verb) == "mv" && words.end() - verb > 2;
    for (auto word = verb + 1; word != words.end() - (moves ? 1 : 0); ++word) {
      std::string_view operand = *word;
      if (operand.size() > 2 && operand.substr(operand.size() - 2) == "/*")
        operand.remove_suffix(2);
      if (operand_is_above(operand, bases, places)) return true;
    }
  }
  return false;
}

bool OwnFiles::operand_is_above(std::string_view operand, const Bases& bases,
                                const std::vector<std::string>& places) const {
  if (const std::string path = absolute(operand, bases); !path.empty())
    return above(path) != Above::No;
  if (operand.front() == '-' || is_only_dots(operand)) return false;
  const auto under = [&](const std::string& base) {
    return above(lexical_path(base + "/" + std::string(operand))) != Above::No;
  };
  return (!bases.cwd.empty() && under(bases.cwd)) ||
         std::any_of(bases.folders.begin(), bases.folders.end(), under) ||
         std::any_of(places.begin(), places.end(), under);
}

}  // namespace callgate

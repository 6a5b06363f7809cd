#include "paths.h"

#include <algorithm>
#include <cstring>

#include "callgate/base/ascii.h"
#include "callgate/base/fold.h"
#include "callgate/base/path_text.h"
#include "callgate/base/text.h"
#include "spellings.h"

namespace callgate {

namespace {

constexpr size_t kLongestPath = 4096;  // PATH_MAX
constexpr size_t kLongestEnding = 8;
constexpr size_t kLongestComponent = 765;  // NAME_MAX is 255 bytes, on macOS 255 UTF-16 units

bool has_long_component(std::string_view path) {
  size_t from = 0;
  while (from <= path.size()) {
    const size_t slash = std::min(path.find('/', from), path.size());
    if (slash - from > kLongestComponent) return true;
    from = slash + 1;
  }
  return false;
}

bool is_scheme_letter(char c) { return is_letter_or_digit(c) || c == '+' || c == '-' || c == '.'; }

/// Returns the length of all schemes at the front with their colons, such as `jdbc:sqlite:` in
/// `jdbc:sqlite:/x`; 0 if the text begins with no scheme.
size_t scheme_length(std::string_view text) {
  size_t length = 0, at = 0;
  while (at < text.size() && is_scheme_letter(text[at])) {
    if (++at < text.size() && text[at] == ':') length = ++at;
  }
  return length;
}

bool is_foreign_url(std::string_view text) {
  const size_t scheme = scheme_length(text);
  if (scheme == 0 || is_file_uri(text) || text.substr(scheme, 2) != "//") return false;
  return scheme + 2 < text.size() && text[scheme + 2] != '/';  // a host follows
}

/// Removes empty and `.` components, which do not change the path for the kernel.
std::string without_idle_parts(std::string_view path) {
  std::string out;
  size_t from = 0;
  if (!path.empty() && path.front() == '/') out = "/";
  while (from < path.size()) {
    const size_t slash = std::min(path.find('/', from), path.size());
    const std::string_view part = path.substr(from, slash - from);
    from = slash + 1;
    if (part.empty() || part == ".") continue;
    if (!out.empty() && out.back() != '/') out += '/';
    out += part;
  }
  return out;
}

/// Collects the readings of one text.
class Reader {
 public:
  Reader(PathReadings& readings, const Bases& bases) : readings_(readings), bases_(bases) {}

  void add(std::string_view text) {
    if (is_file_uri(text)) return add_file_uri(text);
    const std::string expanded = home_as_tilde(text);
    if (!expanded.empty() && expanded.front() == '~') {
      if (text.front() == '$') add_plain(std::string(text));
      return add_home_path(expanded);
    }
    if (!text.empty() && text.front() == '$' && text.find('/') != std::string_view::npos)
      readings_.doubtful = true;  // only the server knows this variable
    if (const size_t scheme = scheme_length(text); scheme > 0 && !is_foreign_url(text))
      add_local_uri(text.substr(scheme));
    add_plain(std::string(text));
  }

 private:
  // Adds the path itself. If the path is relative, also adds the path under every base.
  void add_plain(std::string path) {
    if (path.empty() || path.front() == '/') return add_path(std::move(path));
    readings_.relative = true;
    for (const std::string& base : bases_.folders) add_path(base + "/" + path);
    add_path(std::move(path));
  }

  void add_path(std::string path) {
    if (path.find('\0') != std::string::npos || path.empty()) {
      readings_.doubtful = true;
      return;
    }
    if (path.size() > kLongestPath) path = without_idle_parts(path);
    if (has_parent_step(path)) add_short(lexical_path(path));
    add_short(std::move(path));
  }

  void add_short(std::string path) {
    if (path.size() > kLongestPath) {
      readings_.doubtful = true;
      return;
    }
    // No file can have such a name, so the kernel finds nothing under this path. A server that
    // resolves `..` by text may drop the long component; add_path() adds that shorter path as
    // another reading.
    if (has_long_component(path)) return;
    if (std::find(readings_.paths.begin(), readings_.paths.end(), path) == readings_.paths.end())
      readings_.paths.push_back(std::move(path));
  }

  void add_file_uri(std::string_view uri) {
    std::string_view rest = uri.substr(5);
    if (rest.substr(0, 2) == "//") {
      rest.remove_prefix(2);
      const size_t slash = std::min(rest.find('/'), rest.size());
      std::string host(rest.substr(0, slash));
      std::transform(host.begin(), host.end(), host.begin(), lower);
      if (!host.empty() && host != "localhost") readings_.doubtful = true;
      rest.remove_prefix(slash);
    }
    for (size_t at = rest.find('%'); at != std::string_view::npos; at = rest.find('%', at + 1))
      if (at + 2 >= rest.size() || !is_hex_digit(rest[at + 1]) || !is_hex_digit(rest[at + 2]))
        readings_.doubtful = true;
    const std::string_view bare = rest.substr(0, rest.find_first_of("?#"));
    add_decoded(bare);
    if (bare.size() < rest.size()) add_decoded(rest);
  }

  void add_decoded(std::string_view encoded) {
    const std::string path = percent_decoded(encoded);
    add_plain(path);
    // Browsers read `file:a` as a path at the root, and a backslash as a slash.
    if (path.empty() || path.front() != '/') add_path("/" + path);
    if (encoded.find('\\') == std::string_view::npos) return;
    std::string slashes(encoded);
    std::replace(slashes.begin(), slashes.end(), '\\', '/');
    add_path("/" + percent_decoded(slashes));
  }

  // Adds the text after `sqlite:`, `unix:` and so on as an absolute path. If the text begins with
  // several slashes, adds it as a relative path, too, because some programs read it in that way.
  void add_local_uri(std::string_view rest) {
    if (rest.empty() || rest.front() != '/') return;
    const std::string path = percent_decoded(rest.substr(0, rest.find_first_of("?#")));
    const size_t first = path.find_first_not_of('/');
    if (first == std::string::npos) return;
    add_path("/" + path.substr(first));
    if (first > 1) add_plain(path.substr(first));
  }

  void add_home_path(std::string_view text) {
    const size_t slash = std::min(text.find('/'), text.size());
    const std::string_view user = text.substr(1, slash - 1);
    bool known = false;
    for (const std::string& home : bases_.homes) {
      const std::string_view own =
          std::string_view(home).substr(std::min(home.rfind('/') + 1, home.size()));
      if (home.empty() || (!user.empty() && user != own)) continue;
      known = true;
      add_path(home + std::string(text.substr(slash)));
    }
    if (known) return;
    readings_.doubtful = true;
    add_plain(std::string(text));
  }

  PathReadings& readings_;
  const Bases& bases_;
};

bool is_one_word(std::string_view text) {
  return text.find_first_of(" \t\r\n\v\f") == std::string_view::npos;
}

bool is_home_variable(std::string_view text) {
  return text.front() == '$' && home_as_tilde(text).front() == '~';
}

/// True if the text is written as an absolute path or a local URI.
bool is_local(std::string_view text) {
  if (text.front() == '/' || is_file_uri(text)) return true;
  const bool word = is_one_word(text);
  if (is_home_variable(text)) return true;
  if (text.front() == '~')
    return text.size() == 1 || text[1] == '/' || (word && text.find('/') != std::string_view::npos);
  return word && scheme_length(text) > 0 && text.find('/') != std::string_view::npos;
}

/// True if, after its escapes are decoded, the text is an absolute path or has a `..` step. A
/// backslash alone does not count, because it is more often code.
bool is_local_in_disguise(std::string_view text) {
  if (!is_one_word(text)) return false;
  if (text.find('%') != std::string_view::npos && is_local(percent_decoded(percent_decoded(text))))
    return true;
  const bool odd = text.find_first_of("%\\") != std::string_view::npos || !is_ascii(text);
  return odd && has_parent_step(with_plain_slashes(text));
}

/// True if the text ends like the name of a file, such as `my file.txt`; it may have several words.
bool has_file_ending(std::string_view text) {
  const size_t dot = text.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || text.size() > kLongestComponent) return false;
  const std::string_view ending = text.substr(dot + 1);
  return !ending.empty() && ending.size() <= kLongestEnding &&
         std::all_of(ending.begin(), ending.end(), is_letter_or_digit);
}

/// True if the text is a regular expression or a comment in C.
bool is_no_glob(std::string_view text) {
  return text.find_first_of("\\^$+()|<>\"`") != std::string_view::npos ||
         text.find(".*") != std::string_view::npos || text.find("*/") == text.size() - 2 ||
         (text.find('?') != std::string_view::npos && text.find('=') != std::string_view::npos);
}

/// For prose and patterns: true if the text is one word that is written as an absolute path or has
/// a `..` step.
bool is_path_in_text(std::string_view text) {
  if (!is_one_word(text) || text.find('/') == std::string_view::npos) return false;
  if (!is_local(text) && !has_parent_step(text)) return false;
  return text.find_first_of("*?<>|\"`") == std::string_view::npos || !is_no_glob(text);
}

}  // namespace

bool holds_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), is_control);
}

bool has_parent_step(std::string_view path) {
  for (size_t at = path.find(".."); at != std::string_view::npos; at = path.find("..", at + 1)) {
    const bool begins = at == 0 || path[at - 1] == '/';
    if (begins && (at + 2 == path.size() || path[at + 2] == '/')) return true;
  }
  return false;
}

bool is_only_dots(std::string_view text) {
  return lexical_path(trimmed(text, kWhiteSpace)).find_first_not_of("./") == std::string::npos;
}

bool is_inside(std::string_view path, std::string_view folder, Case letters) {
  if (folder == "/") return !path.empty() && path.front() == '/';
  if (path.size() < folder.size() || (path.size() > folder.size() && path[folder.size()] != '/'))
    return false;
  if (letters == Case::Exact) return path.substr(0, folder.size()) == folder;
  return begins_ignoring_case(path, folder);
}

std::string home_as_tilde(std::string_view text) {
  for (const std::string_view home : {"$HOME", "${HOME}"})
    if (text.substr(0, home.size()) == home &&
        (text.size() == home.size() || text[home.size()] == '/'))
      return "~" + std::string(text.substr(home.size()));
  return std::string(text);
}

PathReadings path_readings(std::string_view text, const Bases& bases, Spelling spelling) {
  PathReadings readings;
  Reader reader(readings, bases);
  if (has_one_spelling(text, spelling)) {
    reader.add(text);
  } else {
    const Spellings spellings = spellings_of(text, spelling);
    readings.doubtful = spellings.undecided;
    for (const std::string& one : spellings.texts) reader.add(one);
  }
  const std::string_view inner = trimmed(text, kWhiteSpace);
  if (inner.size() < text.size() && !inner.empty()) reader.add(inner);
  if (holds_control(inner)) {
    std::string visible(inner);
    visible.erase(std::remove_if(visible.begin(), visible.end(), is_control), visible.end());
    if (visible.find('\0') == std::string::npos) reader.add(visible);
  }
  if (readings.paths.empty()) readings.doubtful = true;
  return readings;
}

bool looks_like_path(std::string_view text) {
  text = trimmed(text, kWhiteSpace);
  if (text.empty()) return false;
  if (text.front() != '~' && text.front() != '$' && text.find('/') == std::string_view::npos &&
      !is_file_uri(text))
    return false;
  if (text.size() > kLongestPath && text.find("/./") == std::string_view::npos &&
      text.find("//") == std::string_view::npos && !has_parent_step(text))
    return false;
  return !is_foreign_url(text) || has_parent_step(text);
}

bool may_look_like_path(const ArgumentString& string) {
  const std::string_view token = string.raw();
  if (token.empty()) return false;
  if (token.front() == '~' || token.front() == '$' || is_file_uri(token) ||
      std::memchr(token.data(), '/', token.size()))
    return true;
  // An escaped '/', '~' or letter of "file:" begins with "\u00" or, for '/', with a backslash. All
  // other escapes that may come before a path are white space.
  return string.escaped() &&
         (token.find("\\u00") != std::string_view::npos || token.front() == '\\');
}

bool is_found_path(std::string_view text, Naming naming) {
  const std::string_view trimmed_text = trimmed(text, kWhiteSpace);
  if (trimmed_text.empty() || is_foreign_url(trimmed_text)) return false;
  if (naming == Naming::Path || naming == Naming::Place) return true;
  if (naming == Naming::Text) return is_path_in_text(trimmed_text);
  const std::string_view inner = bare_path(trimmed_text);
  if (inner.empty() || inner.find('\n') != std::string_view::npos) return false;  // code or prose
  const bool word = is_one_word(inner);
  const bool slash = inner.find('/') != std::string_view::npos;
  const bool plain = word && inner.find_first_of("*?<>|\"`") == std::string_view::npos;
  if (is_local(inner) || (word && has_parent_step(inner)) || is_local_in_disguise(inner))
    return true;
  if (naming == Naming::Transfer && has_file_ending(inner)) return true;
  // Dates and fractions ("1/2") also contain slashes and dots, but no letters.
  if (slash) return plain && std::any_of(inner.begin(), inner.end(), is_letter);
  return (naming == Naming::Soft || naming == Naming::Transfer) && plain &&
         inner.find('.') != std::string_view::npos && inner.find('@') == std::string_view::npos;
}

}  // namespace callgate

#include "forms.h"

#include <algorithm>

#include "callgate/base/ascii.h"
#include "callgate/base/path_text.h"

namespace callgate {

namespace {

constexpr size_t kLongestScheme = 24;
constexpr std::string_view kMark = "\xE2\x80\xA6";  // …

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [text](std::string_view word) {
    return text.size() == word.size() && begins_ignoring_case(text, word);
  });
}

/// Returns the scheme of "scheme:…"; empty if there is none. A single letter before the colon is a
/// drive (C:\x) and not a scheme.
std::string_view scheme_of(std::string_view text) {
  const size_t colon = text.substr(0, kLongestScheme + 1).find(':');
  if (colon == std::string_view::npos || colon < 2 || !is_letter(text.front())) return {};
  const std::string_view scheme = text.substr(0, colon);
  const bool plain = std::all_of(scheme.begin(), scheme.end(), [](char c) {
    return is_letter_or_digit(c) || c == '+' || c == '-' || c == '.';
  });
  return plain ? scheme : std::string_view{};
}

bool has_blank_or_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; });
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; });
}

bool looks_like_path(std::string_view text) {
  if (text.size() < 2) return false;
  if (text[0] == '/' || begins_ignoring_case(text, "./") || begins_ignoring_case(text, "../") ||
      begins_ignoring_case(text, "~/"))
    return true;
  return text.size() > 2 && is_letter(text[0]) && text[1] == ':' &&
         (text[2] == '\\' || text[2] == '/');
}

/// True for a user, a host without slashes and a path, such as "git@host:owner/name".
bool is_scp_like(std::string_view text) {
  const size_t at = text.find('@'), colon = text.find(':');
  if (at == std::string_view::npos || at == 0 || colon == std::string_view::npos || colon < at + 2)
    return false;
  return colon + 1 < text.size() && text.substr(0, colon).find('/') == std::string_view::npos;
}

struct UriParts {
  std::string_view scheme, host, port, path;  // the path includes its slash
};

UriParts parts_of(std::string_view url, size_t scheme_size) {
  UriParts parts;
  parts.scheme = url.substr(0, scheme_size);
  std::string_view rest = url.substr(scheme_size + 3);
  rest = rest.substr(0, rest.find_first_of("?#"));
  const size_t slash = std::min(rest.find_first_of("/\\"), rest.size());
  std::string_view authority = rest.substr(0, slash);
  parts.path = rest.substr(slash);
  // The user ends at the last "@", because a password may contain "@".
  authority.remove_prefix(authority.rfind('@') + 1);
  const size_t colon = authority.rfind(':');
  const size_t bracket = authority.rfind(']');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  parts.host = authority.substr(0, has_port ? colon : authority.size());
  if (has_port) parts.port = authority.substr(colon + 1);
  return parts;
}

bool is_default_port(std::string_view scheme, std::string_view port) {
  if (is_one_of(scheme, {"http", "ws"})) return port == "80";
  return is_one_of(scheme, {"https", "wss"}) && port == "443";
}

void append_lower(std::string& out, std::string_view text) {
  for (const char c : text) out += lower(c);
}

/// Returns how many dots the segment consists of, each written as "." or "%2e"; 0 for any other
/// segment.
size_t dots(std::string_view segment) {
  size_t count = 0;
  for (; !segment.empty(); ++count) {
    const bool escaped = begins_ignoring_case(segment, "%2e");
    if (!escaped && segment.front() != '.') return 0;
    segment.remove_prefix(escaped ? 3 : 1);
  }
  return count;
}

/// Appends the path by "Remove Dot Segments" of RFC 3986; `path` begins with its slash.
void append_without_dots(std::string& out, std::string_view path) {
  const size_t begin = out.size();
  while (!path.empty()) {
    const size_t end = std::min(path.find_first_of("/\\", 1), path.size());
    const size_t found = dots(path.substr(1, end - 1));
    if (found == 2 && out.size() > begin) out.resize(out.find_last_of("/\\"));
    if (found != 1 && found != 2)
      out.append(path.substr(0, end));
    else if (end == path.size())
      out += '/';
    path.remove_prefix(end);
  }
}

bool is_host(std::string_view text) {
  return text.find('.') != std::string_view::npos && is_letter_or_digit(text.front()) &&
         is_letter_or_digit(text.back()) && std::all_of(text.begin(), text.end(), [](char c) {
           return is_letter_or_digit(c) || c == '.' || c == '-';
         });
}

}  // namespace

Form form_of(std::string_view text) {
  if (text.empty()) return Form::None;
  if (looks_like_path(text)) return has_control(text) ? Form::None : Form::Path;
  if (is_file_uri(text)) return has_control(text) ? Form::None : Form::File;
  const std::string_view scheme = scheme_of(text);
  const bool scp = scheme.empty() && begins_ignoring_case(text, "git@") && is_scp_like(text);
  if ((scheme.empty() && !scp) || text.size() == scheme.size() + 1) return Form::None;
  if (is_one_of(scheme, {"data", "javascript", "blob"})) return Form::Inline;
  if (has_blank_or_control(text)) return Form::None;
  if (scp) return Form::Repo;
  const bool has_authority = text.substr(scheme.size()).substr(0, 3) == "://";
  if (!has_authority) return Form::Opaque;
  if (text.size() == scheme.size() + 3) return Form::None;
  if (is_one_of(scheme, {"http", "https", "ws", "wss", "ftp", "ftps", "sftp"})) return Form::Url;
  return is_one_of(scheme, {"git", "ssh", "git+ssh", "git+https", "git+http"}) ? Form::Repo
                                                                               : Form::Uri;
}

std::string path_text(std::string_view path, const PathRoots& roots) {
  const bool absolute = path.substr(0, 1) == "/";
  const bool drive = path.size() > 2 && path[1] == ':' && (path[2] == '\\' || path[2] == '/') &&
                     is_letter(path[0]);
  if (drive) return std::string(path);
  std::string whole;
  if (path == "~" || path.substr(0, 2) == "~/") {
    if (roots.home.empty()) return std::string(path);
    whole.append(roots.home).append(path.substr(1));
  } else if (!absolute && path.substr(0, 1) != "~" && !roots.cwd.empty()) {
    whole.reserve(roots.cwd.size() + 1 + path.size());
    whole.append(roots.cwd).append("/").append(path);
  } else {
    return lexical_path(path);
  }
  return lexical_path(whole);
}

std::string file_path(std::string_view uri, const PathRoots& roots) {
  std::string_view rest = uri.substr(5);
  rest = rest.substr(0, rest.find_first_of("?#"));
  if (rest.substr(0, 2) == "//") {
    rest.remove_prefix(2);
    const size_t slash = std::min(rest.find('/'), rest.size());
    if (slash > 0 && !is_one_of(rest.substr(0, slash), {"localhost"})) return {};
    rest.remove_prefix(slash);
  }
  return rest.empty() ? std::string{} : path_text(percent_decoded(rest), roots);
}

std::string url_text(std::string_view url) {
  const size_t scheme_size = scheme_of(url).size();
  const UriParts parts = parts_of(url, scheme_size);
  if (parts.host.empty()) return {};
  std::string text;
  text.reserve(url.size() + 1);
  append_lower(text, parts.scheme);
  text += "://";
  append_lower(text, parts.host);
  if (!parts.port.empty() && !is_default_port(parts.scheme, parts.port))
    text.append(":").append(parts.port);
  if (parts.path.empty()) return text += '/';
  append_without_dots(text, parts.path);
  return text;
}

std::string uri_text(std::string_view uri) {
  const std::string_view scheme = scheme_of(uri);
  const std::string_view bare = uri.substr(0, uri.find_first_of("?#"));
  std::string text;
  text.reserve(bare.size());
  append_lower(text, scheme);
  const bool has_authority = bare.substr(scheme.size()).substr(0, 3) == "://";
  if (!has_authority) return text.append(bare.substr(scheme.size()));
  std::string_view rest = bare.substr(scheme.size() + 3);
  const size_t slash = std::min(rest.find('/'), rest.size());
  const size_t at = rest.substr(0, slash).rfind('@');
  if (at != std::string_view::npos) rest.remove_prefix(at + 1);
  return text.append("://").append(rest);
}

std::string host_text(std::string_view text) {
  text = text.substr(0, text.find_first_of("?#"));
  const size_t end = std::min(text.find_first_of(":/"), text.size());
  if (end == 0 || has_blank_or_control(text)) return {};
  const std::string_view host = text.substr(0, end);
  if (!is_host(host)) return {};
  if (text.find('@') != std::string_view::npos) return {};
  std::string bare;
  append_lower(bare, host);
  return bare.append(text.substr(end));
}

std::string repo_address(std::string_view text) {
  if (!scheme_of(text).empty() && text.find("://") != std::string_view::npos) return uri_text(text);
  if (!is_scp_like(text)) return {};
  const size_t at = text.find('@'), colon = text.find(':');
  std::string address = "ssh://";
  append_lower(address, text.substr(at + 1, colon - at - 1));
  std::string_view path = text.substr(colon + 1);
  if (path.substr(0, 1) != "/") address += '/';
  return address.append(path);
}

bool is_repo_part(std::string_view text) {
  return !text.empty() && text.size() <= 128 && text != "." && text != ".." &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return is_letter_or_digit(c) || c == '-' || c == '_' || c == '.';
         });
}

bool is_repo_name(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return is_repo_part(text);
  // GitLab has groups within groups, so there may be more than two parts.
  while (true) {
    const size_t end = std::min(text.find('/'), text.size());
    if (!is_repo_part(text.substr(0, end))) return false;
    if (end == text.size()) return true;
    text.remove_prefix(end + 1);
  }
}

bool is_ticket(std::string_view text) {
  const size_t dash = text.find('-');
  if (dash == std::string_view::npos || dash < 2 || dash > 12 || text.size() - dash > 11 ||
      text.size() == dash + 1)
    return false;
  const std::string_view project = text.substr(0, dash), number = text.substr(dash + 1);
  const auto capital = [](char c) { return is_upper(c) || is_digit(c) || c == '_'; };
  return is_upper(project[0]) && std::all_of(project.begin(), project.end(), capital) &&
         number[0] != '0' && std::all_of(number.begin(), number.end(), is_digit);
}

bool is_table_name(std::string_view text) {
  return !text.empty() && text.size() <= 256 && std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter_or_digit(c) || c == '_' || c == '$' || c == '.' || c == '-' ||
           static_cast<unsigned char>(c) >= 0x80;
  });
}

std::string bounded(std::string text, bool cut_already) {
  size_t end = text.find('\0');
  const bool cut = cut_already || end != std::string::npos || text.size() > kTouchLooked;
  if (!cut) return text;
  end = std::min({end, text.size(), kTouchLooked - kMark.size()});
  const auto continues = [&text](size_t at) {
    return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
  };
  while (end > 0 && continues(end)) --end;
  text.resize(end);
  return text.append(kMark);
}

}  // namespace callgate

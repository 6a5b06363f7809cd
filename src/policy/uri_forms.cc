#include "callgate/policy/uri_forms.h"

#include <algorithm>

#include "callgate/base/ascii.h"
#include "callgate/base/path_text.h"

namespace callgate {

namespace {

constexpr size_t kLongest = 8192;  // the gate refuses longer URIs before they get here

std::string in_small_letters(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

// The "special schemes" of WHATWG URL, except `file`, whose paths are evaluated as paths.
bool has_default_authority(std::string_view scheme) {
  return scheme == "http" || scheme == "https" || scheme == "ws" || scheme == "wss" ||
         scheme == "ftp";
}

bool is_default_port(std::string_view scheme, std::string_view port) {
  if (port.empty()) return true;
  if (scheme == "http" || scheme == "ws") return port == "80";
  if (scheme == "https" || scheme == "wss") return port == "443";
  return scheme == "ftp" && port == "21";
}

std::string without_blanks(std::string_view text) {
  const auto blank = [](char c) { return static_cast<unsigned char>(c) <= 0x20; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  std::string out(text);
  std::erase_if(out, is_control);
  return out;
}

/// Returns 1 for `.` and 2 for `..` (a dot may also be written as `%2e`); 0 for any other part.
size_t dots_of(std::string_view part) {
  size_t dots = 0;
  while (!part.empty()) {
    const bool escaped = part.size() >= 3 && in_small_letters(part.substr(0, 3)) == "%2e";
    if (!escaped && part.front() != '.') return 0;
    part.remove_prefix(escaped ? 3 : 1);
    if (++dots > 2) return 0;
  }
  return dots;
}

std::string without_dots(std::string_view path) {
  std::vector<std::string_view> parts;
  bool open = false;  // the last part was `.` or `..`, so the result ends in a slash
  for (size_t from = 1; from <= path.size();) {
    const size_t slash = std::min(path.find('/', from), path.size());
    const std::string_view part = path.substr(from, slash - from);
    const size_t dots = dots_of(part);
    if (dots == 2 && !parts.empty()) parts.pop_back();
    open = dots > 0;
    if (dots == 0) parts.push_back(part);
    from = slash + 1;
  }
  std::string out;
  for (const std::string_view part : parts) out.append("/").append(part);
  return open || out.empty() ? out + "/" : out;
}

std::string_view normal_authority(std::string_view scheme, std::string_view authority) {
  authority.remove_prefix(std::min(authority.rfind('@') + 1, authority.size()));
  const size_t colon = authority.rfind(':');
  if (colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos &&
      is_default_port(scheme, authority.substr(colon + 1)))
    authority = authority.substr(0, colon);
  return authority;
}

enum class Dots { Undone, Kept };

/// Normalises a URI. Both members of the result are empty if the text is not a URI.
UriForms::Normal normal(std::string_view text, Dots dots = Dots::Undone) {
  std::string uri = without_blanks(text);
  const size_t colon = uri.find(':');
  if (colon == std::string::npos || colon == 0 || colon > uri.find_first_of("/\\?#")) return {};
  const std::string scheme = in_small_letters(std::string_view(uri).substr(0, colon));
  const size_t tail_at = std::min(uri.find_first_of("?#", colon), uri.size());
  const std::string tail = uri.substr(tail_at);
  std::string rest = uri.substr(colon + 1, tail_at - colon - 1);
  std::replace(rest.begin(), rest.end(), '\\', '/');
  // Browsers read `http:host` and `http:///host` in this way.
  if (has_default_authority(scheme))
    rest = "//" + rest.substr(std::min(rest.find_first_not_of('/'), rest.size()));
  UriForms::Normal out{scheme + ":", scheme + ":"};
  const auto append = [&out](std::string_view folded, std::string_view cased) {
    out.folded += folded;
    out.cased += cased;
  };
  if (rest.starts_with("//")) {
    const size_t slash = std::min(rest.find('/', 2), rest.size());
    const std::string host(normal_authority(scheme, std::string_view(rest).substr(2, slash - 2)));
    append("//" + in_small_letters(host), "//" + host);
    rest.erase(0, slash);
  }
  if (rest.starts_with('/') && dots == Dots::Undone) rest = without_dots(rest);
  append(rest + tail, rest + tail);
  return out;
}

}  // namespace

UriForms uri_forms(std::string_view uri) {
  UriForms forms{{std::string(uri)}, {}};
  std::string plain = percent_decoded(uri);
  const size_t scheme = std::min({plain.find(':'), plain.find('/'), plain.size()});
  std::transform(plain.begin(), plain.begin() + static_cast<std::ptrdiff_t>(scheme), plain.begin(),
                 lower);
  if (plain != uri) forms.texts.push_back(std::move(plain));
  if (uri.size() > kLongest) return forms;
  for (const std::string& text : forms.texts) {
    UriForms::Normal one = normal(text);
    if (!one.folded.empty() && (forms.normal.empty() || forms.normal[0] != one))
      forms.normal.push_back(std::move(one));
  }
  return forms;
}

std::string normal_uri_pattern(std::string_view pattern) {
  return normal(pattern, Dots::Kept).folded;
}

bool is_odd_uri(std::string_view uri) {
  // Programs trim white space beyond ASCII, and some end lines at U+0085, U+2028 and U+2029.
  constexpr std::string_view kTrimmed[] = {"\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\xaf",
                                           "\xe2\x81\x9f", "\xe3\x80\x80", "\xef\xbb\xbf"};
  const auto odd = [](char c) { return is_control(c) || c == ' ' || c == '\\'; };
  if (std::any_of(uri.begin(), uri.end(), odd)) return true;
  for (size_t at = uri.find('\xc2'); at != uri.npos; at = uri.find('\xc2', at + 1))
    if (at + 1 < uri.size() && static_cast<unsigned char>(uri[at + 1]) < 0xa0) return true;
  if (uri.find("\xe2\x80\xa8") != uri.npos || uri.find("\xe2\x80\xa9") != uri.npos) return true;
  const auto is_blank_at = [&](std::string_view part) {  // also U+2000 to U+200A
    if (part.size() == 3 && part.starts_with("\xe2\x80"))
      if (static_cast<unsigned char>(part[2]) <= 0x8a) return true;
    return std::find(std::begin(kTrimmed), std::end(kTrimmed), part) != std::end(kTrimmed);
  };
  for (const size_t length : {size_t{2}, size_t{3}})
    if (uri.size() >= length &&
        (is_blank_at(uri.substr(0, length)) || is_blank_at(uri.substr(uri.size() - length))))
      return true;
  return false;
}

}  // namespace callgate

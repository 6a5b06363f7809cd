#include <algorithm>

#include "callgate/base/text.h"
#include "callgate/signin/challenge.h"
#include "limits.h"

namespace callgate {

namespace {

/// True for the characters of a scope-token (RFC 6749 section 3.3).
bool is_scope_character(char c) { return c > ' ' && c <= '~' && c != '"' && c != '\\'; }

}  // namespace

Scopes read_scopes(std::string_view text) {
  if (text.size() > kLargestScopes) {
    const size_t space = text.rfind(' ', kLargestScopes);
    text = text.substr(0, space == text.npos ? 0 : space);  // no scope is cut in two
  }
  Scopes scopes;
  while (!text.empty() && scopes.size() < kMostScopes) {
    const size_t end = std::min(text.find(' '), text.size());
    const std::string_view scope = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!scope.empty() && std::all_of(scope.begin(), scope.end(), is_scope_character) &&
        !contains(scopes, scope))
      scopes.emplace_back(scope);
  }
  return scopes;
}

std::string scope_text(const Scopes& scopes) { return joined(scopes, " "); }

Scopes all_scopes(const Scopes& a, const Scopes& b) {
  Scopes all = a;
  for (const std::string& scope : b)
    if (!contains(all, scope)) all.push_back(scope);
  return all;
}

}  // namespace callgate

#include "callgate/signin/challenge.h"

#include <algorithm>
#include <utility>

#include "callgate/base/ascii.h"
#include "callgate/wire/message.h"
#include "limits.h"

namespace callgate {

namespace {

bool is_token68_character(char c) {
  return is_letter_or_digit(c) || std::string_view("-._~+/").find(c) != std::string_view::npos;
}

class ChallengeReader {
 public:
  explicit ChallengeReader(std::string_view field) : rest_(field) {}

  std::vector<Challenge> read() {
    while (read_item()) {
    }
    if (broken_ && !challenges_.empty()) challenges_.pop_back();
    return std::move(challenges_);
  }

 private:
  /// Reads a scheme or a parameter. Returns false at the end and at the first mistake.
  bool read_item() {
    skip(" \t,");
    if (rest_.empty()) return false;
    const std::string word = lowered(take_while(is_token_character));
    if (word.empty()) return stop();
    const bool spaced = skip(" \t");
    if (take('=')) return parameter(word);
    if (challenges_.size() == kMostChallenges) return stop();
    challenges_.push_back({.scheme = word, .token68 = "", .parameters = {}});
    if (spaced) read_token68();
    return true;
  }

  bool parameter(const std::string& name) {
    skip(" \t");
    std::string value;
    if (take('"')) {
      if (!quoted(value)) return stop();
    } else {
      value = take_while([](char c) { return !is_control(c) && c != ' ' && c != ',' && c != '"'; });
    }
    // A challenge has parameters or a token68, not both.
    if (challenges_.empty() || !challenges_.back().token68.empty()) return stop();
    auto& all = challenges_.back().parameters;
    if (all.size() == kMostChallengeParameters || challenges_.back().parameter(name)) return stop();
    all.emplace_back(name, std::move(value));
    return true;
  }

  /// Reads a quoted string after its first quote (RFC 9110 section 5.6.4).
  bool quoted(std::string& value) {
    while (!rest_.empty()) {
      char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') return true;
      if (c == '\\') {
        if (rest_.empty()) return false;
        c = rest_.front();
        rest_.remove_prefix(1);
      }
      if (is_control(c) && c != '\t') return false;
      value += c;
    }
    return false;
  }

  /// Reads a token68 if the next characters are one, and not the name of a parameter or another
  /// scheme.
  void read_token68() {
    size_t end = 0;
    while (end < rest_.size() && is_token68_character(rest_[end])) ++end;
    if (end == 0) return;
    while (end < rest_.size() && rest_[end] == '=') ++end;
    const std::string_view after = rest_.substr(end);
    const size_t next = after.find_first_not_of(" \t");
    if (next != after.npos && after[next] != ',') return;
    challenges_.back().token68 = rest_.substr(0, end);
    rest_.remove_prefix(end);
  }

  bool stop() {
    broken_ = true;
    return false;
  }

  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool skip(std::string_view characters) {
    const size_t count = std::min(rest_.find_first_not_of(characters), rest_.size());
    rest_.remove_prefix(count);
    return count > 0;
  }

  template <class Predicate>
  std::string_view take_while(Predicate belongs) {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), belongs);
    const std::string_view taken = rest_.substr(0, static_cast<size_t>(end - rest_.begin()));
    rest_.remove_prefix(taken.size());
    return taken;
  }

  std::string_view rest_;
  std::vector<Challenge> challenges_;
  bool broken_ = false;
};

/// Of several Bearer challenges, the one that names metadata is the most useful.
const Challenge* bearer_of(const std::vector<Challenge>& challenges) {
  const Challenge* found = nullptr;
  for (const Challenge& one : challenges) {
    if (one.scheme != "bearer") continue;
    if (found == nullptr ||
        (!found->parameter("resource_metadata") && one.parameter("resource_metadata")))
      found = &one;
  }
  return found;
}

bool says_invalid_token(const std::string& body) {
  if (body.size() > kLargestErrorBody) return false;
  const auto message = Walker({.bytes = kLargestErrorBody, .depth = 32}).walk(body);
  return message && (*message)->root().is_object() &&
         (*message)->root().find("error").text_is("invalid_token");
}

SignInDemand::Kind kind_of(const WebAnswer& answer, const Challenge* bearer, bool others) {
  using Kind = SignInDemand::Kind;
  switch (answer.status) {
    case 401:
      return bearer == nullptr && others ? Kind::OtherScheme : Kind::SignIn;
    case 403:
      return bearer && bearer->parameter("error") == "insufficient_scope" ? Kind::MoreScopes
                                                                          : Kind::Denied;
    case 400:
      return bearer || says_invalid_token(answer.body) ? Kind::SignIn : Kind::None;
    default:
      return Kind::None;
  }
}

}  // namespace

std::optional<std::string_view> Challenge::parameter(std::string_view name) const {
  for (const auto& [its_name, value] : parameters)
    if (its_name == name) return value;
  return std::nullopt;
}

std::vector<Challenge> parse_challenges(std::string_view field) {
  if (field.size() > kLargestChallenges) return {};
  return ChallengeReader(field).read();
}

SignInDemand read_demand(const WebAnswer& answer) {
  std::vector<Challenge> challenges;
  size_t bytes = 0;
  for (const auto& [name, value] : answer.fields) {
    if (!equal_ignoring_case(name, "www-authenticate")) continue;
    bytes += value.size();
    if (bytes > kLargestChallenges) break;
    for (Challenge& one : parse_challenges(value))
      if (challenges.size() < kMostChallenges) challenges.push_back(std::move(one));
  }
  const Challenge* const bearer = bearer_of(challenges);
  SignInDemand demand{.kind = kind_of(answer, bearer, !challenges.empty()),
                      .resource_metadata = "",
                      .scopes = {},
                      .error = "",
                      .error_description = ""};
  if (bearer == nullptr) return demand;
  const auto value = [&](std::string_view name) { return bearer->parameter(name).value_or(""); };
  demand.resource_metadata = value("resource_metadata");
  demand.scopes = read_scopes(value("scope"));
  demand.error = value("error");
  demand.error_description = value("error_description");
  return demand;
}

}  // namespace callgate

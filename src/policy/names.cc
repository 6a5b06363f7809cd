#include "names.h"

#include <algorithm>

#include "callgate/base/ascii.h"
#include "callgate/base/glob.h"
#include "callgate/base/text.h"
#include "callgate/policy/policy.h"

namespace callgate {

namespace {

constexpr std::string_view kSeparator = "__";

bool is_for_clients(char c) { return is_letter_or_digit(c) || c == '_' || c == '-'; }

bool may_begin(std::string_view name) {
  return name.empty() || (!is_digit(name.front()) && name.front() != '-');
}

std::string without_client_prefix(std::string_view written,
                                  const std::vector<std::string>& servers) {
  std::string_view rest = written.substr(5);
  if (rest.starts_with("callgate__")) {
    rest.remove_prefix(10);
  } else if (rest == "callgate") {
    return "*";
  }
  return std::string(rest) + (contains(servers, rest) ? "__*" : "");
}

}  // namespace

std::string in_client_characters(std::string_view joined) {
  if (std::all_of(joined.begin(), joined.end(), is_for_clients) && may_begin(joined)) return "";
  std::string name = may_begin(joined) ? "" : "_";
  for (const char c : joined) name += is_for_clients(c) ? c : '_';
  return name;
}

bool hides_tool(const ServerConfig& server, std::string_view tool) {
  const auto matches = [tool](const std::string& glob) { return glob_matches(glob, tool); };
  if (std::any_of(server.hide.begin(), server.hide.end(), matches)) return true;
  if (const std::string client_name = in_client_characters(tool); !client_name.empty())
    if (std::any_of(
            server.hide.begin(), server.hide.end(),
            [&client_name](const std::string& glob) { return glob_matches(glob, client_name); }))
      return true;
  return server.only && std::none_of(server.only->begin(), server.only->end(), matches);
}

std::string canonical_pattern(std::string_view written, const std::vector<std::string>& servers) {
  const bool ours = written.starts_with("mcp__") && !contains(servers, "mcp");
  return ours ? without_client_prefix(written, servers) : std::string(written);
}

std::vector<std::string> canonical_readings(Side side, std::string_view written,
                                            const std::vector<std::string>& servers) {
  std::vector<std::string> readings = {canonical_pattern(written, servers)};
  if (side == Side::Strict && written.starts_with("mcp__") && readings[0] == written)
    readings.push_back(without_client_prefix(written, servers));
  return readings;
}

NamePattern::NamePattern(std::string text, const std::vector<std::string>& servers)
    : text_(std::move(text)), literal_length_(std::min(text_.find_first_of("*?"), text_.size())) {
  const std::string_view all = text_;
  size_t configured = 0;
  for (size_t at = all.find(kSeparator); at != std::string_view::npos;
       at = all.find(kSeparator, at + 1)) {
    Split split{std::string(all.substr(0, at)), std::string(all.substr(at + 2))};
    if (contains(servers, split.server)) configured = splits_.size() + 1;
    splits_.push_back(std::move(split));
  }
  if (configured > 0) splits_ = {splits_[configured - 1]};  // the last one is the longest
}

bool NamePattern::could_name(std::string_view server) const {
  const std::string_view front = std::string_view(text_).substr(0, literal_length_);
  const std::string_view name = front.substr(0, std::min(server.size(), front.size()));
  if (!server.starts_with(name)) return false;
  const std::string_view rest = front.substr(name.size());
  return rest.starts_with(kSeparator) || (!literal() && kSeparator.starts_with(rest));
}

bool NamePattern::matches(Side side, std::string_view server, std::string_view name,
                          std::string_view joined) const {
  if (side == Side::Strict || splits_.empty()) return glob_matches(text_, joined);
  return std::any_of(splits_.begin(), splits_.end(), [&](const Split& split) {
    return glob_matches(split.server, server) && glob_matches(split.name, name);
  });
}

}  // namespace callgate

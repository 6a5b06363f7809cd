// A path that a deny rule allows leads no reader into the rule's folder: neither a server that
// joins and normalises paths (Python's os.path), nor one that expands `~`, nor one that reads URLs
// like a browser.
#include <algorithm>
#include <string>
#include <vector>

#include "callgate/base/path_text.h"
#include "callgate/policy/policy.h"
#include "callgate/wire/writer.h"
#include "fuzz.h"

using namespace callgate;

namespace {

const std::string kCwd = "/work", kHome = "/home/me", kFolder = "/data";

Policy made() {
  PolicyConfig rules;
  rules.servers = {"fs"};
  RuleSpec rule;
  rule.subject = RuleSpec::Subject::Tool;
  rule.pattern = "fs__*";
  ArgConstraint inside;
  inside.key = "path";
  inside.kind = ArgConstraint::Kind::Inside;
  inside.texts = {"/s", "/work/s", "/home/me/s", "/data/s"};
  rule.args = {inside};
  rules.deny = {rule};
  PolicyPlaces places;
  places.servers["fs"] = {{kFolder}, ""};
  Result<Policy> policy = Policy::compile(rules, {}, kHome, places);
  ENSURE(policy.ok());
  return std::move(*policy);
}

/// Python: os.path.normpath(os.path.join(base, os.path.expanduser(text))).
std::string joined_on(const std::string& base, std::string text) {
  if (text == "~" || text.rfind("~/", 0) == 0) text = kHome + text.substr(1);
  if (text.empty() || text.front() != '/') text = base + "/" + text;
  return lexical_path(text);
}

/// Returns the decoded path of `new URL(text)`, or "" if it is not a file of this machine.
std::string by_url(std::string text) {
  const auto drop = [&text](auto which) {
    text.erase(std::remove_if(text.begin(), text.end(), which), text.end());
  };
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= 0x20) text.erase(0, 1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= 0x20) text.pop_back();
  drop([](char c) { return c == '\t' || c == '\n' || c == '\r'; });
  if (!is_file_uri(text)) return {};
  text = text.substr(5, text.find_first_of("?#") - std::min<size_t>(5, text.size()));
  std::replace(text.begin(), text.end(), '\\', '/');
  if (text.rfind("//", 0) == 0) {
    const size_t slash = std::min(text.find('/', 2), text.size());
    if (slash != 2 && text.substr(2, slash - 2) != "localhost") return {};
    text = text.substr(slash);
  }
  return lexical_path("/" + percent_decoded(text));
}

bool is_secret(const std::string& path) {
  for (const std::string folder : {"/s", "/work/s", "/home/me/s", "/data/s"})
    if (path == folder || path.rfind(folder + "/", 0) == 0) return true;
  return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Policy policy = made();
  static Walker walker;
  const std::string input(reinterpret_cast<const char*>(data), size);
  const Result<MessagePtr> message = walker.walk("{\"path\":" + quote(input) + "}");
  ENSURE(message.ok());
  const Value args = (*message)->root();
  const Facts facts{.server = "fs", .name = "read", .args = args};
  CallPaths paths;
  policy.collect(facts, paths);
  RealPaths real;
  for (const PathNeed& need : paths.needs()) real.emplace_back(joined_on(kCwd, need.path));
  paths.set_real(std::move(real));
  if (policy.decide(facts, paths).permission != Permission::Allow) return 0;
  const std::string text = args.find("path").text();
  for (const std::string& base : {kCwd, kHome, kFolder}) ENSURE(!is_secret(joined_on(base, text)));
  ENSURE(!is_secret(by_url(text)));
  return 0;
}

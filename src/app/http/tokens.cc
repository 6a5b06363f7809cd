#include "callgate/app/tokens.h"

#include <sys/stat.h>

#include <utility>

#include "callgate/base/ascii.h"
#include "callgate/base/text.h"
#include "callgate/io/private_file.h"
#include "callgate/wire/message.h"
#include "callgate/wire/writer.h"

namespace callgate {

namespace {

constexpr size_t kMostTokens = 1000;
constexpr size_t kShortestToken = 20;
constexpr const char* kDefaultName = "default";

constexpr PrivateKind kTokenFile{
    .area = "token", .if_read = "make new tokens", .largest = size_t{1} << 20};

Status write_named_tokens(const std::string& file, const std::vector<NamedToken>& tokens) {
  JsonWriter out;
  out.begin_object().key("tokens").begin_array();
  for (const NamedToken& token : tokens) {
    out.begin_object().key("name").string(token.name).key("profile").string(token.profile);
    out.key("sha256").string(hex(token.sha256)).key("created").string(token.created).end_object();
  }
  return write_private(kTokenFile, file, out.end_array().end_object().take() + "\n");
}

Error malformed_tokens(const std::string& file, const char* why, const char* next) {
  return {"token.malformed", file + ": " + why, next};
}

std::optional<Digest> digest_of(std::string_view digits) {
  Digest digest{};
  if (digits.size() != 2 * digest.size()) return std::nullopt;
  for (size_t i = 0; i < digest.size(); ++i) {
    const int high = hex_digit(digits[2 * i]), low = hex_digit(digits[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    digest[i] = static_cast<uint8_t>(high << 4 | low);
  }
  return digest;
}

Result<NamedToken> read_default(const std::string& file) {
  auto text = read_private(kTokenFile, file);
  if (!text) return text.error();
  if (!*text) {
    const std::string token = new_token();
    if (Status written = write_private(kTokenFile, file, token + "\n"); !written)
      return written.error();
    return NamedToken{.name = kDefaultName, .sha256 = sha256(token)};
  }
  const std::string_view token = trimmed(**text);
  if (token.size() < kShortestToken || token.find_first_of(" \t\r\n") != std::string_view::npos)
    return malformed_tokens(file, "contains no token of 20 characters or more",
                            "remove the file; callgate serve makes a new token");
  return NamedToken{.name = kDefaultName, .sha256 = sha256(token)};
}

}  // namespace

std::string default_token_file(const std::string& state_dir) { return state_dir + "/token"; }
std::string named_tokens_file(const std::string& state_dir) { return state_dir + "/tokens"; }

std::string new_token() { return "cg_" + hex(random_bytes(32)); }

Result<std::vector<NamedToken>> read_named_tokens(const std::string& file) {
  auto text = read_private(kTokenFile, file);
  if (!text) return text.error();
  std::vector<NamedToken> tokens;
  if (!*text) return tokens;
  const auto strange = [&file] {
    return malformed_tokens(
        file, "is not in the format that `callgate token` writes",
        "move the file away and create the tokens again with callgate token create");
  };
  Walker walker({.bytes = kTokenFile.largest, .depth = 8, .nodes = 16 * kMostTokens});
  const Result<MessagePtr> message = walker.walk(std::move(**text));
  if (!message || (*message)->duplicates() > 0) return strange();
  const Value list = (*message)->root().find("tokens");
  if (!list.is_array()) return strange();
  for (const Value entry : list) {
    NamedToken token{.name = entry.find("name").text(),
                     .profile = entry.find("profile").text(),
                     .created = entry.find("created").text()};
    const auto digest = digest_of(entry.find("sha256").text());
    if (token.name.empty() || token.name == kDefaultName || !digest || tokens.size() == kMostTokens)
      return strange();
    token.sha256 = *digest;
    tokens.push_back(std::move(token));
  }
  return tokens;
}

Status change_named_tokens(const std::string& state_dir,
                           const std::function<Status(std::vector<NamedToken>&)>& change) {
  make_state_folder(state_dir);
  const std::string file = named_tokens_file(state_dir);
  const PrivateLock lock(kTokenFile, file);
  if (!lock.status()) return lock.status();
  Result<std::vector<NamedToken>> tokens = read_named_tokens(file);
  if (!tokens) return tokens.error();
  if (Status changed = change(*tokens); !changed) return changed;
  return write_named_tokens(file, *tokens);
}

Result<Tokens> Tokens::open(const std::string& state_dir) {
  Tokens tokens;
  tokens.state_dir_ = state_dir;
  if (Status read = tokens.read(); !read) return read.error();
  return tokens;
}

Tokens::Stamp Tokens::stamp_of(const std::string& file) {
  struct stat about {};
  if (::stat(file.c_str(), &about) != 0) return {};
#ifdef __APPLE__
  const timespec& changed = about.st_ctimespec;
#else
  const timespec& changed = about.st_ctim;
#endif
  return {static_cast<int64_t>(about.st_ino), static_cast<int64_t>(about.st_size),
          static_cast<int64_t>(changed.tv_sec), static_cast<int64_t>(changed.tv_nsec)};
}

Status Tokens::read() {
  const std::string default_file = default_token_file(state_dir_);
  const std::string named_file = named_tokens_file(state_dir_);
  // The stamps are taken before the files are read. If a file changes while it is read, the stamp
  // differs at the next refresh(), and the file is read again. (That also happens after the first
  // read, which creates the default token's file.)
  named_stamp_ = stamp_of(named_file);
  default_stamp_ = stamp_of(default_file);
  Result<NamedToken> first = read_default(default_file);
  if (!first) return first.error();
  Result<std::vector<NamedToken>> named = read_named_tokens(named_file);
  if (!named) return named.error();
  tokens_ = std::move(*named);
  tokens_.insert(tokens_.begin(), std::move(*first));
  return {};
}

Result<bool> Tokens::refresh() {
  if (stamp_of(default_token_file(state_dir_)) == default_stamp_ &&
      stamp_of(named_tokens_file(state_dir_)) == named_stamp_)
    return false;
  if (Status done = read(); !done) return done.error();
  return true;
}

std::optional<Principal> Tokens::find(std::string_view token) const {
  const Digest digest = sha256(token);
  const NamedToken* found = nullptr;
  for (const NamedToken& known : tokens_) {
    if (same_secret(known.sha256, digest)) found = &known;
  }
  if (!found) return std::nullopt;
  return Principal{.name = found->name, .profile = found->profile};
}

bool Tokens::knows(const Principal& principal) const {
  for (const NamedToken& known : tokens_) {
    if (known.name == principal.name && known.profile == principal.profile) return true;
  }
  return false;
}

}  // namespace callgate

// Tokens of HTTP clients: their files, and which clients are accepted.
#include <sys/stat.h>

#include <fstream>

#include "app_support.h"
#include "callgate/app/tokens.h"

using namespace callgate;

namespace {

std::string content(const std::string& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Replaces the file by one with this text and mode 0600.
void put(const std::string& file, const std::string& text) {
  std::filesystem::remove(file);
  std::ofstream(file) << text;
  REQUIRE(::chmod(file.c_str(), 0600) == 0);
}

std::string error_of(const std::string& state) {
  const auto tokens = Tokens::open(state);
  return tokens.ok() ? "" : tokens.error().code;
}

}  // namespace

TEST_CASE("the default token is made once, in a file that only its owner can read") {
  const Folder state;
  const std::string file = default_token_file(state.path);
  const auto tokens = Tokens::open(state.path);
  REQUIRE(tokens.ok());
  const std::string token = content(file);
  CHECK(token.size() == 68);  // cg_, 64 digits and a line end
  struct stat about {};
  REQUIRE(::stat(file.c_str(), &about) == 0);
  CHECK((about.st_mode & 0777) == 0600);
  const auto who = tokens->find(token.substr(0, 67));
  REQUIRE(who);
  CHECK(who->name == "default");
  CHECK(who->profile.empty());
  for (const std::string& wrong : {token, token.substr(0, 66), std::string(), std::string("cg_")})
    CHECK_FALSE(tokens->find(wrong));
  CHECK(Tokens::open(state.path).ok());
  CHECK(content(file) == token);
}

TEST_CASE("named tokens are added and removed with their file") {
  const Folder state;
  auto tokens = Tokens::open(state.path);
  REQUIRE(tokens.ok());
  static_cast<void>(tokens->refresh());
  CHECK(*tokens->refresh() == false);
  const std::string file = named_tokens_file(state.path);
  const NamedToken ci{
      .name = "ci", .profile = "reviewer", .sha256 = sha256("secret"), .created = "2026"};
  const auto add = [&ci](std::vector<NamedToken>& all) -> Status {
    all.push_back(ci);
    return {};
  };
  REQUIRE(change_named_tokens(state.path, add).ok());
  CHECK_FALSE(tokens->find("secret"));
  CHECK(*tokens->refresh() == true);
  const auto who = tokens->find("secret");
  REQUIRE(who);
  CHECK(who->name == "ci");
  CHECK(who->profile == "reviewer");
  CHECK(tokens->knows(*who));
  const auto read = read_named_tokens(file);
  REQUIRE(read.ok());
  REQUIRE(read->size() == 1);
  CHECK((*read)[0].created == "2026");
  std::filesystem::remove(file);
  CHECK(*tokens->refresh() == true);
  CHECK_FALSE(tokens->find("secret"));
  CHECK_FALSE(tokens->knows(*who));
}

TEST_CASE("the tokens that were read last stay valid while a file is broken") {
  const Folder state;
  auto tokens = Tokens::open(state.path);
  REQUIRE(tokens.ok());
  const std::string token = content(default_token_file(state.path)).substr(0, 67);
  put(named_tokens_file(state.path), "{");
  CHECK_FALSE(tokens->refresh().ok());
  CHECK(tokens->find(token));
}

TEST_CASE("files that others can read or write, and malformed files, are refused") {
  const Folder state;
  const std::string first = default_token_file(state.path), named = named_tokens_file(state.path);
  put(first, "short\n");
  CHECK(error_of(state.path) == "token.malformed");
  put(first, std::string(19, 'x'));
  CHECK(error_of(state.path) == "token.malformed");
  put(first, std::string(20, 'x') + "\n");
  CHECK(error_of(state.path).empty());
  put(first, std::string(20, 'x') + " y\n");
  CHECK(error_of(state.path) == "token.malformed");
  put(first, std::string(20, 'x'));
  for (const int mode : {0640, 0604, 0620}) {
    REQUIRE(::chmod(first.c_str(), static_cast<mode_t>(mode)) == 0);
    CHECK(error_of(state.path) == "token.mode");
  }
  put(first, std::string(20, 'x'));
  const std::string digits = hex(sha256("x"));
  const auto entry = [](const std::string& name, const std::string& digest) {
    return R"({"tokens":[{"name":")" + name + R"(","sha256":")" + digest + R"("}]})";
  };
  put(named, entry("a", digits));
  CHECK(error_of(state.path).empty());
  for (const std::string& bad :
       {std::string("[]"), std::string("{}"), std::string(R"({"tokens":{}})"), entry("", digits),
        entry("default", digits), entry("a", digits + "0"), entry("a", digits.substr(1) + "g"),
        std::string(R"({"tokens":[],"tokens":[]})")}) {
    CAPTURE(bad);
    put(named, bad);
    CHECK(error_of(state.path) == "token.malformed");
  }
  std::filesystem::remove(named);
  std::filesystem::create_directory(named);
  REQUIRE(::chmod(named.c_str(), 0700) == 0);
  CHECK(error_of(state.path) == "token.malformed");
}

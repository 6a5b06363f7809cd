#include <sys/stat.h>

#include <optional>
#include <thread>

#include "app_support.h"
#include "callgate/app/secrets.h"

using namespace callgate;

namespace {

constexpr Micros kAt{1'785'229'687'000'006};  // 2026-07-28T09:08:07.000006Z

std::string contents(const std::string& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// A fake secret-tool that keeps secrets in a folder. It writes its arguments to `calls`.
constexpr const char* kFakeTool = R"SH(#!/bin/sh
keyring=$(dirname "$0")/keyring
echo "$@" >> "$keyring/../calls"
[ -f "$keyring/../locked" ] && { echo "is locked" >&2; exit 1; }
verb=$1; shift
case $1 in --label=*) shift;; esac
file="$keyring/$(echo "$@" | tr ' ' '_')"
case $verb in
store) head -c ${FAKE_MOST:-100000} > "$file";;
lookup) [ -f "$file" ] || exit 1; cat "$file";;
clear) rm -f "$file";;
esac
)SH";

struct World {
  World() : state(folder.path + "/not/yet/state"), bin(folder.path + "/bin") {
    std::filesystem::create_directories(bin + "/keyring");
    path.emplace("PATH", "/usr/bin:/bin");
    bus.emplace("DBUS_SESSION_BUS_ADDRESS", "");
    runtime.emplace("XDG_RUNTIME_DIR", folder.path);
  }
  void with_keyring() {
    std::ofstream(bin + "/secret-tool") << kFakeTool;
    std::filesystem::permissions(bin + "/secret-tool", std::filesystem::perms::owner_all);
    path.reset();
    path.emplace("PATH", bin + ":/usr/bin:/bin");
    bus.reset();
    bus.emplace("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere");
  }
  Result<SecretSet> set(const std::string& name, const std::string& value,
                        SecretKeep keep = SecretKeep::Auto) const {
    return set_secret(state, name, value, keep, kAt);
  }
  /// Returns the value, or the error's code.
  std::string read(const std::string& name) const {
    auto value = read_secret(state, name);
    return value ? *value : value.error().code;
  }
  std::string file() const { return contents(state + "/secrets"); }

  Folder folder;
  std::string state, bin;
  std::optional<Variable> path, bus, runtime;
};

ServerConfig server_with(std::vector<std::string> values) {
  ServerConfig server;
  for (std::string& value : values) server.env.emplace_back("X", std::move(value));
  return server;
}

}  // namespace

TEST_CASE("a secret's name has 1 to 64 letters, digits, '_', '.' or '-'") {
  CHECK(is_secret_name("A"));
  CHECK(is_secret_name("github.GITHUB_TOKEN-2"));
  CHECK(is_secret_name(std::string(64, 'a')));
  for (const std::string& name :
       {std::string(), std::string(65, 'a'), std::string("a b"), std::string("a/b"),
        std::string("a:b"), std::string("-a"), std::string(".a"), std::string("\xC3\xA9")})
    CHECK_FALSE(is_secret_name(name));
  CHECK(secret_name_for("my server/TOKEN") == "my-server-TOKEN");
  CHECK(secret_name_for("-x") == "_-x");
  CHECK(secret_name_for("") == "_");
  CHECK(secret_name_for(std::string(70, '-')).size() == 64);
  CHECK(is_secret_name(secret_name_for(std::string(70, '.'))));
}

TEST_CASE("without a keyring, a secret is kept in a file that only its owner can read") {
  const World world;
  const auto set = world.set("TOKEN", "s3cret\nline \"two\" \xC3\xA9");
  REQUIRE(set.ok());
  CHECK(set->entry.place == SecretPlace::File);
  CHECK(set->entry.set == "2026-07-28T09:08:07.000006Z");
  CHECK_FALSE(set->replaced);
  CHECK_FALSE(set->why_file.empty());
  struct stat about {};
  REQUIRE(::stat((world.state + "/secrets").c_str(), &about) == 0);
  CHECK((about.st_mode & 0777) == 0600);
  CHECK(world.read("TOKEN") == "s3cret\nline \"two\" \xC3\xA9");
  CHECK(world.read("TOKEM") == "secret.missing");
  CHECK(read_secret(world.state, "TOKEM").error().next == "callgate secret set TOKEM");
  CHECK(world.set("TOKEN", "new")->replaced);
  CHECK(world.read("TOKEN") == "new");
  CHECK(list_secrets(world.state)->size() == 1);
  CHECK(world.set("A", "x", SecretKeep::Keyring).error().code == "secret.keyring");
  CHECK(world.read("A") == "secret.missing");
}

TEST_CASE("a file of secrets that others can read is refused, and the error says how to fix it") {
  const World world;
  REQUIRE(world.set("A", "x").ok());
  ::chmod((world.state + "/secrets").c_str(), 0640);
  CHECK(world.read("A") == "secret.mode");
  CHECK(world.set("A", "y").error().code == "secret.mode");
  CHECK(list_secrets(world.state).error().next ==
        "chmod 600 " + world.state + "/secrets, and set the secrets again if it was read");
  ::chmod((world.state + "/secrets").c_str(), 0600);
  CHECK(world.read("A") == "x");
}

TEST_CASE("a file of secrets that is malformed is refused and left unchanged") {
  const World world;
  REQUIRE(world.set("A", "x").ok());
  for (const char* text :
       {"", "[]", "{}", R"({"secrets":[{"name":"a b","version":"1","value":"x"}]})",
        R"({"secrets":[{"name":"a","version":"1","value":""}]})",
        R"({"secrets":[],"secrets":[]})"}) {
    std::ofstream(world.state + "/secrets") << text;
    CHECK(world.read("A") == "secret.malformed");
    CHECK(world.set("A", "y").error().code == "secret.malformed");
    CHECK(world.file() == text);
  }
}

TEST_CASE("a secret has 1 byte to 64 KiB of text") {
  const World world;
  CHECK(world.set("A", "").error().code == "secret.value");
  CHECK(world.set("A", std::string(65'537, 'x')).error().code == "secret.value");
  CHECK(world.set("A", std::string("a\0b", 3)).error().code == "secret.value");
  CHECK(world.set("A", "\xFF").error().code == "secret.value");
  CHECK(world.set("a b", "x").error().code == "secret.name");
  REQUIRE(world.set("A", std::string(65'536, '\1')).ok());
  CHECK(world.read("A") == std::string(65'536, '\1'));
}

TEST_CASE("there are at most 1000 secrets") {
  const World world;
  std::string text = "{\"secrets\":[";
  for (int i = 0; i < 999; ++i)
    text += (i > 0 ? ",{\"name\":\"n" : "{\"name\":\"n") + std::to_string(i) +
            R"(","set":"2026-07-28T09:08:07Z","version":"1","value":"x"})";
  REQUIRE(world.set("last", "x").ok());
  std::ofstream(world.state + "/secrets") << text << "]}";
  CHECK(world.set("n1000", "x").ok());
  CHECK(world.set("n1001", "x").error().code == "secret.full");
  CHECK(world.set("n1000", "y").ok());
  CHECK(world.read("n1000") == "y");
}

TEST_CASE("a removed secret is gone, and removing a secret that does not exist returns false") {
  const World world;
  CHECK(*remove_secret(world.state, "A") == false);
  REQUIRE(world.set("A", "x").ok());
  REQUIRE(world.set("B", "y").ok());
  CHECK(*remove_secret(world.state, "A") == true);
  CHECK(world.read("A") == "secret.missing");
  CHECK(world.read("B") == "y");
  CHECK(world.file().find("\"x\"") == std::string::npos);
}

TEST_CASE("no secret is lost when two threads set secrets at the same time") {
  const World world;
  const auto some = [&world](char letter) {
    for (int i = 0; i < 20; ++i) {
      const auto set = world.set(letter + std::to_string(i), "v", SecretKeep::File);
      static_cast<void>(set.ok());
    }
  };
  std::thread other(some, 'b');
  some('a');
  other.join();
  CHECK(list_secrets(world.state)->size() == 40);
}

#ifdef __linux__

TEST_CASE("a keyring keeps the value, and no argument and no file of ours contains it") {
  World world;
  world.with_keyring();
  const auto set = world.set("TOKEN", "s3cret-of-the-test");
  REQUIRE(set.ok());
  CHECK(set->entry.place == SecretPlace::Keyring);
  CHECK(set->why_file.empty());
  CHECK(world.read("TOKEN") == "s3cret-of-the-test");
  CHECK(world.file().find("s3cret") == std::string::npos);
  CHECK(contents(world.bin + "/calls").find("s3cret") == std::string::npos);
  // Any value is returned unchanged.
  for (const std::string value : {" blanks ", "two\nlines\n", "hex:41", "\xC3\xA9"}) {
    REQUIRE(world.set("ODD", value).ok());
    CHECK(list_secrets(world.state)->front().place == SecretPlace::Keyring);
    CHECK(world.read("ODD") == value);
  }
  // Each secret has one entry, however often it was set.
  CHECK(std::distance(std::filesystem::directory_iterator(world.bin + "/keyring"), {}) == 2);
  CHECK(*remove_secret(world.state, "TOKEN"));
  CHECK(std::distance(std::filesystem::directory_iterator(world.bin + "/keyring"), {}) == 1);
}

TEST_CASE("a value is kept in the file if the keyring is locked or shortens the value") {
  World world;
  world.with_keyring();
  REQUIRE(world.set("A", "first").ok());
  std::ofstream(world.bin + "/locked") << "";
  const auto locked = world.set("A", "second");
  REQUIRE(locked.ok());
  CHECK(locked->entry.place == SecretPlace::File);
  CHECK(locked->why_file == "the keyring refuses: is locked");
  CHECK(world.read("A") == "second");
  std::filesystem::remove(world.bin + "/locked");
  {
    const Variable most("FAKE_MOST", "3");
    const auto cut = world.set("B", "second");
    REQUIRE(cut.ok());
    CHECK(cut->entry.place == SecretPlace::File);
    CHECK(cut->why_file == "the keyring did not store the value unchanged");
  }
  CHECK(world.set("C", std::string(8000, 'x'))->entry.place == SecretPlace::Keyring);
  CHECK(world.set("D", std::string(8001, 'x'))->entry.place == SecretPlace::File);
  CHECK(world.read("D").size() == 8001);
}

TEST_CASE("a secret whose keyring is gone is an error that says so, and never an empty value") {
  World world;
  world.with_keyring();
  REQUIRE(world.set("A", "x").ok());
  std::ofstream(world.bin + "/locked") << "";
  CHECK(world.read("A") == "secret.keyring");
  std::filesystem::remove(world.bin + "/locked");
  for (const auto& file : std::filesystem::directory_iterator(world.bin + "/keyring"))
    std::filesystem::remove(file);
  CHECK(world.read("A") == "secret.missing");
  std::filesystem::remove(world.bin + "/secret-tool");
  if (!std::filesystem::exists("/usr/bin/secret-tool")) CHECK(world.read("A") == "secret.keyring");
}

#endif

TEST_CASE("the secrets of a server are those that its environment refers to") {
  const auto names =
      secrets_of(server_with({"${secret:B}", "Bearer ${secret:A}${secret:B}", "$${secret:C}",
                              "${cmd:echo ${secret:D}}", "${env:E}", "${secret:F"}));
  CHECK(names == std::vector<std::string>{"A", "B"});
  CHECK(references_in("$$${env:X}$y${cmd:${a}}${") ==
        std::vector<std::string_view>{"env:X", "cmd:${a}"});
}

TEST_CASE("what a killed process has left behind is removed a minute later") {
  World world;
  REQUIRE(world.set("A", "x").ok());
  const std::string file = world.state + "/secrets";
  for (const char* name : {".0123abcd", ".new00000", ".01234567", ".0123abcde"})
    std::ofstream(file + name) << "unfinished";
  const auto old = std::filesystem::file_time_type::clock::now() - std::chrono::minutes(2);
  for (const char* name : {".0123abcd", ".new00000", ".0123abcde"})
    std::filesystem::last_write_time(file + name, old);
  REQUIRE(world.set("A", "y").ok());
  CHECK_FALSE(std::filesystem::exists(file + ".0123abcd"));
  CHECK(std::filesystem::exists(file + ".01234567"));  // its process may still write it
  CHECK(std::filesystem::exists(file + ".new00000"));
  CHECK(std::filesystem::exists(file + ".0123abcde"));
}

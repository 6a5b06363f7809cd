#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/repeats.h"
#include "callgate/base/canonical.h"
#include "callgate/base/digest.h"
#include "callgate/base/fold.h"
#include "callgate/base/look_alike.h"
#include "callgate/base/regex.h"
#include "callgate/base/time.h"

using namespace callgate;

TEST_CASE("SHA-256 returns the values of FIPS 180-4") {
  CHECK(hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("HMAC-SHA-256 returns the values of RFC 4231, with short and with long keys") {
  CHECK(hex(Hmac("Jefe")("what do ya want for nothing?")) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  const Hmac long_key(std::string(131, '\xaa'));
  for (int i = 0; i < 2; ++i)
    CHECK(hex(long_key("Test Using Larger Than Block-Size Key - Hash Key First")) ==
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("random bytes have the length that was asked for, and differ") {
  CHECK(random_bytes(0).empty());
  CHECK(random_bytes(1000).size() == 1000);
  CHECK(random_bytes(32) != random_bytes(32));
}

TEST_CASE(
    "a pattern matches whole values or inside them, and an invalid or overlong pattern is "
    "refused") {
  const auto regex = Regex::compile("a+b");
  REQUIRE(regex);
  CHECK(regex->matches_whole("aab"));
  CHECK_FALSE(regex->matches_whole("aabc"));
  CHECK(regex->find("xxaab")->first == 2);
  CHECK_FALSE(regex->find("xxaab", 5));
  CHECK(Regex::compile("(").error().code == "regex.invalid");
  CHECK(Regex::compile(std::string(4096, 'a')));
  CHECK(Regex::compile(std::string(4097, 'a')).error().code == "regex.too_long");
}

TEST_CASE("times are written in UTC with microseconds, also those before 1970") {
  CHECK(format_wall(Micros{0}) == "1970-01-01T00:00:00.000000Z");
  CHECK(format_wall(Micros{1'785'229'687'000'006}) == "2026-07-28T09:08:07.000006Z");
  CHECK(format_wall(Micros{-1}) == "1969-12-31T23:59:59.999999Z");
}

TEST_CASE(
    "a repeated message is written the first time, then at every power of ten with its count") {
  log::Repeats repeats;
  const log::Repeats::Time start{std::chrono::hours(1)};
  std::vector<uint64_t> written;
  for (int i = 0; i < 1'000'000; ++i) {
    if (const uint64_t times = repeats.count("the same", start)) written.push_back(times);
    if (i == 5) CHECK(repeats.count("another", start) == 1);
  }
  CHECK(written == std::vector<uint64_t>{1, 10, 100, 1000, 10'000, 100'000, 1'000'000});
  CHECK(repeats.count("another", start) == 0);
}

TEST_CASE("a message counts as new again after a minute without it, or after many others") {
  log::Repeats repeats;
  const log::Repeats::Time start{std::chrono::hours(1)};
  CHECK(repeats.count("the same", start) == 1);
  CHECK(repeats.count("the same", start + std::chrono::seconds(60)) == 0);
  CHECK(repeats.count("the same", start + std::chrono::seconds(121)) == 1);
  for (int i = 0; i < 64; ++i)
    CHECK(repeats.count(std::to_string(i), start + std::chrono::seconds(122)) == 1);
  CHECK(repeats.count("the same", start + std::chrono::seconds(122)) == 1);
}

TEST_CASE("text is folded in the way in which readers of JSON fold keys") {
  CHECK(folded("Name@[`{_\x7f") == "name@[`{_\x7f");
  CHECK(folded(std::string_view("Path\0x", 6)) == "path");
  CHECK(folded("\xe2\x84\xaa\xc5\xbf") == "ks");
  CHECK(folded("\xc4\xb0\xc4\xb1") == "ii");
  CHECK(folded("\xd0\x96 \xf0\x90\x90\x80") == "\xd0\xb6 \xf0\x90\x90\xa8");
  CHECK(folded("\xe1\xba\x9e") == "\xc3\x9f");
  CHECK(folded("\xe6\x97\xa5\xf0\x9f\x98\x80") == "\xe6\x97\xa5\xf0\x9f\x98\x80");
  CHECK(equal_folded("protocolVersion", "PROTOCOLversion"));
  CHECK(equal_folded("Tas\xe2\x84\xaa", "task"));
  CHECK_FALSE(equal_folded("a", "ab"));
  CHECK_FALSE(equal_folded("abcdefgh_", "abcdefgh\x7f"));
  CHECK(is_ascii("0123456789"));
  CHECK_FALSE(is_ascii("01234567\xc3\xa9"));
  CHECK_FALSE(is_ascii("\xc3\xa9"));
}

TEST_CASE("names look alike if they differ only in case, alphabet, marks or invisible characters") {
  CHECK(look_alike("github", "GitHub"));
  CHECK(look_alike("github", "g\xd1\x96thub"));        // a Cyrillic i
  CHECK(look_alike("INBOX", "\xd0\x86nbox"));          // a Cyrillic I
  CHECK(look_alike("files", "f\xe2\x80\x8biles"));     // a zero-width space
  CHECK(look_alike("files", "files\xef\xb8\x8f"));     // a variation selector
  CHECK(look_alike("files", "\xef\xbd\x86iles"));      // a wide f
  CHECK(look_alike("files", "\xf0\x9d\x90\x9files"));  // a bold f
  CHECK(look_alike("caf\xc3\xa9", "cafe\xcc\x81"));    // composed and decomposed
  CHECK(look_alike("a-b",
                   "a\xe2\x80\x90"
                   "b"));  // a hyphen
  CHECK(look_alike("my files",
                   "my\xc2\xa0"
                   "files "));  // blanks
  CHECK(look_alike("gitlab", "gitIab"));
  CHECK(look_alike("files", "fi1es"));
  CHECK(look_alike("note", "n0te"));
  for (const auto& [a, b] : std::initializer_list<std::pair<const char*, const char*>>{
           {"files", "file"},
           {"a-b", "a_b"},
           {"db1", "db2"},
           {"git", "gitlab"},
           {"mail", "mall"},
           {"\xe6\x97\xa5", "\xe6\x9c\xac"},
           {"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x81"}}) {
    CHECK_FALSE(look_alike(a, b));
  }
  CHECK(
      has_invisible("a\xe2\x80\xae"
                    "b"));
  CHECK(
      has_invisible("a\xe2\x80\xa8"
                    "b"));
  CHECK_FALSE(has_invisible("\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb"));  // joined emoji
}

TEST_CASE("texts that are canonically equal have the same normal form") {
  const auto equal = [](std::string_view a, std::string_view b) {
    return canonical(a) == canonical(b);
  };
  CHECK(equal("caf\xc3\xa9", "cafe\xcc\x81"));
  CHECK(equal("\xc3\x85", "\xe2\x84\xab"));           // Å and the sign of ångström
  CHECK(equal("\xe1\xba\xad", "a\xcc\x82\xcc\xa3"));  // ậ, its marks in any order
  CHECK(equal("\xed\x95\x9c", "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab"));  // 한
  CHECK(equal("\xd0\xb9", "\xd0\xb8\xcc\x86"));                          // й
  CHECK(equal("\xef\xa4\x80", "\xe8\xb1\x88"));                          // 豈
  CHECK(canonical("plain") == "plain");
  CHECK_FALSE(equal("caf\xc3\xa9", "caf\xc3\xa8"));
  CHECK_FALSE(equal("\xef\xac\x81", "fi"));  // equal by compatibility only
}

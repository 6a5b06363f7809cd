#include "cli/history/call_line.h"
#include "cli/text/table.h"
#include "cli/text/terminal.h"
#include "cli_test.h"

namespace callgate {

TEST_CASE("controls, C1 and invisible characters become escapes") {
  CHECK_EQ(visible("a\x1b[31mb\x07", Lines::Escaped), "a\\u001b[31mb\\u0007");
  CHECK_EQ(visible("\xc2\x9b"
                   "31m",
                   Lines::Escaped),
           "\\u009b31m");
  CHECK_EQ(visible("\x7f", Lines::Escaped), "\\u007f");
  CHECK_EQ(visible("a\xe2\x80\xae"
                   "b",
                   Lines::Escaped),
           "a\\u202eb");
  CHECK_EQ(visible("a\xe2\x80\x8b"
                   "b",
                   Lines::Escaped),
           "a\\u200bb");
  CHECK_EQ(visible("\xf3\xa0\x81\x81", Lines::Escaped), "\\udb40\\udc41");
}

TEST_CASE("no control byte of a terminal is left in the output, whatever the input is") {
  int obeyed = 0;
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string text{static_cast<char>(first), static_cast<char>(second), '['};
      const std::string shown = visible(text, Lines::Escaped);
      for (const char c : shown) {
        const auto byte = static_cast<unsigned char>(c);
        obeyed += byte < 0x20 || byte == 0x7F;
      }
      obeyed += shown.find("\xc2\x9b") != std::string::npos;
    }
  }
  CHECK_EQ(obeyed, 0);
}

TEST_CASE("line ends and tabs stay if lines are kept; a carriage return is always escaped") {
  CHECK_EQ(visible("a\n\tb\r", Lines::Kept), "a\n\tb\\r");
  CHECK_EQ(visible("a\n\tb", Lines::Escaped), "a\\n\\tb");
}

TEST_CASE("bytes that are not UTF-8 are shown one by one") {
  CHECK_EQ(visible("\xff\xc3", Lines::Escaped), "\\xff\\xc3");
  CHECK_EQ(visible("\xed\xa0\x80", Lines::Escaped), "\\xed\\xa0\\x80");
  CHECK_EQ(visible("\xc0\xaf", Lines::Escaped), "\\xc0\\xaf");
}

TEST_CASE("a wide character counts as two columns and a combining one as none") {
  CHECK_EQ(columns("abc"), 3);
  CHECK_EQ(columns("日本"), 4);
  CHECK_EQ(columns("e\xcc\x81"), 1);
  CHECK_EQ(columns("🚀"), 2);
}

TEST_CASE("a shortened text is never wider than the given width") {
  CHECK_EQ(cut("abcdef", 6), "abcdef");
  CHECK_EQ(cut("abcdefg", 6), "abcde…");
  CHECK_EQ(cut("日本語", 5), "日本…");
  CHECK_EQ(cut("日本語", 4), "日…");
  CHECK_EQ(cut("ab", 1), "…");
  CHECK_EQ(cut("anything", 0), "anything");
  CHECK_EQ(fit("日", 4, Align::Right), "  日");
}

TEST_CASE("a table drops columns in a given order to fit the screen, then shrinks one") {
  Screen narrow;
  narrow.width = 24;
  const std::vector<Column> columns_of = {{.title = "id"},
                                          {.title = "client", .give_up = 1},
                                          {.title = "args", .takes_rest = true, .at_least = 8},
                                          {.title = "size", .give_up = 2}};
  const std::string out =
      render(narrow, columns_of, {{{"1-1"}, {"cursor"}, {"a long list of arguments"}, {"12 KiB"}}});
  CHECK_EQ(out, "id   client  args\n1-1  cursor  a long lis…\n");
  CHECK_EQ(render(Screen{}, columns_of, {{{"1-1"}, {"cursor"}, {"args"}, {"12"}}}),
           "id   client  args  size\n1-1  cursor  args  12\n");
}

TEST_CASE(
    "matches are highlighted only with colour, and highlighting never cuts an escape sequence") {
  Screen color;
  color.color = true;
  CHECK_EQ(with_matches(Screen{}, Style::Dim, "find me", "ME"), "find me");
  CHECK_EQ(with_matches(color, Style::Plain, "m me", "me"), "m \x1b[1;7mme\x1b[0m");
  CHECK_EQ(with_matches(color, Style::Dim, "1", "m"), "\x1b[2m1\x1b[0m");
}

TEST_CASE("arguments are previewed as key=value") {
  JsonReader reader;
  CHECK_EQ(preview(reader, R"({"path":"/tmp/a","n":3,"text":"two words","e":""})", 0),
           R"(path=/tmp/a n=3 text="two words" e="")");
  CHECK_EQ(preview(reader, R"({"a":{"b":[1, 2]}})", 0), R"(a={"b":[1,2]})");
  CHECK_EQ(preview(reader, R"({"cut off)", 0), R"({"cut off)");
  CHECK_EQ(preview(reader, R"({"t":"\u001b[2J"})", 0), R"(t=\u001b[2J)");
  CHECK_EQ(preview(reader, "", 0), "");
}

}  // namespace callgate

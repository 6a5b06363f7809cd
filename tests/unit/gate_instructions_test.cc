#include <doctest/doctest.h>

#include "../../src/gate/remembered.h"

using namespace callgate;

TEST_CASE("instructions of 16 KiB are whole, of one byte more cut between characters, and say so") {
  const std::string most(size_t{16} << 10, 'x');
  CHECK(cut_instructions(most) == most);
  const std::string cut = cut_instructions(most + "x");
  CHECK(cut.size() == most.size());
  CHECK(cut.find("[cut here by callgate") != std::string::npos);
  CHECK(cut_instructions(cut) == cut);
  std::string wide;
  while (wide.size() <= most.size()) wide += "€";
  const std::string cut_wide = cut_instructions(wide);
  const size_t end = cut_wide.find("\n[cut");
  CHECK(end % 3 == 0);
  CHECK(cut_wide.size() <= most.size());
}

TEST_CASE("all together are at most 64 KiB, and what is left out is counted") {
  const std::string one(size_t{16} << 10, 'x');
  CHECK(merged_instructions({}).empty());
  CHECK(merged_instructions({{"a", ""}}).empty());
  CHECK(merged_instructions({{"a", "A"}, {"b", ""}, {"c", "C"}}) == "# a\n\nA\n\n# c\n\nC");
  const std::string three = merged_instructions({{"a", one}, {"b", one}, {"c", one}});
  CHECK(three.find("left out") == std::string::npos);
  const std::string many =
      merged_instructions({{"a", one}, {"b", one}, {"c", one}, {"d", one}, {"e", "short"}});
  CHECK(many.size() <= size_t{64} << 10);
  CHECK(many.find("instructions of 1 more servers") != std::string::npos);
  CHECK(many.find("# e\n\nshort") != std::string::npos);
}

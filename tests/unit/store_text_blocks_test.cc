#include "callgate/store/prune.h"
#include "store/filed/text_blocks.h"
#include "store_support.h"

using namespace store_test;

namespace {

bool may_contain(const TrigramSet& set, std::string_view text) {
  return TrigramPattern(text).may_be_in(set.bytes());
}

/// Adds a whole call with these texts.
void add(TextBlocks& blocks, CallNumber call, std::string_view args, std::string_view result = "") {
  blocks.started(call, Micros(1), args);
  blocks.ended(call, Micros(2), result, "");
}

std::vector<CallNumber> others_of(const TextBlock& block) {
  std::vector<CallNumber> calls;
  REQUIRE(unpack_calls(block.first, block.others, calls));
  return calls;
}

std::string grepped(const std::string& path, const std::string& text) {
  HistoryFilter filter;
  filter.grep = text;
  filter.limit = 0;
  filter.oldest_first = true;
  const auto page = reader(path)->list(filter);
  REQUIRE(page);
  std::string ids;
  for (const CallRow& row : page->calls) ids += row.id + " ";
  return ids;
}

}  // namespace

TEST_CASE("a set has the trigrams of each text, in either case, and none across two texts") {
  TrigramSet set;
  set.add("The Needle");
  set.add("a haystack");
  set.add("ab");
  for (const char* text : {"needle", "NEEDLE", "the n", "dle", "haystack", "a h"})
    CHECK(may_contain(set, text));
  for (const char* text : {"needles", "lea", "nedle", "stacks"})
    CHECK_FALSE(may_contain(set, text));
  for (const char* text : {"", "q", "qq"}) {
    CHECK_FALSE(TrigramPattern(text).excludes());
    CHECK(may_contain(set, text));
  }
}

TEST_CASE("a damaged set or list of calls excludes nothing") {
  CHECK(TrigramPattern("needle").may_be_in("short"));
  std::vector<CallNumber> calls;
  CHECK(unpack_calls(1, "", calls));
  CHECK_FALSE(unpack_calls(1, "\xff", calls));
  CHECK_FALSE(unpack_calls(1, "\xff\x7f", calls));
  CHECK(unpack_calls(7, pack_calls(7, {7, 9, 518}), calls));
  CHECK(calls == std::vector<CallNumber>{7, 9, 518});
}

TEST_CASE("a block ends at its number of calls or at its bytes") {
  TextBlocks blocks;
  for (CallNumber call = 1; call <= TextBlocks::kBlockCalls; ++call) add(blocks, call, "{}");
  CHECK_FALSE(blocks.any_ready());
  add(blocks, TextBlocks::kBlockCalls + 1, "{}");
  REQUIRE(blocks.ready().size() == 1);
  CHECK(blocks.ready()[0].first == 1);
  CHECK(blocks.ready()[0].last == TextBlocks::kBlockCalls);
  CHECK(others_of(blocks.ready()[0]).empty());
  blocks.remove_ready();
  CHECK_FALSE(blocks.any_ready());

  const std::string longest(TextBlocks::kLongestText, 'x');
  TextBlocks large;
  CallNumber call = 1;
  for (size_t bytes = longest.size(); bytes < TextBlocks::kBlockBytes; bytes += longest.size())
    add(large, call++, longest);
  CHECK_FALSE(large.any_ready());
  add(large, call, longest);
  CHECK(large.any_ready());
}

TEST_CASE(
    "calls with a text that is too long, without an end or without a start are in the list of "
    "others") {
  TextBlocks blocks;
  const std::string longest(TextBlocks::kLongestText, 'x'), too_long = longest + "x";
  add(blocks, 1, longest, longest);
  add(blocks, 2, too_long);
  add(blocks, 3, "{}", too_long);
  blocks.started(5, Micros(1), "{}");
  blocks.ended(4, Micros(1), "{}", "");
  blocks.ended(9, Micros(1), "{}", "");
  add(blocks, 6, "{}");
  constexpr CallNumber kNext = TextBlocks::kBlockCalls;
  for (CallNumber block = 1; block < 5; ++block) {
    CHECK_FALSE(blocks.any_ready());  // call 5 still runs
    blocks.started(1 + block * kNext, Micros(1), "{}");
  }
  REQUIRE(blocks.ready().size() == 1);
  CHECK(blocks.ready()[0].first == 1);
  CHECK(blocks.ready()[0].last == 6);
  CHECK(others_of(blocks.ready()[0]) == std::vector<CallNumber>{2, 3, 4, 5});
  blocks.remove_ready();
  blocks.ended(5, Micros(1), "late", "");  // its block is gone
  CHECK_FALSE(blocks.any_ready());
}

TEST_CASE("at the end of the run all blocks are ready, without the calls that still run") {
  TextBlocks blocks;
  add(blocks, 1, "{}");
  blocks.started(2, Micros(1), "{}");
  blocks.started(1 + TextBlocks::kBlockCalls, Micros(1), "{}");
  blocks.end_all();
  REQUIRE(blocks.ready().size() == 2);
  CHECK(others_of(blocks.ready()[0]) == std::vector<CallNumber>{2});
  CHECK(others_of(blocks.ready()[1]) == std::vector<CallNumber>{1 + TextBlocks::kBlockCalls});
}

TEST_CASE("a start that is written late belongs to the block of its number") {
  TextBlocks blocks;
  add(blocks, 1, "{}");
  blocks.started(3, Micros(1), "{}");
  blocks.started(2, Micros(1), "{}");
  blocks.started(1 + TextBlocks::kBlockCalls, Micros(1), "{}");
  blocks.ended(3, Micros(1), "{}", "");
  CHECK_FALSE(blocks.any_ready());
  blocks.ended(2, Micros(1), "needle", "");
  REQUIRE(blocks.any_ready());
  CHECK(others_of(blocks.ready()[0]).empty());
  CHECK(TrigramPattern("needle").may_be_in(blocks.ready()[0].trigrams));
}

TEST_CASE("a start that is written after its block has ended is in no other block") {
  TextBlocks blocks;
  add(blocks, 1, "{}");
  add(blocks, 3, std::string(TextBlocks::kLongestText, 'x'));
  for (CallNumber call = 4; !blocks.any_ready(); ++call)
    add(blocks, call, std::string(TextBlocks::kLongestText, 'x'));
  CHECK(others_of(blocks.ready()[0]) == std::vector<CallNumber>{2});
  blocks.remove_ready();
  add(blocks, 2, "{}");
  CHECK_FALSE(blocks.any_ready());
  blocks.end_all();
  CHECK(blocks.ready().empty());
}

TEST_CASE("a search finds texts of written blocks, of the block that is open, and after a kill") {
  const Folder folder;
  const std::string path = folder.file();
  {
    Gate first(path);
    for (CallNumber call = 1; call <= 2000; ++call) {
      first.recorder->append(started(call, call % 700 == 3 ? R"({"q":"Needle"})" : "{}"));
      CallFinished end = finished(call);
      if (call == 1999) end.error = "a needle broke";
      first.recorder->append(end);
    }
    REQUIRE(first.settle());
    CHECK(count(path, "text_block") == "3");
    CHECK(grepped(path, "needle") == "1-3 1-703 1-1403 1-1999 ");
    CHECK(grepped(path, "nothing") == "");
  }
  CHECK(count(path, "text_block") == "4");  // written at the end of the run
  CHECK(grepped(path, "needle") == "1-3 1-703 1-1403 1-1999 ");
  // The record is now as if the gate process had been killed.
  look(path, "delete from text_block where id = (select max(id) from text_block)");
  CHECK(grepped(path, "needle") == "1-3 1-703 1-1403 1-1999 ");
  look(path, "update text_block set trigrams = zeroblob(8192)");
  CHECK(grepped(path, "needle") != "1-3 1-703 1-1403 1-1999 ");  // the sets are used
  look(path, "update text_block set trigrams = x'00'");
  CHECK(grepped(path, "needle") == "1-3 1-703 1-1403 1-1999 ");
}

TEST_CASE("the sets go with the texts that retention drops") {
  const Folder folder;
  const std::string path = folder.file();
  const Micros old = wall() - std::chrono::hours(48);
  {
    Gate gate(path);
    for (CallNumber call = 1; call <= 1100; ++call) {
      const Micros at = call <= 600 ? old + Micros(call) : wall();
      gate.recorder->append(started(call, R"({"n":)" + std::to_string(call) + "}", at));
      gate.recorder->append(finished(call, Outcome::Ok, "{}", at));
    }
    REQUIRE(gate.settle());
  }
  CHECK(count(path, "text_block") == "3");
  REQUIRE(prune(path, wall() - std::chrono::hours(24), PruneMode::Delete));
  CHECK(count(path, "text_block") == "2");
}

TEST_CASE(
    "a name has one row, whichever run accesses it, and names with an equal hash stay different") {
  const Folder folder;
  const std::string path = folder.file();
  const auto access = [&](const std::string& name) {
    Gate gate(path);
    for (CallNumber call = 1; call <= 2; ++call) {
      CallStarted start = started(call);
      start.touches = {{DataKind::Path, DataOp::Read, name}};
      gate.recorder->append(start);
    }
    REQUIRE(gate.settle());
  };
  access("/a");
  access("/a");
  CHECK(count(path, "item") == "1");
  look(path, "update item set name = '/b'");  // as if "/b" had the hash of "/a"
  access("/a");
  CHECK(look(path, "select group_concat(name) from item") == "/b,/a");
  CHECK(look(path, "select count(distinct touched) from event where touched is not null") == "2");
  look(path, "delete from item_by_hash");  // a record of an older version
  access("/a");
  CHECK(count(path, "item") == "3");
  const auto touched = reader(path)->touched({.by = TouchedFilter::By::Path});
  REQUIRE(touched);
  CHECK(touched->rows.size() == 2);
}

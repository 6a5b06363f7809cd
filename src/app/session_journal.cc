#include "session_journal.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "callgate/base/text.h"

namespace callgate {

namespace {

constexpr uint64_t kJournalFormat = 0x63616c6c67617401;  // "callgat", version 1
constexpr size_t kHeaderSize = 4096;
constexpr size_t kSlots = 1024;
constexpr size_t kSlotSize = 256;
constexpr size_t kLongestLine = size_t{16} << 10;  // longer lines are not kept
constexpr size_t kArea = size_t{1} << 20;          // of input; there are two
constexpr size_t kLeastRoom = size_t{64} << 10, kMostRoom = size_t{256} << 10;
constexpr size_t kLastingArea = size_t{256} << 10;

constexpr size_t kSlotsAt = kHeaderSize;
constexpr size_t kLastingAt = kSlotsAt + kSlots * kSlotSize;
constexpr size_t kInputAt = kLastingAt + kLastingArea;
constexpr size_t kLinesAt = kInputAt + 2 * kArea;
constexpr size_t kSize = kLinesAt + kSlots * kLongestLine;

struct LastingHead {
  Position end;
  uint64_t size;  // of the line, which follows
};

enum OutputState : uint64_t { Between = 0, Writing = 1, InMessage = 2 };

/// A value in shared memory. After the death of the process, the memory is as if the program had
/// stopped between two of its statements, because the fences keep the compiler from changing the
/// order of writes. Two processes never use the memory at the same time, so the processor's order
/// does not matter.
template <class T>
class Shared {
 public:
  T get() const { return value_.load(std::memory_order_relaxed); }
  void set(T value) {
    std::atomic_signal_fence(std::memory_order_seq_cst);
    value_.store(value, std::memory_order_relaxed);
    std::atomic_signal_fence(std::memory_order_seq_cst);
  }

 private:
  std::atomic<T> value_;
  static_assert(std::atomic<T>::is_always_lock_free);
};

}  // namespace

struct SessionJournal::Header {
  Shared<uint64_t> format;
  Shared<uint64_t> lost;
  Shared<uint64_t> recorded_first;
  Shared<uint64_t> output;  // an OutputState
  Shared<uint64_t> input;  // the position of the active area's first byte, times 2, plus its number
  Shared<uint64_t> handled;  // the position up to which the lines are handled
  Shared<uint64_t> lasting;  // bytes
  Shared<int64_t> last_question;
  Shared<uint64_t> answers;  // written to the client
};

struct SessionJournal::Slot {
  Shared<uint64_t> open;  // 0 or 1
  Shared<uint64_t> call;  // the run, times 2^32, plus the call's number
  uint64_t end;
  uint32_t id_size, line_size;
  std::array<char, 208> id;
};

SessionJournal::SessionJournal(SharedMemory memory) : memory_(std::move(memory)) {
  static_assert(sizeof(Header) <= kHeaderSize && sizeof(Slot) <= kSlotSize);
}

SessionJournal::Header& SessionJournal::header() const {
  return *reinterpret_cast<Header*>(memory_.data());
}
SessionJournal::Slot& SessionJournal::slot(int number) const {
  return *reinterpret_cast<Slot*>(memory_.data() + kSlotsAt +
                                  static_cast<size_t>(number) * kSlotSize);
}
char* SessionJournal::area(uint64_t which) const {
  return memory_.data() + kInputAt + (which & 1) * kArea;
}

Result<Descriptor> SessionJournal::create() { return SharedMemory::create(kSize); }

Result<std::unique_ptr<SessionJournal>> SessionJournal::open(const Descriptor& memory) {
  Result<SharedMemory> mapped = SharedMemory::map(memory, kSize);
  if (!mapped) return mapped.error();
  return std::unique_ptr<SessionJournal>(new SessionJournal(std::move(*mapped)));
}

// What is left

SessionRemains SessionJournal::remains() const {
  const Header& all = header();
  SessionRemains left;
  if (all.format.get() == 0) return left;  // no gate has used it
  left.recorded_first = all.recorded_first.get() == 1;
  left.last_question = all.last_question.get();
  left.answers = all.answers.get();
  left.lost = all.format.get() != kJournalFormat || all.lost.get() != 0 || all.output.get() != Between;
  const Position first = all.input.get() / 2, handled = all.handled.get();
  if (handled < first || handled - first > kArea) left.lost = true;
  if (!left.lost) read_lasting(left);
  if (left.lost || !read_requests(left)) {
    left.lost = true;
    return left;
  }
  // The bytes after the last one that was read are 0, and JSON has no byte that is 0. So nothing is
  // lost if the gate died between the kernel's copying and our counting.
  const std::string_view bytes(area(all.input.get()), kArea);
  left.input = bytes.substr(handled - first);
  left.input.resize(std::min(left.input.find('\0'), left.input.size()));
  return left;
}

// Returns the size of the valid entries. Ends before the first entry whose line the gate had not
// handled when it died, because that line will be handled again.
size_t SessionJournal::read_lasting(SessionRemains& into) const {
  const size_t size = std::min<uint64_t>(header().lasting.get(), kLastingArea);
  const std::string copy(memory_.data() + kLastingAt, size);
  size_t at = 0;
  while (size - at >= sizeof(LastingHead)) {
    LastingHead head;
    std::memcpy(&head, copy.data() + at, sizeof head);
    const size_t line = at + sizeof head;
    if (head.size > size - line || head.end > handled()) break;
    into.lasting.push_back({head.end, copy.substr(line, head.size)});
    at = line + head.size;
  }
  return at;
}

bool SessionJournal::read_requests(SessionRemains& into) const {
  const Position handled = header().handled.get();
  for (int i = 0; i < static_cast<int>(kSlots); ++i) {
    const Slot& each = slot(i);
    // If the gate died while it handled a line, the line is handled again as a whole. It has had no
    // effect yet, because the gate writes and commits only when it has handled all lines.
    if (each.open.get() != 1 || each.end > handled) continue;
    const size_t id_size = each.id_size, line_size = each.line_size;
    if (id_size > each.id.size() || line_size > kLongestLine) return false;
    const uint64_t call = each.call.get();
    const char* line = memory_.data() + kLinesAt + static_cast<size_t>(i) * kLongestLine;
    into.requests.push_back({.end = each.end,
                             .id = std::string(each.id.data(), id_size),
                             .run = static_cast<uint32_t>(call >> 32),
                             .call = static_cast<CallNumber>(call & 0xFFFFFFFF),
                             .line = std::string(line, line_size)});
  }
  std::sort(into.requests.begin(), into.requests.end(),
            [](const auto& a, const auto& b) { return a.end < b.end; });
  return true;
}

void SessionJournal::begin(uint32_t run, bool recorded_first) {
  Header& all = header();
  run_ = run;
  for (int i = static_cast<int>(kSlots) - 1; i >= 0; --i) {
    Slot& each = slot(i);
    if (each.open.get() == 1 && each.end > all.handled.get()) each.open.set(0);
    if (each.open.get() == 1 && each.id_size <= each.id.size())
      by_id_.emplace(std::string(each.id.data(), each.id_size), i);
    else
      free_.push_back(i);
  }
  SessionRemains ignored;
  lasting_ = read_lasting(ignored);
  all.lasting.set(lasting_);
  // The earlier gate may have died while it moved the beginning of a line to the other area.
  const uint64_t input = all.input.get();
  std::memset(area(input + 1), 0, kArea);
  const size_t skip = std::min<uint64_t>(all.handled.get() - input / 2, kArea);
  const std::string_view bytes(area(input) + skip, kArea - skip);
  used_ = skip + std::min(bytes.find('\0'), bytes.size());
  all.recorded_first.set(recorded_first ? 1 : 0);
  all.format.set(kJournalFormat);
}

// From now on, the active area is only a buffer.
void SessionJournal::lose() { header().lost.set(1); }

// Input

Position SessionJournal::handled() const { return header().handled.get(); }

std::span<char> SessionJournal::room() {
  make_room();
  return {area(header().input.get()) + used_, std::min(kArea - used_, kMostRoom)};
}

// Makes the active area empty if all of it is handled. If little room is left, the beginning of the
// next line goes on in the other area, which is empty.
void SessionJournal::make_room() {
  Header& all = header();
  const uint64_t input = all.input.get();
  const Position first = input / 2, handled = all.handled.get();
  char* const from = area(input);
  const size_t rest = first + used_ - handled;
  if (rest > kArea / 2) lose();  // the line is too long
  if (all.lost.get() != 0) {
    used_ = 0;
  } else if (rest == 0) {
    std::memset(from, 0, used_);
    all.input.set(handled * 2 + (input & 1));
    used_ = 0;
  } else if (kArea - used_ < kLeastRoom) {
    std::memcpy(area(input + 1), from + (handled - first), rest);
    all.input.set(handled * 2 + (~input & 1));
    std::memset(from, 0, used_);
    used_ = rest;
  }
}

void SessionJournal::read(std::string_view bytes) {
  used_ += bytes.size();
  if (bytes.find('\0') != std::string_view::npos) lose();
}

void SessionJournal::line_begins(Position end) {
  const Header& all = header();
  line_end_ = end;
  if (all.lost.get() != 0) return;
  const Position begin = all.handled.get();
  line_ = {area(all.input.get()) + (begin - all.input.get() / 2), end - begin};
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (begin == 0 && line_.starts_with(kMark)) line_.remove_prefix(kMark.size());
  line_ = trimmed(line_);
}

void SessionJournal::line_handled() {
  line_ = {};
  if (header().lost.get() == 0) header().handled.set(line_end_);
}

// Requests

int SessionJournal::take_slot(std::string_view id) {
  if (free_.empty() || id.size() > slot(0).id.size()) {
    lose();
    return -1;
  }
  const int number = free_.back();
  free_.pop_back();
  Slot& each = slot(number);
  each.end = line_end_;
  each.id_size = static_cast<uint32_t>(id.size());
  std::memcpy(each.id.data(), id.data(), id.size());
  // A batch is not kept, because its other requests may have answers already.
  const bool keep = line_.size() <= kLongestLine && !line_.starts_with('[');
  each.line_size = static_cast<uint32_t>(keep ? line_.size() : 0);
  std::memcpy(memory_.data() + kLinesAt + static_cast<size_t>(number) * kLongestLine, line_.data(),
              each.line_size);
  each.call.set(0);
  each.open.set(1);
  return number;
}

void SessionJournal::free_slot(int number) {
  slot(number).open.set(0);
  free_.push_back(number);
}

void SessionJournal::opened(std::string_view id, CallNumber call) {
  const auto known = by_id_.find(std::string(id));
  int number = -1;
  if (known != by_id_.end() && line_.empty()) {
    number = known->second;  // the request of an earlier gate begins again
  } else {
    number = take_slot(id);
    if (number >= 0) by_id_.emplace(id, number);
  }
  if (number >= 0) slot(number).call.set(call == 0 ? 0 : uint64_t{run_} << 32 | call);
}

void SessionJournal::dropped(std::string_view id) {
  const auto known = by_id_.find(std::string(id));
  if (known == by_id_.end()) return;
  free_slot(known->second);
  by_id_.erase(known);
}

void SessionJournal::lasting() {
  if (line_.empty()) return;  // the line is one that the journal already has
  const LastingHead head{line_end_, line_.size()};
  if (kLastingArea - lasting_ < sizeof head + line_.size()) return lose();
  char* const to = memory_.data() + kLastingAt + lasting_;
  std::memcpy(to, &head, sizeof head);
  std::memcpy(to + sizeof head, line_.data(), line_.size());
  lasting_ += sizeof head + line_.size();
  header().lasting.set(lasting_);
}

// Output

void SessionJournal::answer_queued(std::string_view id, size_t bytes) {
  queued_ += bytes;
  int number = -1;
  if (const auto known = by_id_.find(std::string(id)); known != by_id_.end()) {
    number = known->second;
    by_id_.erase(known);
  } else if (!line_.empty()) {
    number = take_slot(id);  // answered while its line is handled
  }
  output_.push_back({queued_, number});
}

void SessionJournal::message_queued(size_t bytes) {
  queued_ += bytes;
  output_.push_back({queued_, -1});
}

void SessionJournal::question_queued(int64_t id) {
  header().last_question.set(std::max(header().last_question.get(), id));
}

void SessionJournal::writing() { header().output.set(Writing); }

void SessionJournal::written(size_t bytes) {
  written_ += bytes;
  for (; !output_.empty() && output_.front().end <= written_; output_.pop_front()) {
    between_ = output_.front().end;
    if (output_.front().slot < 0) continue;
    free_slot(output_.front().slot);
    header().answers.set(header().answers.get() + 1);
  }
  header().output.set(between_ == written_ ? Between : InMessage);
}

}  // namespace callgate

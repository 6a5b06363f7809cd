#include "session_journal.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "callgate/base/text.h"

namespace callgate {

namespace {

// The memory has a header, the slots of open requests, the lasting messages, two areas for input,
// and one line for each slot. Input is read into the active area. If it is nearly full, the
// beginning of a line that is not complete yet is copied to the other area, which then is the
// active one.
constexpr uint64_t kJournalFormat = 0x63616c6c67617401;  // "callgat", version 1
constexpr size_t kHeaderSize = 4096;
constexpr size_t kSlots = 1024;
constexpr size_t kSlotSize = 256;
constexpr size_t kLongestSlotId = 192;
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

/// Why no other gate can go on with the session.
enum Loss : uint64_t {
  None,
  LongLine,  // only until the end of the line
  ZeroByte,
  ManyRequests,
  ManyLasting,
  LastingBatch,
  Ended,
};
constexpr const char* kBroken = "the session's journal is damaged";
constexpr std::array kLossTexts = {
    "",
    "the client was sending a message that is too long to be handed over",
    "the client has sent a byte that is 0, which JSON does not have",
    "the client had more than 1024 open requests, or one whose id has more than 192 bytes",
    "the client has sent too many messages whose effect lasts, such as subscriptions",
    "the client has sent a message whose effect lasts, such as a subscription, in a batch",
    "the gate had ended the session"};
enum OutputState : uint64_t {
  Between = 0,    // all messages are written completely, or not at all
  Writing = 1,    // a write is running, and it is not known how far it got
  InMessage = 2,  // only a part of a message is written
};

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
  Shared<uint64_t> lost;    // a Loss
  Shared<uint64_t> output;  // an OutputState
  Shared<uint64_t> input;  // the position of the active area's first byte, times 2, plus its number
  Shared<uint64_t> handled;  // the position up to which the lines are handled
  Shared<uint64_t> lasting;  // bytes
  Shared<uint64_t> answers;  // written to the client
  Shared<uint64_t> starts;   // see SessionRemains
  Shared<uint64_t> slots;    // the number of slots that were ever used; the others have no memory
};

struct SessionJournal::Slot {
  Shared<uint64_t> open;  // 0 or 1
  Shared<uint64_t> call;  // the run, times 2^32, plus the call's number
  Shared<uint64_t> recorded_first;
  Shared<uint64_t> deaths;  // of gates while the request was open
  Shared<uint64_t> record;  // identifies the record
  uint64_t end;
  uint32_t id_size, line_size;
  std::array<char, kLongestSlotId> id;
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
char* SessionJournal::input_area(uint64_t which) const {
  return memory_.data() + kInputAt + (which & 1) * kArea;
}

Result<Descriptor> SessionJournal::create() { return SharedMemory::create(kSize); }

Result<std::unique_ptr<SessionJournal>> SessionJournal::open(const Descriptor& memory) {
  Result<SharedMemory> mapped = SharedMemory::map(memory, kSize);
  if (!mapped) return mapped.error();
  return std::unique_ptr<SessionJournal>(new SessionJournal(std::move(*mapped)));
}

// What is left

SessionRemains SessionJournal::remains() {
  Header& all = header();
  SessionRemains left;
  if (all.format.get() == 0) return left;  // no gate has used it
  left.used = true;
  left.starts = all.starts.get();
  left.answers = all.answers.get();
  const uint64_t loss = all.lost.get();
  const uint64_t input = all.input.get();
  const Position first = input / 2, handled = all.handled.get();
  if (all.output.get() != Between)
    left.lost = "it is not known how much of the last message the client has got";
  else if (loss != None)
    left.lost = kLossTexts[std::min<uint64_t>(loss, kLossTexts.size() - 1)];
  if (all.format.get() != kJournalFormat || handled < first || handled - first > kArea)
    left.lost = kBroken;
  if (!left.lost.empty()) return left;
  first_ = first;
  handled_ = handled;
  area_ = input & 1;
  lasting_size_ = read_lasting(left);
  if (!read_requests(left)) left.lost = kBroken;
  // The bytes after the last one that was read are 0, and JSON has no byte that is 0. So nothing is
  // lost if the gate died between the kernel's copying and our counting.
  const std::string_view bytes(input_area(area_) + (handled - first), kArea - (handled - first));
  left.input = bytes.substr(0, bytes.find('\0'));
  used_ = handled - first + left.input.size();
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
    if (head.size > size - line || head.end > handled_) break;
    into.lasting.push_back({head.end, copy.substr(line, head.size)});
    at = line + head.size;
  }
  return at;
}

bool SessionJournal::read_requests(SessionRemains& into) const {
  const auto used = static_cast<int>(std::min<uint64_t>(header().slots.get(), kSlots));
  for (int i = 0; i < used; ++i) {
    const Slot& each = slot(i);
    // If the gate died while it handled a line, the line is handled again as a whole. It has had no
    // effect yet, because the gate writes and commits only when it has handled all lines.
    if (each.open.get() != 1 || each.end > handled_) continue;
    const size_t id_size = each.id_size, line_size = each.line_size;
    if (id_size > each.id.size() || line_size > kLongestLine) return false;
    const uint64_t call = each.call.get();
    const char* line = memory_.data() + kLinesAt + static_cast<size_t>(i) * kLongestLine;
    into.requests.push_back({.end = each.end,
                             .id = std::string(each.id.data(), id_size),
                             .run = static_cast<uint32_t>(call >> 32),
                             .call = static_cast<CallNumber>(call & 0xFFFFFFFF),
                             .recorded_first = each.recorded_first.get() == 1,
                             .deaths = each.deaths.get() + 1,
                             .record = each.record.get(),
                             .line = std::string(line, line_size)});
  }
  std::sort(into.requests.begin(), into.requests.end(),
            [](const auto& a, const auto& b) { return a.end < b.end; });
  return true;
}

void SessionJournal::begin(uint32_t run, uint64_t record) {
  Header& all = header();
  run_ = run;
  record_ = record;
  const auto used = static_cast<int>(std::min<uint64_t>(all.slots.get(), kSlots));
  for (int i = static_cast<int>(kSlots) - 1; i >= used; --i) free_.push_back(i);
  for (int i = used - 1; i >= 0; --i) {
    Slot& each = slot(i);
    const size_t id_size = each.id_size;
    if (each.open.get() != 1 || each.end > handled_ || id_size > each.id.size()) {
      free_slot(i);
      continue;
    }
    each.deaths.set(each.deaths.get() + 1);
    by_id_.emplace(std::string(each.id.data(), id_size), i);
  }
  all.lasting.set(lasting_size_);
  all.handled.set(handled_);
  // The earlier gate may have died while it moved the beginning of a line to the other area.
  memory_.clear(static_cast<size_t>(input_area(area_ + 1) - memory_.data()), kArea);
  read_ = first_ + used_;
  all.format.set(kJournalFormat);
}

void SessionJournal::set_recorded_first(bool recorded_first) {
  recorded_first_ = recorded_first;
  if (recorded_first) return;
  for (const auto& [id, number] : by_id_) slot(number).recorded_first.set(0);
}

void SessionJournal::set_starts(uint64_t digest) { header().starts.set(digest); }

void SessionJournal::end() { mark_lost(Ended); }

void SessionJournal::mark_lost(uint64_t loss) {
  loss_ = loss;
  header().lost.set(loss);
}

void SessionJournal::set_input(Position first, uint64_t active) {
  first_ = first;
  area_ = active & 1;
  header().input.set(first_ * 2 + area_);
}

// Input

std::span<char> SessionJournal::room() {
  make_room();
  return {input_area(area_) + used_, std::min(kArea - used_, kMostRoom)};
}

// Makes the active area empty if all of it is handled. If little room is left, the beginning of the
// next line goes on in the other area, which is empty. If the line is too long for that, the area
// is only a buffer until the line's end.
void SessionJournal::make_room() {
  char* const from = input_area(area_);
  const size_t rest = loss_ == None ? first_ + used_ - handled_ : 0;
  if (rest > kArea / 2) mark_lost(LongLine);
  if (loss_ != None) {
    dirty_ = std::max(dirty_, used_);
    used_ = 0;
    buffer_begin_ = read_;
  } else if (rest == 0) {
    std::memset(from, 0, used_);
    set_input(handled_, area_);
    used_ = 0;
  } else if (kArea - used_ < kLeastRoom) {
    std::memcpy(input_area(area_ + 1), from + (handled_ - first_), rest);
    set_input(handled_, area_ + 1);
    std::memset(from, 0, used_);
    used_ = rest;
  }
}

void SessionJournal::bytes_read(std::string_view bytes) {
  used_ += bytes.size();
  read_ += bytes.size();
  if (bytes.find('\0') != std::string_view::npos) mark_lost(ZeroByte);
}

void SessionJournal::handling_line(Position end) {
  in_line_ = true;
  line_end_ = end;
  if (loss_ != None) return;
  line_ = {input_area(area_) + (handled_ - first_), end - handled_};
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (handled_ == 0 && line_.starts_with(kMark)) line_.remove_prefix(kMark.size());
  line_ = trimmed(line_);
}

void SessionJournal::line_refused() {
  if (!in_line_ && loss_ == None) mark_lost(LongLine);
}

void SessionJournal::line_handled() {
  in_line_ = false;
  line_ = {};
  if (loss_ > LongLine) return;
  if (loss_ == LongLine) {
    if (dirty_ > used_) std::memset(input_area(area_) + used_, 0, dirty_ - used_);
    dirty_ = 0;
    set_input(buffer_begin_, area_);
  }
  handled_ = line_end_;
  header().handled.set(handled_);
  if (loss_ != None) mark_lost(None);
}

// Requests

int SessionJournal::take_slot(std::string_view id) {
  if (free_.empty() || id.size() > kLongestSlotId) {
    mark_lost(ManyRequests);
    return -1;
  }
  const int number = free_.back();
  free_.pop_back();
  header().slots.set(std::max<uint64_t>(header().slots.get(), static_cast<uint64_t>(number) + 1));
  Slot& each = slot(number);
  each.end = line_end_;
  each.id_size = static_cast<uint32_t>(id.size());
  std::memcpy(each.id.data(), id.data(), id.size());
  // A batch is not kept, because its other requests may have answers already.
  const bool keep = !line_.empty() && line_.size() <= kLongestLine && !line_.starts_with('[');
  each.line_size = static_cast<uint32_t>(keep ? line_.size() : 0);
  if (keep)
    std::memcpy(memory_.data() + kLinesAt + static_cast<size_t>(number) * kLongestLine,
                line_.data(), line_.size());
  each.call.set(0);
  each.deaths.set(0);
  each.open.set(1);
  return number;
}

void SessionJournal::free_slot(int number) {
  slot(number).open.set(0);
  free_.push_back(number);
}

void SessionJournal::request_opened(std::string_view id, CallNumber call) {
  int number = -1;
  if (in_line_) {
    number = take_slot(id);
    if (number >= 0) by_id_.emplace(id, number);
  } else if (const auto known = by_id_.find(std::string(id)); known != by_id_.end()) {
    number = known->second;  // the request of an earlier gate begins again
  }
  if (number < 0) return;
  slot(number).recorded_first.set(recorded_first_ ? 1 : 0);
  slot(number).record.set(record_);
  slot(number).call.set(call == 0 ? 0 : uint64_t{run_} << 32 | call);
}

void SessionJournal::request_cancelled(std::string_view id) {
  const auto [first, last] = by_id_.equal_range(std::string(id));
  for (auto each = first; each != last; ++each) free_slot(each->second);
  by_id_.erase(first, last);
}

void SessionJournal::message_lasts() {
  if (!in_line_) return;  // the line is one that the journal already has
  if (line_.empty()) return mark_lost(ManyLasting);
  if (line_.starts_with('[')) return mark_lost(LastingBatch);
  const LastingHead head{line_end_, line_.size()};
  if (kLastingArea - lasting_size_ < sizeof head + line_.size()) return mark_lost(ManyLasting);
  char* const to = memory_.data() + kLastingAt + lasting_size_;
  std::memcpy(to, &head, sizeof head);
  std::memcpy(to + sizeof head, line_.data(), line_.size());
  lasting_size_ += sizeof head + line_.size();
  header().lasting.set(lasting_size_);
}

// Output

void SessionJournal::answer_queued(std::string_view id, size_t bytes) {
  queued_ += bytes;
  int number = -1;
  if (const auto known = by_id_.find(std::string(id)); known != by_id_.end()) {
    number = known->second;
    by_id_.erase(known);
  } else if (in_line_) {
    number = take_slot(id);  // answered while its line is handled
  }
  output_.push_back({queued_, number});
}

void SessionJournal::message_queued(size_t bytes) {
  queued_ += bytes;
  output_.push_back({queued_, -1});
}

void SessionJournal::writing() { header().output.set(Writing); }

void SessionJournal::written(size_t bytes) {
  written_ += bytes;
  for (; !output_.empty() && output_.front().end <= written_; output_.pop_front()) {
    whole_end_ = output_.front().end;
    if (output_.front().slot < 0) continue;
    free_slot(output_.front().slot);
    header().answers.set(header().answers.get() + 1);
  }
  header().output.set(whole_end_ == written_ ? Between : InMessage);
}

}  // namespace callgate

#include "filer.h"

namespace callgate {

namespace {

// The number of stretches that may wait for the end of some of their calls, for example of a call
// that runs for hours. Further stretches are not filed before the run has ended.
constexpr size_t kFilling = 4096;
constexpr size_t kRuns = 64;  // how many completely filed runs one batch may report
constexpr std::chrono::seconds kPatience{1};
constexpr std::chrono::seconds kKeepOpen{1};
// To read and pack a stretch takes 0.6 ms on a thread with the lowest priority. Under load, the
// filer starts one stretch each kPace, which is 64,000 calls a second if the thread gets a core. If
// no call has ended for kCalm, it files kRowsCalm stretches at a time without a pause, up to
// 500,000 calls a second with few wake-ups.
constexpr std::chrono::milliseconds kPace{8}, kCalm{100};
constexpr size_t kRowsBusy = 1, kRowsCalm = 16;  // stretches of one batch, under load and otherwise

CallNumber calls_of(CallNumber stretch) { return stretch == 0 ? kStretch - 1 : kStretch; }

}  // namespace

Filer::Filer(std::string path, uint32_t run, std::function<void(StoreThread::Task)> post, Done done)
    : run_(run),
      done_(std::move(done)),
      reader_(std::make_unique<Reader>()),
      thread_(std::move(post), StoreThread::Priority::Low) {
  reader_->path = std::move(path);
}

Filer::~Filer() { ending_ = true; }

void Filer::ended(CallNumber call) {
  called_ = Clock::now();
  const CallNumber stretch = stretch_of(call);
  if (ended_.size() >= kFilling && ended_.count(stretch) == 0) return;
  if (++ended_[stretch] < calls_of(stretch)) return;
  ended_.erase(stretch);
  full_.push_back(stretch);
}

Millis Filer::look(Clock::time_point now) {
  if (reading_) return Millis{0};
  if (full_.empty() && !backlog_) {
    if (!open_) return Millis{0};
    if (now - last_ < kKeepOpen) return std::chrono::ceil<Millis>(last_ + kKeepOpen - now);
    close();
    return Millis{0};
  }
  const bool calm = now - called_ >= kCalm;
  if (!calm && now - last_ < kPace) return std::chrono::ceil<Millis>(last_ + kPace - now);
  const size_t rows = calm ? kRowsCalm : kRowsBusy;
  std::vector<CallNumber> own;
  for (; !full_.empty() && own.size() < rows; full_.pop_front()) own.push_back(full_.front());
  reading_ = open_ = true;
  last_ = now;
  thread_.run([this, own, rows]() -> StoreThread::Task {
    Found found = next(own, rows);
    return [this, over = own.empty(), more = found.more, batch = std::move(found.batch)]() mutable {
      reading_ = false;
      if (over) backlog_ = more;
      done_(std::move(batch));
    };
  });
  return Millis{0};
}

// Closes the filer's connection, so that an idle gate process does not keep it open.
void Filer::close() {
  open_ = false;
  reading_ = true;
  thread_.run([this]() -> StoreThread::Task {
    reader_->source = {};
    reader_->db.reset();
    return [this] { reading_ = false; };
  });
}

Filer::Found Filer::next(const std::vector<CallNumber>& own, size_t rows) {
  Reader& reader = *reader_;
  reader.patience.until = Clock::now() + kPatience;
  Found found;
  if (!open(reader)) return found;
  Status read;
  if (own.empty()) read = read_over(rows, found);
  for (size_t i = 0; i < own.size() && read && !ending_; ++i) read = read_own(own[i], found);
  return read ? std::move(found) : Found{};
}

Status Filer::open(Reader& reader) {
  if (reader.db) return {};
  auto db = open_database(reader.path, OpenMode::Read, &reader.patience);
  if (!db) return db.error();
  if (auto s = execute(db->get(), reader.path, "pragma cache_size = 64"); !s) return s;
  if (auto s = reader.source.prepare(db->get(), reader.path); !s) return s;
  reader.db = std::move(*db);
  return {};
}

// Packs a stretch of this run. If the record lacks the end of one of its calls although ended() was
// called for it, the stretch is filed after the end of the run.
Status Filer::read_own(CallNumber stretch, Found& found) {
  const auto calls = reader_->source.read(run_, stretch, stretch + kStretch - 1);
  if (!calls) return calls.error();
  bool ended = !calls->empty();
  for (const FiledCall& call : *calls) ended = ended && call.outcome != Outcome::Pending;
  if (ended) found.batch.rows.push_back(pack(*calls));
  return {};
}

Status Filer::find_runs(Reader& reader) {
  auto runs = Statement::prepare(
      reader.db.get(), reader.path,
      "select id from run where ended is not null and filed is null order by id desc");
  if (!runs) return runs.error();
  int rc = SQLITE_ROW;
  while ((rc = runs->step()) == SQLITE_ROW)
    reader.over.push_back(static_cast<uint32_t>(runs->integer(0)));
  if (rc != SQLITE_DONE) return database_error(reader.db.get(), rc, reader.path);
  reader.asked = true;
  return {};
}

Status Filer::read_over(size_t rows, Found& found) {
  Reader& reader = *reader_;
  if (!reader.asked) {
    if (auto s = find_runs(reader); !s) return s;
  }
  while (!reader.over.empty() && found.batch.rows.size() < rows &&
         found.batch.runs.size() < kRuns && !ending_) {
    const uint32_t run = reader.over.front();
    const auto next = reader.source.next(run, reader.from);
    if (!next) return next.error();
    if (!*next) {
      found.batch.runs.push_back(run);
      reader.over.pop_front();
      reader.from = 0;
      continue;
    }
    const CallNumber stretch = stretch_of(**next);
    const auto calls = reader.source.read(run, stretch, stretch + kStretch - 1);
    if (!calls) return calls.error();
    found.batch.rows.push_back(pack(*calls));
    reader.from = stretch + kStretch;
  }
  found.more = !reader.over.empty();
  return {};
}

}  // namespace callgate

// A transaction from its lock to its commit, and the read mark that is kept for the next one.
#include <cerrno>
#include <utility>

#include "store/sqlite/wal_vfs.h"
#include "writer.h"

namespace callgate {

namespace {

// run.low is written again after it has advanced by this many calls.
constexpr CallNumber kLowStep = 1024;
// When the log has grown by this much, a kept read mark is released and set again further on, so
// that checkpoints can copy the log up to there.
constexpr uint64_t kMarkedBytes = uint64_t{512} << 10;

}  // namespace

void RowWriter::give_back_mark() {
  if (!std::exchange(marked_, false)) return;
  mark_.reset();
}

// Begins a transaction. While the connection has a read mark, sqlite3 does not call the busy
// handler, and it refuses to write after a commit of another process (SQLITE_BUSY_SNAPSHOT). So
// this releases the mark if the transaction must wait for locks, and after such a refusal.
int RowWriter::begin() {
  const bool waits = patience_->until != std::chrono::steady_clock::time_point{};
  if (waits || log_bytes_ - marked_bytes_ >= kMarkedBytes) give_back_mark();
  int rc = begin_.run();
  if (rc == SQLITE_BUSY_SNAPSHOT && marked_) {
    give_back_mark();
    rc = begin_.run();
  }
  return rc;
}

// Commits. To keep the read mark, this starts the query mark_ before the commit and leaves it
// unfinished: within the transaction, starting it costs nothing, and an unfinished query keeps its
// read mark beyond the commit.
int RowWriter::end(ReadMark after) {
  if (after == ReadMark::Keep && alone_ && !marked_) {
    if (const int rc = mark_.step(); rc != SQLITE_ROW) return rc;
    marked_ = true;
    marked_bytes_ = log_bytes_;
  }
  const int rc = commit_gathered(db_.get(), commit_);
  if (after == ReadMark::GiveBack) give_back_mark();
  return rc;
}

Status RowWriter::in_transaction(ReadMark after, const std::function<int()>& body) {
  errno = 0;  // database_error() reads errno, which must not be from an earlier error
  int rc = begin();
  if (rc == SQLITE_DONE) rc = body();
  if (rc == SQLITE_DONE) rc = end(after);
  if (rc == SQLITE_DONE) return {};
  // Before the rollback, which would replace the error in the connection.
  const Error error = database_error(db_.get(), rc, path_);
  give_back_mark();
  if (sqlite3_get_autocommit(db_.get()) == 0) rollback_.run();
  forget_ids();
  return error;
}

Status RowWriter::commit(const std::vector<PendingRow>& rows, const FiledBatch& filed,
                         const Gap& gap, ReadMark after) {
  Status status = in_transaction(after, [&] {
    int rc = notice_prunes();
    for (auto row = rows.begin(); row != rows.end() && rc == SQLITE_DONE; ++row) rc = write(*row);
    if (rc == SQLITE_DONE && !filed.empty()) rc = write(filed);
    if (rc == SQLITE_DONE && gap.events > 0) rc = write(gap);
    if (rc == SQLITE_DONE && texts_.any_ready()) rc = write_text_blocks();
    if (rc == SQLITE_DONE && open_calls_.low() - written_low_ >= kLowStep) rc = write_low();
    return rc;
  });
  if (!status) return status;
  if (texts_.any_ready()) texts_.remove_ready();
  for (const PendingRow& row : rows) {
    if (const auto* end = std::get_if<CallFinished>(&row.event)) open_calls_.ended(end->call);
    if (const auto* skipped = std::get_if<CallSkipped>(&row.event))
      open_calls_.ended(skipped->call);
  }
  // Our own commit has changed the data version, so read it again.
  sqlite3_file_control(db_.get(), "main", SQLITE_FCNTL_DATA_VERSION, &data_version_);
  return status;
}

// Forgets the ids of payloads if another process has dropped payloads since our last commit,
// because new rows must not refer to a dropped one. If the data version is unchanged since then, no
// other process has committed, and the check is not needed.
int RowWriter::notice_prunes() {
  uint32_t version = 0;
  if (sqlite3_file_control(db_.get(), "main", SQLITE_FCNTL_DATA_VERSION, &version) != SQLITE_OK) {
    return SQLITE_DONE;
  }
  alone_ = version == data_version_ && known_prunes_ >= 0;
  if (alone_) return SQLITE_DONE;
  const int rc = prunes_.step();
  const int64_t prunes = rc == SQLITE_ROW ? prunes_.integer(0) : 0;
  prunes_.reset();
  if (rc != SQLITE_ROW && rc != SQLITE_DONE) return rc;
  if (prunes != known_prunes_) payloads_.clear();
  known_prunes_ = prunes;
  data_version_ = version;
  return SQLITE_DONE;
}

void RowWriter::forget_ids() {
  targets_.clear();
  rulings_.clear();
  payloads_.clear();
  items_.clear();
  older_items_.clear();
  texts_.clear();
}

}  // namespace callgate

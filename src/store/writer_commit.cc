// A transaction from its lock to its commit, and what is kept for the next one.
#include <cerrno>
#include <utility>

#include "wal_vfs.h"
#include "writer.h"

namespace callgate {

namespace {

constexpr CallNumber kLowStep = 1024;  // how many calls must end before run.low is written again
// After this much new log a kept mark is released and set again, so that checkpoints can go on.
constexpr uint64_t kMarkedBytes = uint64_t{512} << 10;

}  // namespace

void RowWriter::give_back_mark() {
  if (!std::exchange(marked_, false)) return;
  mark_.reset();
}

// While a mark is kept, sqlite3 does not call the busy handler, and refuses to write after another
// process's commit. Neither is true for a transaction that begins with its first lock.
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

// The mark is a query that stays unfinished. Begun within the transaction it costs nothing, and its
// snapshot is then held beyond the transaction's end.
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
  errno = 0;  // database_error() reads it
  int rc = begin();
  if (rc == SQLITE_DONE) rc = body();
  if (rc == SQLITE_DONE) rc = end(after);
  if (rc == SQLITE_DONE) return {};
  const Error error = database_error(db_.get(), rc, path_);  // read before the rollback replaces it
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
    if (rc == SQLITE_DONE && open_calls_.low() - written_low_ >= kLowStep) rc = write_low();
    return rc;
  });
  if (!status) return status;
  for (const PendingRow& row : rows) {
    if (const auto* end = std::get_if<CallFinished>(&row.event)) open_calls_.ended(end->call);
    if (const auto* skipped = std::get_if<CallSkipped>(&row.event))
      open_calls_.ended(skipped->call);
  }
  // Read again, since our own commit changes it, too.
  sqlite3_file_control(db_.get(), "main", SQLITE_FCNTL_DATA_VERSION, &data_version_);
  return status;
}

// A body that another process has dropped in the meantime must not be referred to again. Only
// commits of other processes change the data version.
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
}

}  // namespace callgate

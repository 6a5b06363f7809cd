// The beginning and the end of a run: opens the record, ends the runs of dead gate processes, makes
// checkpoints, and ends this run.
#include <algorithm>
#include <thread>

#include "callgate/store/identity.h"
#include "writer.h"

namespace callgate {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kWriterPatience{5};
constexpr std::chrono::milliseconds kCheckpointPatience{500};
// When the log has this size, the recorder makes a checkpoint, for which commits wait.
constexpr uint64_t kLogLimit = uint64_t{8} << 20;

Status prepare_all(sqlite3* db, const std::string& path,
                   std::initializer_list<std::pair<Statement*, const char*>> all) {
  for (const auto& [statement, sql] : all) {
    auto prepared = Statement::prepare(db, path, sql);
    if (!prepared) return prepared.error();
    *statement = std::move(*prepared);
  }
  return {};
}

struct OpenRun {
  uint32_t id;
  CallNumber low;
  std::string uuid;
};

}  // namespace

Result<std::unique_ptr<RowWriter>> RowWriter::open(const RecorderOptions& options,
                                                   const RunInfo& run, Micros now) {
  if (auto s = create_file(options.path); !s) return s.error();
  const auto until = Clock::now() + kWriterPatience;
  for (;;) {
    std::unique_ptr<RowWriter> writer(new RowWriter());
    writer->path_ = options.path;
    writer->patience_->until = until;
    const Status status = writer->set_up(options, run, now);
    if (status) {
      writer->patience_->until = {};
      return writer;
    }
    // sqlite3 does not call the busy handler for some locks (the switch to WAL mode, the recovery
    // of the log), so this loop waits for them.
    if (status.error().code != "record.locked" || Clock::now() >= until) return status.error();
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

Status RowWriter::set_up(const RecorderOptions& options, const RunInfo& run, Micros now) {
  auto db = open_database(path_, OpenMode::Commit, patience_.get());
  if (!db) return db.error();
  db_ = std::move(*db);
  if (auto s = migrate(db_.get(), path_); !s) return s;
  // With Durability::Fsync, macOS needs both `synchronous = full` and `fullfsync`.
  const std::string settings =
      std::string(
          "pragma journal_mode = wal; pragma wal_autocheckpoint = 0;"
          "pragma journal_size_limit = 33554432; pragma secure_delete = on; pragma temp_store = "
          "memory;"
          "pragma cache_size = -512; pragma synchronous = ") +
      (options.durability == Durability::Fsync ? "full; pragma fullfsync = on" : "normal");
  if (auto s = execute(db_.get(), path_, settings.c_str()); !s) return s;
  checkpoint_at_ = kLogLimit;
  sqlite3_wal_hook(
      db_.get(),
      [](void* self, sqlite3*, const char*, int pages) {
        static_cast<RowWriter*>(self)->log_bytes_ = static_cast<uint64_t>(pages) * (kPageSize + 24);
        return SQLITE_OK;
      },
      this);
  auto key = Statement::prepare(db_.get(), path_, "select value from meta where name = 'wire_key'");
  if (!key) return key.error();
  if (const int rc = key->step(); rc != SQLITE_ROW) return database_error(db_.get(), rc, path_);
  wire_key_ = key->text(0);
  if (auto s = prepare(); !s) return s;
  return register_run(run, now);
}

Status RowWriter::prepare() {
  return prepare_all(
      db_.get(), path_,
      {{&begin_, "begin immediate"},
       {&commit_, "commit"},
       {&rollback_, "rollback"},
       {&session_,
        "insert into session(id, at, client_name, client_version, client_pid, client_exe, profile, "
        "protocol, era, client_start, client_cwd, client_user, client_parents, peer, token)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do update set "
        "client_name = excluded.client_name, client_version = excluded.client_version, "
        "protocol = excluded.protocol, era = excluded.era"},
       {&session_end_,
        "insert into session_end(id, at, reason) values (?, ?, ?) on conflict do nothing"},
       {&server_,
        "insert into server(run, at, server, pid, name, version, protocol) values (?, ?, ?, ?, ?, "
        "?, ?)"},
       {&target_,
        "insert into target(kind, server, tool, exposed, era, read_only, account) values (?, ?, ?, "
        "?, ?, ?, ?)"},
       {&ruling_, "insert into ruling(verdict, rule, because) values (?, ?, ?)"},
       {&started_,
        "insert into event(id, at, session, target, ruling, client_id, body, size, masked, digest, "
        "wire, touched)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing"},
       {&finished_,
        "insert into event(id, at, outcome, duration, waited, error_code, error, body, size, "
        "masked, digest, wire, rounds, touched, seen, earlier)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing"},
       {&payload_, "insert into payload(at, bytes) values (?, ?)"},
       {&question_,
        "insert into question(id, at, session, call, server, method, ruling, body, size, masked, "
        "digest)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing"},
       {&answer_,
        "insert into answer(id, at, session, call, server, method, action, because, body, size, "
        "masked, digest, wire)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing"},
       {&late_answer_,
        "insert into late_answer(id, at, outcome, error_code, error, body, size, masked, digest, "
        "wire)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing"},
       {&retries_ended_, "insert into retries_ended(id, at) values (?, ?) on conflict do nothing"},
       {&item_, "insert into item(kind, name) values (?, ?)"},
       {&item_found_,
        "select i.id, i.kind, i.name from item_by_hash h join item i on i.id = h.item where h.hash "
        "= ?"},
       {&item_place_, "insert into item_by_hash(hash, item) values (?, ?) on conflict do nothing"},
       {&finding_,
        "insert into finding(id, at, session, call, rule, level, key, agent, server, tool, "
        "summary, instead, evidence, value, bound, step)"
        " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing"},
       {&dead_end_,
        "insert or replace into dead_end(agent, server, tool, resource, kind, tries, sessions, "
        "first, last, expires) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"},
       {&dead_end_gone_,
        "delete from dead_end where agent = ? and server = ? and tool = ? and resource = ?"},
       // A conflict occurs only if two processes file calls of one run: its own gate process, and
       // another one that took it for dead. The row with more calls is kept.
       {&filed_,
        "insert into filed(id, last, calls, figures, touched) values (?, ?, ?, ?, ?) on conflict "
        "do update set last = excluded.last, calls = excluded.calls, figures = excluded.figures, "
        "touched = excluded.touched where excluded.last > last"},
       {&text_block_,
        "insert into text_block(id, last, at, trigrams, others) values (?, ?, ?, ?, ?) on conflict "
        "do nothing"},
       {&run_filed_, "update run set filed = 1 where id = ?"},
       {&gap_,
        "insert into tombstone(run, at, kind, first, last, count, bytes, reason)"
        " values (?, ?, 'events', ?, ?, ?, 0, ?)"},
       {&low_, "update run set low = ? where id = ?"},
       {&prunes_, "select value from meta where name = 'prunes'"},
       {&mark_, "select 1 from sqlite_schema"}});
}

// Adds a row for this run, and ends the runs of dead gate processes. Both in one transaction, so
// that only one of two processes that open the record at the same time ends a dead run.
Status RowWriter::register_run(const RunInfo& run, Micros now) {
  Status inner;
  Status outer = in_transaction(ReadMark::GiveBack, [&] {
    std::vector<OpenRun> dead;
    auto open = Statement::prepare(
        db_.get(), path_,
        "select id, low, uuid, pid, pid_start, boot_id from run where ended is null");
    if (!open) return inner = open.error(), SQLITE_ERROR;
    int rc = SQLITE_ROW;
    while ((rc = open->step()) == SQLITE_ROW) {
      if (process_lives(open->integer(3), open->text(4), open->text(5))) continue;
      dead.push_back({static_cast<uint32_t>(open->integer(0)),
                      static_cast<CallNumber>(open->integer(1)), open->text(2)});
    }
    open->reset();
    if (rc != SQLITE_DONE) return rc;
    for (const OpenRun& d : dead) {
      if (inner = bury(d.id, d.low, now); !inner) return SQLITE_ERROR;
      dead_runs_.push_back(d.uuid);
    }
    auto insert = Statement::prepare(db_.get(), path_,
                                     "insert into run(uuid, pid, pid_start, boot_id, started, "
                                     "version, config) values (?, ?, ?, ?, ?, ?, ?)");
    if (!insert) return inner = insert.error(), SQLITE_ERROR;
    insert->bind(1, run.uuid).bind(2, run.pid).bind(3, run.pid_start).bind(4, run.boot_id);
    rc = insert->bind(5, now.count()).bind(6, run.version).bind(7, run.config).run();
    run_ = static_cast<uint32_t>(sqlite3_last_insert_rowid(db_.get()));
    return rc;
  });
  return inner ? outer : inner;
}

// Marks unfinished calls of a dead run as lost and ends the run. Reads only calls from `low` on,
// because every call below it has its end.
Status RowWriter::bury(uint32_t run, CallNumber low, Micros now) {
  auto lost =
      Statement::prepare(db_.get(), path_,
                         "insert into event(id, at, outcome, duration, waited, error, size, masked)"
                         " select s.id + 1, ?1, ?2, 0, 0, 'the gate process ended while the call "
                         "was running', 0, 0 from event s"
                         " where s.id between ?3 and ?4 and s.id % 2 = 0"
                         " and not exists (select 1 from event e where e.id = s.id + 1)");
  if (!lost) return lost.error();
  lost->bind(1, now.count()).bind(2, static_cast<int64_t>(Outcome::Lost));
  int rc = lost->bind(3, started_id(run, low)).bind(4, last_id(run)).run();
  if (rc != SQLITE_DONE) return database_error(db_.get(), rc, path_);
  auto end =
      Statement::prepare(db_.get(), path_, "update run set ended = ?, how = 'dead' where id = ?");
  if (!end) return end.error();
  rc = end->bind(1, now.count()).bind(2, run).run();
  if (rc != SQLITE_DONE) return database_error(db_.get(), rc, path_);
  return {};
}

Status RowWriter::checkpoint() {
  give_back_mark();
  patience_->until = Clock::now() + kCheckpointPatience;
  int rc = SQLITE_BUSY;
  for (;;) {
    rc = sqlite3_wal_checkpoint_v2(db_.get(), nullptr, SQLITE_CHECKPOINT_RESTART, nullptr, nullptr);
    if (rc != SQLITE_BUSY || patience_->hurry || Clock::now() >= patience_->until) break;
    // The LogCopier or another gate process is making a checkpoint. sqlite3 does not call the busy
    // handler for this, so this loop waits for it.
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  patience_->until = {};
  if (rc == SQLITE_OK) {
    log_bytes_ = 0;
    checkpoint_at_ = kLogLimit;
    return {};
  }
  // The checkpoint failed, usually because a reader did not finish. Try again when the log has
  // grown by half of kLogLimit, or when its size has doubled if it has three times kLogLimit, so
  // that the reader does not make every commit wait.
  checkpoint_at_ = log_bytes_ < 3 * kLogLimit ? log_bytes_ + kLogLimit / 2 : log_bytes_ * 2;
  return database_error(db_.get(), rc, path_);
}

Status RowWriter::close_run(Micros now) {
  Status inner;
  texts_.end_all();
  Status outer = in_transaction(ReadMark::GiveBack, [&] {
    if (const int rc = write_text_blocks(); rc != SQLITE_DONE) return rc;
    auto end = Statement::prepare(db_.get(), path_,
                                  "update run set ended = ?, how = 'clean', low = ? where id = ?");
    if (!end) return inner = end.error(), SQLITE_ERROR;
    return end->bind(1, now.count()).bind(2, open_calls_.low()).bind(3, run_).run();
  });
  return inner ? outer : inner;
}

}  // namespace callgate

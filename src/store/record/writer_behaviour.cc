// Writes the items that calls touched, and the guard's findings and dead ends.
#include <cstring>

#include "callgate/base/hash.h"
#include "callgate/wire/writer.h"
#include "store/filed/packed_columns.h"
#include "writer.h"

namespace callgate {

namespace {

// The maximum number of items in each of the two tables items_ and older_items_.
constexpr size_t kKnownItems = 8192;

}  // namespace

int RowWriter::item(const DataItem& touch, int64_t& id) {
  key_.assign(1, static_cast<char>(touch.kind)).append(touch.what);
  if (const auto known = items_.find(key_); known != items_.end()) {
    id = known->second;
    return SQLITE_DONE;
  }
  // When items_ is full, it replaces older_items_. An item that is used moves back to items_. So
  // the few items that an agent uses all the time stay known, however many others it reads.
  if (items_.size() >= kKnownItems) {
    older_items_ = std::move(items_);
    items_.clear();
  }
  if (const auto known = older_items_.find(key_); known != older_items_.end()) {
    id = known->second;
    items_.insert(older_items_.extract(known));
    return SQLITE_DONE;
  }
  const int rc = find_or_add_item(touch, id);
  if (rc == SQLITE_DONE) items_[key_] = id;
  return rc;
}

// Finds the item's row, or adds one. The row that is found is compared with the item, because
// another item may have the same hash. Such an item gets a new row in each run.
int RowWriter::find_or_add_item(const DataItem& touch, int64_t& id) {
  const auto hash = static_cast<int64_t>(hash_of(key_));
  const auto kind = static_cast<int64_t>(touch.kind);
  const int found = item_found_.bind(1, hash).step();
  const bool same =
      found == SQLITE_ROW && item_found_.integer(1) == kind && item_found_.view(2) == touch.what;
  if (same) id = item_found_.integer(0);
  item_found_.reset();
  if (same) return SQLITE_DONE;
  if (found != SQLITE_ROW && found != SQLITE_DONE) return found;
  const int added = item_.bind(1, kind).bind(2, touch.what).run();
  if (added != SQLITE_DONE) return added;
  id = sqlite3_last_insert_rowid(db_.get());
  return item_place_.bind(1, hash).bind(2, id).run();
}

int RowWriter::bind_touches(Statement& to, int at, const std::vector<DataItem>& touches) {
  if (touches.empty()) {
    to.bind_null(at);
    return SQLITE_DONE;
  }
  touched_.clear();
  for (const DataItem& touch : touches) {
    int64_t id = 0;
    if (const int rc = item(touch, id); rc != SQLITE_DONE) return rc;
    append_touched(touched_, {.item = id, .op = touch.op});
  }
  to.bind_blob(at, touched_);
  return SQLITE_DONE;
}

void RowWriter::bind_facts(Statement& to, int at, const std::optional<AnswerFacts>& facts,
                           bool body_tells) {
  if (!facts) {
    to.bind(at, 0);
  } else if (body_tells) {
    to.bind(at, 1);
  } else {
    facts_ = packed(*facts);
    to.bind_blob(at, facts_);
  }
}

int RowWriter::write(const FindingRaised& e) {
  const Finding& f = e.finding;
  JsonWriter calls;
  calls.begin_array();
  for (const uint32_t call : f.evidence) calls.integer(call);
  const std::string evidence = calls.end_array().take();
  finding_.bind(1, numbered_id(run_, e.number)).bind(2, e.at.count()).bind(3, f.session);
  finding_.bind(4, e.call).bind(5, static_cast<int64_t>(f.rule));
  finding_.bind(6, static_cast<int64_t>(f.level)).bind(7, static_cast<int64_t>(f.key));
  finding_.bind(8, f.agent).bind(9, f.server).bind(10, f.tool).bind(11, f.summary);
  finding_.bind(12, f.instead).bind(13, evidence);
  finding_.bind_real(14, f.value).bind_real(15, f.limit).bind(16, e.step);
  return finding_.run();
}

int RowWriter::write(const DeadEndChanged& e) {
  const DeadEnd& d = e.change.dead_end;
  const bool gone = e.change.what == DeadEndChange::What::Forget;
  Statement& row = gone ? dead_end_gone_ : dead_end_;
  row.bind(1, d.agent).bind(2, d.server).bind(3, d.tool).bind(4, d.subject);
  if (!gone) {
    row.bind(5, static_cast<int64_t>(d.kind)).bind(6, d.tries).bind(7, d.sessions);
    row.bind(8, d.first.count()).bind(9, d.last.count()).bind(10, d.expires.count());
  }
  return row.run();
}

}  // namespace callgate

// Sums up the items that calls accessed, in one pass over all calls: filed calls (see filed.h) are
// read from `filed`, others from `event`.
#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>

#include "item_names.h"
#include "store/filed/packed_columns.h"
#include "store/sqlite/typed_ids.h"
#include "touched_places.h"

namespace callgate {

namespace {

using By = TouchedFilter::By;

/// Numbers texts from 0; equal texts get the same number.
class Names {
 public:
  uint32_t number(const std::string& text) {
    const auto [known, fresh] = numbers_.try_emplace(text, static_cast<uint32_t>(texts_.size()));
    if (fresh) texts_.push_back(text);
    return known->second;
  }
  const std::string& text(uint32_t number) const { return texts_[number]; }
  std::vector<std::string> sorted(const std::vector<uint32_t>& numbers) const {
    std::vector<std::string> found;
    for (const uint32_t each : numbers) found.push_back(texts_[each]);
    std::sort(found.begin(), found.end());
    return found;
  }

 private:
  std::vector<std::string> texts_;
  std::unordered_map<std::string, uint32_t> numbers_;
};

/// Numbers sets of small numbers; equal sets get the same number, and 0 is the empty set. So many
/// rows can share a few sets.
class Sets {
 public:
  uint32_t with(uint32_t set, uint32_t number) {
    const auto [known, fresh] = with_.try_emplace(uint64_t{set} << 32 | number, 0);
    if (!fresh) return known->second;
    std::vector<uint32_t> numbers = sets_[set];
    const auto at = std::lower_bound(numbers.begin(), numbers.end(), number);
    if (at == numbers.end() || *at != number) numbers.insert(at, number);
    const auto [place, is_new] = places_.try_emplace(numbers, static_cast<uint32_t>(sets_.size()));
    if (is_new) sets_.push_back(std::move(numbers));
    return known->second = place->second;
  }
  const std::vector<uint32_t>& numbers(uint32_t set) const { return sets_[set]; }

 private:
  std::vector<std::vector<uint32_t>> sets_ = {{}};
  std::map<std::vector<uint32_t>, uint32_t> places_ = {{{}, 0}};
  std::unordered_map<uint64_t, uint32_t> with_;
};

/// The clients (or servers) of each row of the result, as numbers. Numbers below 64 (usually all)
/// are bits of Sum::clients (or Sum::servers), which the functions get as `low`. The others of a
/// row are a set in Sets.
class Others {
 public:
  void add(uint32_t row, uint32_t number, uint64_t& low) {
    if (number < 64) {
      low |= uint64_t{1} << number;
    } else {
      uint32_t& set = sets_of_rows_[row];
      set = sets_.with(set, number);
    }
  }
  std::vector<uint32_t> numbers(uint32_t row, uint64_t low) const {
    std::vector<uint32_t> all;
    for (uint32_t number = 0; number < 64; ++number)
      if ((low >> number & 1) != 0) all.push_back(number);
    const auto set = sets_of_rows_.find(row);
    if (set == sets_of_rows_.end()) return all;
    const std::vector<uint32_t>& more = sets_.numbers(set->second);
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

 private:
  Sets sets_;
  std::unordered_map<uint32_t, uint32_t> sets_of_rows_;
};

/// The sums for one row of the result. There may be hundreds of thousands of rows, and access to
/// memory takes most of the time, so each Sum fills one line of the processor's cache.
struct alignas(64) Sum {
  uint32_t calls = 0, reads = 0, writes = 0, unknown = 0;
  int64_t first = INT64_MAX, last = INT64_MIN, last_call = 0;
  int64_t counted = -1;  // the id of the last call in `calls`, so that each call counts once
  uint64_t clients = 0, servers = 0;

  void count(DataOp op) { ++(op == DataOp::Read ? reads : op == DataOp::Write ? writes : unknown); }
  TouchCounts touches() const { return {.reads = reads, .writes = writes, .unknown = unknown}; }
};

class TouchedSums {
 public:
  TouchedSums(RecordReader& reader, const TouchedFilter& filter)
      : reader_(reader), filter_(filter) {
    scope_.since = filter.since;
    scope_.until = filter.until;
    scope_.clients = filter.clients;
    scope_.servers = filter.servers;
    scope_.accounts = filter.accounts;
  }

  Status run() {
    if (Status status = items_.prepare(reader_, filter_.under); !status) return status;
    Status scanned =
        reader_.scan(scope_, Columns::Touched, [this](const FiledCall& call) { add(call); });
    for (size_t i = 0; i < waiting_.size(); ++i) count_later({});
    return scanned.ok() ? items_.status() : scanned;
  }

  Touched take() {
    Touched touched;
    std::vector<uint32_t> order = ranked();
    touched.items = filter_.by == By::Path ? order.size() : all_items();
    if (filter_.limit > 0 && order.size() > filter_.limit) {
      touched.more = order.size() - filter_.limit;
      order.resize(filter_.limit);
    }
    for (const uint32_t each : order) touched.rows.push_back(row(each));
    if (filter_.by != By::Path) add_places(order, touched.rows);
    return touched;
  }

 private:
  static constexpr uint32_t kUnknown = ~0u;

  /// One item that a call accessed.
  struct Access {
    uint32_t key = kUnknown;  // the row of the result
    uint32_t client = 0, server = 0, item = 0;
    DataOp op{};
    int64_t call = 0, at = 0;
  };

  void add(const FiledCall& call) {
    if (call.touched.empty() || call.outcome == Outcome::Denied ||
        call.outcome == Outcome::Repeated)
      return;
    const uint32_t client = client_of(call), server = server_of(call);
    each_touched(call.touched, [&](TouchedItem touched) {
      if (filter_.op && touched.op != *filter_.op) return;
      const uint32_t item = items_.number(touched.item);
      if (item == ItemRows::kNone) return;
      const uint32_t key = filter_.by == By::Agent    ? client
                           : filter_.by == By::Server ? server
                                                      : item;
      const Access access{.key = key,
                          .client = client,
                          .server = server,
                          .item = item,
                          .op = touched.op,
                          .call = call.id,
                          .at = call.at};
      if (key >= sums_.size()) sums_.resize(key + 1);
      filter_.by == By::Path ? count_later(access) : count(access);
    });
  }

  /// Counts the access after the next few, so that its Sum has come from memory meanwhile. Over ten
  /// million calls, the sums by path take three quarters of the time that they take without this.
  void count_later(Access access) {
    if (access.key != kUnknown) __builtin_prefetch(&sums_[access.key], 1);
    std::swap(access, waiting_[next_++ % waiting_.size()]);
    if (access.key != kUnknown) count(access);
  }

  void count(const Access& access) {
    Sum& sum = sums_[access.key];
    add_call(sum, access);
    clients_of_.add(access.key, access.client, sum.clients);
    servers_of_.add(access.key, access.server, sum.servers);
    sum.count(access.op);
    if (filter_.by == By::Path) return;
    accesses_.resize(sums_.size());
    accesses_[access.key].push_back(access.item << 2 | static_cast<uint32_t>(access.op));
  }

  static void add_call(Sum& sum, const Access& access) {
    if (sum.counted == access.call) return;
    sum.counted = access.call;
    ++sum.calls;
    sum.first = std::min(sum.first, access.at);
    if (access.at < sum.last) return;
    sum.last = access.at;
    sum.last_call = access.call;
  }

  uint32_t client_of(const FiledCall& call) {
    const uint32_t run = run_of(call.id);
    uint32_t& client = clients_.of(run, call.session);
    if (client == kUnknown)
      client = client_names_.number(
          reader_.session_of(numbered_id(run, call.session), scope_).client_name);
    return client;
  }
  uint32_t server_of(const FiledCall& call) {
    uint32_t& server = servers_[static_cast<uint64_t>(call.target)];
    if (server == kUnknown)
      server = server_names_.number(reader_.target_of(call.target, scope_).server);
    return server;
  }
  std::string_view name_of(uint32_t key) const {
    return filter_.by == By::Agent    ? std::string_view(client_names_.text(key))
           : filter_.by == By::Server ? std::string_view(server_names_.text(key))
                                      : items_.names().name(key);
  }

  std::vector<uint32_t> ranked() const {
    std::vector<uint32_t> order;
    for (uint32_t key = 0; key < sums_.size(); ++key)
      if (sums_[key].calls > 0) order.push_back(key);
    const auto before = [this](uint32_t a, uint32_t b) {
      const uint64_t of_a = sums_[a].touches().all(), of_b = sums_[b].touches().all();
      return of_a != of_b ? of_a > of_b : name_of(a) < name_of(b);
    };
    const size_t shown = filter_.limit == 0 ? order.size() : std::min(filter_.limit, order.size());
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(shown),
                      order.end(), before);
    return order;
  }

  uint64_t all_items() const {
    std::vector<bool> accessed(items_.names().size());
    for (const std::vector<uint32_t>& accesses : accesses_)
      for (const uint32_t access : accesses) accessed[access >> 2] = true;
    return static_cast<uint64_t>(std::count(accessed.begin(), accessed.end(), true));
  }

  TouchedRow row(uint32_t key) const {
    const Sum& sum = sums_[key];
    const bool item = filter_.by == By::Path;
    TouchedRow row;
    row.name = std::string(name_of(key));
    row.kind = item ? items_.names().kind(key) : DataKind{};
    row.items = item ? 1 : 0;
    row.calls = sum.calls;
    row.touches = sum.touches();
    row.first = Micros(sum.first);
    row.last = Micros(sum.last);
    row.last_call = typeable(run_of(sum.last_call), call_of(sum.last_call));
    row.clients = client_names_.sorted(clients_of_.numbers(key, sum.clients));
    row.servers = server_names_.sorted(servers_of_.numbers(key, sum.servers));
    return row;
  }

  /// Sets TouchedRow::places and TouchedRow::items of each row. An item counts once for a row.
  void add_places(const std::vector<uint32_t>& order, std::vector<TouchedRow>& rows) {
    PlaceTree tree;
    const ItemNames& names = items_.names();
    const auto count_of = static_cast<uint32_t>(names.size());
    for (uint32_t item = 0; item < count_of; ++item) tree.add(names.kind(item), names.name(item));
    std::vector<uint32_t> places;
    for (uint32_t item = 0; item < count_of; ++item)
      places.push_back(tree.place_of(names.kind(item), names.name(item)));
    for (size_t i = 0; i < order.size(); ++i) {
      std::vector<PlaceTree::Counts> counts(tree.size());
      std::vector<bool> counted(count_of);
      for (const uint32_t access : accesses_[order[i]]) {
        const uint32_t item = access >> 2;
        PlaceTree::Counts& place = counts[places[item]];
        place.touches.count(static_cast<DataOp>(access & 3));
        if (counted[item]) continue;
        counted[item] = true;
        ++rows[i].items;
        ++place.items;
      }
      PlaceTree::Best best = tree.best(std::move(counts), filter_.places);
      rows[i].places = std::move(best.places);
      rows[i].more_places = best.more;
    }
  }

  RecordReader& reader_;
  const TouchedFilter& filter_;
  HistoryFilter scope_;
  Names client_names_, server_names_;
  ItemRows items_;
  BySession<uint32_t> clients_{kUnknown};
  ByNumber<uint32_t> servers_{kUnknown};  // by target
  Others clients_of_, servers_of_;
  std::vector<Sum> sums_;  // by client, server or item
  std::array<Access, 16> waiting_;
  size_t next_ = 0;  // modulo 16, the one of waiting_ that is counted next
  std::vector<std::vector<uint32_t>>
      accesses_;  // by client or server: each access as item << 2 | op
};

}  // namespace

Result<Touched> History::touched(const TouchedFilter& filter) {
  if (!impl_->has_items) return Touched{};
  TouchedSums sums(*impl_, filter);
  if (Status status = sums.run(); !status) return status.error();
  return sums.take();
}

}  // namespace callgate

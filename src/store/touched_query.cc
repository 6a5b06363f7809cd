// What calls touched, summed up in one pass over them: from where they are filed, and the tail's
// rows.
#include <algorithm>
#include <array>
#include <deque>
#include <unordered_map>

#include "history_impl.h"
#include "touched.h"
#include "touched_places.h"

namespace callgate {

namespace {

using By = TouchedFilter::By;
constexpr uint32_t kNone = ~0u;

bool lies_under(std::string_view name, std::string_view folder) {
  while (!folder.empty() && folder.back() == '/') folder.remove_suffix(1);
  return name.substr(0, folder.size()) == folder &&
         (name.size() == folder.size() || name[folder.size()] == '/');
}

struct Item {
  TouchKind kind{};
  std::string name;
};

/// Items by number, each once though its row may stand in several places. Rows are read many at a
/// time: those of one week lie together.
class Items {
 public:
  Status prepare(RecordReader& reader, const std::string& under) {
    under_ = under;
    auto rows = Statement::prepare(reader.db.get(), reader.path,
                                   "select id, kind, name from item where id between ?1 and ?2");
    if (!rows) return rows.error();
    rows_ = std::move(*rows);
    return {};
  }

  /// None: it lies elsewhere, or is not there.
  uint32_t number(int64_t id) {
    const auto [block, fresh] = blocks_.try_emplace(id / kBlock);
    if (fresh) load(block->first, block->second);
    return block->second[static_cast<size_t>(id % kBlock)];
  }
  const std::deque<Item>& all() const { return all_; }

 private:
  static constexpr int64_t kBlock = 256;
  using Block = std::array<uint32_t, kBlock>;

  void load(int64_t at, Block& block) {
    block.fill(kNone);
    rows_.bind(1, at * kBlock).bind(2, at * kBlock + kBlock - 1);
    while (rows_.step() == SQLITE_ROW) {
      const std::string_view name = rows_.view(2);
      if (!under_.empty() && !lies_under(name, under_)) continue;
      const auto kind = static_cast<size_t>(rows_.integer(1));
      if (kind >= known_.size()) continue;
      auto known = known_[kind].find(name);
      if (known == known_[kind].end()) {
        const auto number = static_cast<uint32_t>(all_.size());
        all_.push_back({static_cast<TouchKind>(kind), std::string(name)});
        known = known_[kind].emplace(all_.back().name, number).first;
      }
      block[static_cast<size_t>(rows_.integer(0) - at * kBlock)] = known->second;
    }
    rows_.reset();
  }

  std::string under_;
  Statement rows_;
  std::unordered_map<int64_t, Block> blocks_;
  std::deque<Item> all_;  // its names stay where they are
  std::array<std::unordered_map<std::string_view, uint32_t>,
             static_cast<size_t>(TouchKind::Other) + 1>
      known_;
};

/// Texts by number, each once.
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

/// A row as it grows.
struct Sum {
  uint64_t items = 0, calls = 0;
  TouchCounts touches;
  int64_t first = INT64_MAX, last = INT64_MIN, last_call = 0;
  int64_t counted = -1;  // the call that was counted last
  std::vector<uint32_t> clients, servers;
};

void add_once(std::vector<uint32_t>& numbers, uint32_t number) {
  if (std::find(numbers.begin(), numbers.end(), number) == numbers.end()) numbers.push_back(number);
}

void count(TouchCounts& counts, TouchOp op) {
  switch (op) {
    case TouchOp::Unknown:
      ++counts.unknown;
      return;
    case TouchOp::Read:
      ++counts.reads;
      return;
    case TouchOp::Write:
      ++counts.writes;
      return;
  }
}

class TouchedSums {
 public:
  TouchedSums(RecordReader& reader, const TouchedFilter& filter)
      : reader_(reader), filter_(filter) {
    scope_.since = filter.since;
    scope_.until = filter.until;
    scope_.clients = filter.clients;
    scope_.servers = filter.servers;
  }

  Status run() {
    if (Status status = items_.prepare(reader_, filter_.under); !status) return status;
    return reader_.scan(scope_, [this](const FiledCall& call) { add(call); });
  }

  Touched take() {
    Touched touched;
    std::vector<uint32_t> order = ranked();
    if (filter_.limit > 0 && order.size() > filter_.limit) {
      touched.more = order.size() - filter_.limit;
      order.resize(filter_.limit);
    }
    for (const uint32_t each : order) touched.rows.push_back(row(each));
    if (filter_.by != By::Path) add_places(order, touched.rows);
    return touched;
  }

 private:
  void add(const FiledCall& call) {
    if (call.touched.empty() || call.outcome == Outcome::Denied) return;
    const uint32_t client = client_of(call), server = server_of(call);
    for (const TouchedItem& touched : touched_items(call.touched)) {
      if (filter_.op && touched.op != *filter_.op) continue;
      const uint32_t item = items_.number(touched.item);
      if (item == kNone) continue;
      const uint32_t key = filter_.by == By::Agent    ? client
                           : filter_.by == By::Server ? server
                                                      : item;
      if (key >= sums_.size()) sums_.resize(key + 1);
      Sum& sum = sums_[key];
      add(sum, call);
      add_once(sum.clients, client);
      add_once(sum.servers, server);
      count(sum.touches, touched.op);
      if (filter_.by == By::Path) continue;
      TouchCounts& pair = pairs_[uint64_t{key} << 32 | item];
      if (pair.all() == 0) ++sum.items;
      count(pair, touched.op);
    }
  }

  static void add(Sum& sum, const FiledCall& call) {
    if (sum.counted == call.id) return;
    sum.counted = call.id;
    ++sum.calls;
    sum.first = std::min(sum.first, call.at);
    if (call.at < sum.last) return;
    sum.last = call.at;
    sum.last_call = call.id;
  }

  uint32_t client_of(const FiledCall& call) {
    const int64_t session = numbered_id(run_of(call.id), call.session);
    const auto [known, fresh] = clients_.try_emplace(session, 0);
    if (fresh)
      known->second = client_names_.number(reader_.session_of(session, scope_).client_name);
    return known->second;
  }
  uint32_t server_of(const FiledCall& call) {
    const auto [known, fresh] = servers_.try_emplace(call.target, 0);
    if (fresh) known->second = server_names_.number(reader_.target_of(call.target, scope_).server);
    return known->second;
  }
  const std::string& name_of(uint32_t key) const {
    return filter_.by == By::Agent    ? client_names_.text(key)
           : filter_.by == By::Server ? server_names_.text(key)
                                      : items_.all()[key].name;
  }

  std::vector<uint32_t> ranked() const {
    std::vector<uint32_t> order;
    for (uint32_t key = 0; key < sums_.size(); ++key)
      if (sums_[key].calls > 0) order.push_back(key);
    const auto before = [this](uint32_t a, uint32_t b) {
      const uint64_t of_a = sums_[a].touches.all(), of_b = sums_[b].touches.all();
      return of_a != of_b ? of_a > of_b : name_of(a) < name_of(b);
    };
    const size_t shown = filter_.limit == 0 ? order.size() : std::min(filter_.limit, order.size());
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(shown),
                      order.end(), before);
    return order;
  }

  TouchedRow row(uint32_t key) const {
    const Sum& sum = sums_[key];
    const bool item = filter_.by == By::Path;
    TouchedRow row;
    row.name = name_of(key);
    row.kind = item ? items_.all()[key].kind : TouchKind{};
    row.items = item ? 1 : sum.items;
    row.calls = sum.calls;
    row.touches = sum.touches;
    row.first = Micros(sum.first);
    row.last = Micros(sum.last);
    row.last_call = typeable(run_of(sum.last_call), call_of(sum.last_call));
    row.clients = client_names_.sorted(sum.clients);
    row.servers = server_names_.sorted(sum.servers);
    return row;
  }

  void add_places(const std::vector<uint32_t>& order, std::vector<TouchedRow>& rows) const {
    PlaceTree tree;
    for (const Item& item : items_.all()) tree.add(item.kind, item.name);
    std::vector<uint32_t> places;
    for (const Item& item : items_.all()) places.push_back(tree.place_of(item.kind, item.name));
    std::unordered_map<uint32_t, std::vector<std::pair<uint32_t, PlaceTree::Counts>>> counts;
    for (const auto& [pair, touches] : pairs_)
      counts[static_cast<uint32_t>(pair >> 32)].push_back(
          {places[static_cast<uint32_t>(pair)], {1, touches}});
    for (size_t i = 0; i < order.size(); ++i) {
      PlaceTree::Best best = tree.best(counts[order[i]], filter_.places);
      rows[i].places = std::move(best.places);
      rows[i].more_places = best.more;
    }
  }

  RecordReader& reader_;
  const TouchedFilter& filter_;
  HistoryFilter scope_;
  Names client_names_, server_names_;
  Items items_;
  std::unordered_map<int64_t, uint32_t> clients_, servers_;
  std::vector<Sum> sums_;                            // by client, server or item
  std::unordered_map<uint64_t, TouchCounts> pairs_;  // (client or server) << 32 | item
};

}  // namespace

Result<Touched> History::touched(const TouchedFilter& filter) {
  if (!impl_->has_items) return Touched{};
  TouchedSums sums(*impl_, filter);
  if (Status status = sums.run(); !status) return status.error();
  return sums.take();
}

}  // namespace callgate

#include "touched_places.h"

#include <algorithm>

namespace callgate {

namespace {

constexpr uint64_t kShare = 8;

/// Returns the length of the part of `name` that is never split: "https://host/" or "/".
size_t root_end(std::string_view name) {
  const size_t scheme = name.find("://");
  if (scheme == std::string_view::npos) return name.substr(0, 1) == "/" ? 1 : 0;
  const size_t slash = name.find('/', scheme + 3);
  return slash == std::string_view::npos ? name.size() : slash + 1;
}

/// Returns the folder that contains this folder or item, with a slash at its end; empty if no
/// folder contains it.
std::string_view holder(std::string_view name) {
  const size_t root = root_end(name);
  if (name.size() <= root) return {};
  const size_t slash = name.substr(0, name.size() - 1).rfind('/');
  return slash == std::string_view::npos || slash + 1 < root ? name.substr(0, root)
                                                             : name.substr(0, slash + 1);
}

/// Returns the place of a ticket: "SHOP-" for "SHOP-42", "owner/name#" for "owner/name#42". All ids
/// of other forms are in the place "(other ids)".
std::string_view ticket_place(std::string_view name) {
  const auto numbered = [name](size_t mark) {
    const std::string_view number = name.substr(mark + 1);
    return mark != 0 && !number.empty() &&
           number.find_first_not_of("0123456789") == std::string_view::npos;
  };
  if (const size_t hash = name.rfind('#'); hash != std::string_view::npos && hash > 0)
    return name.substr(0, hash + 1);
  if (name.starts_with('#')) return "#";
  const size_t dash = name.find('-');
  return dash != std::string_view::npos && numbered(dash) ? name.substr(0, dash + 1)
                                                          : "(other ids)";
}

/// Returns the name of an item's place. The result is a view into `name`, `spare` or a constant.
std::string_view folder_of(DataKind kind, std::string_view name, std::string& spare) {
  switch (kind) {
    case DataKind::Repo:
    case DataKind::Table:
      return name;
    case DataKind::Ticket:
      return ticket_place(name);
    case DataKind::Path:
    case DataKind::Url:
    case DataKind::Other:
      break;
  }
  if (name.size() == root_end(name) && !name.empty()) {
    if (name.back() == '/') return name;
    return spare.assign(name).append("/");
  }
  const std::string_view folder = holder(name);
  return folder.empty() ? "./" : folder;
}

void add_to(PlaceTree::Counts& to, const PlaceTree::Counts& more) {
  to.items += more.items;
  to.touches.reads += more.touches.reads;
  to.touches.writes += more.touches.writes;
  to.touches.unknown += more.touches.unknown;
}

void take_from(PlaceTree::Counts& from, const PlaceTree::Counts& less) {
  from.items -= less.items;
  from.touches.reads -= less.touches.reads;
  from.touches.writes -= less.touches.writes;
  from.touches.unknown -= less.touches.unknown;
}

}  // namespace

uint32_t PlaceTree::make(std::string_view name) {
  const auto known = known_.find(name);
  if (known != known_.end()) return known->second;
  const std::string_view above = holder(name);
  const bool rooted = above.empty() || name.back() != '/';
  const uint32_t parent = rooted ? 0 : make(above);
  const auto number = static_cast<uint32_t>(places_.size());
  places_.push_back({std::string(name), rooted ? number : parent});
  known_.emplace(name, number);
  return number;
}

void PlaceTree::add(DataKind kind, std::string_view name) {
  std::string spare;
  make(folder_of(kind, name, spare));
}

uint32_t PlaceTree::place_of(DataKind kind, std::string_view name) const {
  std::string spare(name);
  if (spare.empty() || spare.back() != '/') spare += '/';
  if (const auto known = known_.find(std::string_view(spare)); known != known_.end())
    return known->second;
  return known_.find(folder_of(kind, name, spare))->second;
}

// A place has a lower index than the places within it. So one pass from the highest index adds the
// counts of each place to its parent, and one pass from the lowest chooses the places.
PlaceTree::Best PlaceTree::best(std::vector<Counts> sums, size_t limit) const {
  uint64_t all = 0;
  for (const Counts& each : sums) all += each.touches.all();
  for (size_t at = places_.size(); at-- > 0;)
    if (places_[at].parent != at) add_to(sums[places_[at].parent], sums[at]);
  std::vector<bool> chosen(places_.size());
  std::vector<Counts> own = sums;
  for (size_t at = 0; at < places_.size(); ++at) {
    const uint32_t parent = places_[at].parent;
    const bool root = parent == at;
    chosen[at] = root || (chosen[parent] && sums[at].touches.all() * kShare >= all);
    if (!root && chosen[at]) take_from(own[parent], sums[at]);
  }
  Best best;
  for (size_t at = 0; at < places_.size(); ++at)
    if (chosen[at] && own[at].items > 0)
      best.places.push_back({places_[at].name, own[at].items, own[at].touches});
  std::sort(best.places.begin(), best.places.end(),
            [](const TouchedPlace& a, const TouchedPlace& b) {
              return a.touches.all() != b.touches.all() ? a.touches.all() > b.touches.all()
                                                        : a.name < b.name;
            });
  if (best.places.size() > limit) {
    best.more = best.places.size() - limit;
    best.places.resize(limit);
  }
  return best;
}

}  // namespace callgate

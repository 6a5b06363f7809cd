#include "callgate/io/file_watch.h"

#include <fcntl.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/inotify.h>
#endif

#include <cerrno>
#include <climits>
#include <cstring>
#include <set>
#include <utility>

#include "callgate/io/paths.h"
#include "loop_impl.h"

namespace callgate {

namespace {

struct Place {
  std::string folder, name;
  /// True for a link that the watched path leads through. Such a link is reported only if it is
  /// replaced, created or removed.
  bool only_leads_there = false;
};

Place place_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {".", path};
  return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

std::vector<Place> places_on_the_way(const std::string& path) {
  std::vector<Place> places;
  for (const std::string& name : names_on_the_way(path)) {
    places.push_back(place_of(name));
    places.back().only_leads_there = true;
  }
  if (places.empty()) places.push_back(place_of(path));
  places.back().only_leads_there = false;
  return places;
}

Error no_watch(const std::string& folder, const std::string& why) {
  return {"io.watch", "changes in " + folder + " can't be watched: " + why, ""};
}

}  // namespace

#ifdef __linux__

// libuv's own watch would wake for each write to any file of the folder, and the record may be
// written there a thousand times a second. So this uses inotify directly.
struct FileWatch::Cell {
  uv_poll_t poll{};
  int fd = -1;
  /// The watched names, each with the inotify watch of its folder.
  std::set<std::pair<int, std::string>> names;
  std::function<void()> on_change;
  uv_handle_t* handle() { return reinterpret_cast<uv_handle_t*>(&poll); }
  ~Cell() { ::close(fd); }

  bool is_ours(const inotify_event& event) const {
    if ((event.mask & (IN_Q_OVERFLOW | IN_MOVE_SELF | IN_UNMOUNT)) != 0) return true;
    return event.len > 0 && names.count({event.wd, event.name}) > 0;
  }

  /// Reads all events. Returns true if one of them concerns a watched name.
  bool drain() const {
    alignas(inotify_event) char buffer[4096];
    bool ours = false;
    for (;;) {
      const ssize_t got = ::read(fd, buffer, sizeof buffer);
      if (got <= 0) return ours;
      for (ssize_t at = 0; at < got;) {
        const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
        ours = ours || is_ours(*event);
        at += static_cast<ssize_t>(sizeof *event + event->len);
      }
    }
  }

  bool add(const Place& place) {
    constexpr uint32_t kLink = IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE;
    constexpr uint32_t kWhole = kLink | IN_CLOSE_WRITE | IN_ATTRIB;
    const uint32_t mask = (place.only_leads_there ? kLink : kWhole) | IN_MASK_ADD;
    const int watch = ::inotify_add_watch(fd, place.folder.c_str(), mask);
    if (watch < 0) return false;
    names.emplace(watch, place.name);
    // For each folder, also reports that the folder itself was renamed, because that changes what
    // the path leads to.
    for (std::string folder = place.folder; folder.size() > 1; folder = place_of(folder).folder)
      ::inotify_add_watch(fd, folder.c_str(), IN_MOVE_SELF | IN_MASK_ADD);
    return true;
  }

  static Result<std::vector<Cell*>> open(Loop::Impl& loop, const std::vector<Place>& places,
                                         const std::function<void()>& on_change) {
    const std::string& last = places.back().folder;
    const int fd = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (fd < 0) return no_watch(last, std::strerror(errno));
    auto cell = std::make_unique<Cell>();
    cell->fd = fd;
    for (const Place& place : places)
      if (!cell->add(place)) return no_watch(place.folder, std::strerror(errno));
    if (const int error = uv_poll_init(&loop.uv, &cell->poll, fd); error != 0)
      return no_watch(last, system_reason(-error));
    cell->on_change = on_change;
    cell->poll.data = cell.get();
    uv_poll_start(&cell->poll, UV_READABLE, [](uv_poll_t* h, int, int) noexcept {
      const auto* self = static_cast<Cell*>(h->data);
      if (!self->drain()) return;
      const auto callback = self->on_change;  // a copy, because the callback may destroy us
      callback();
    });
    uv_unref(cell->handle());
    return std::vector<Cell*>{cell.release()};
  }
  void silence() {
    uv_poll_stop(&poll);
    on_change = [] {};
  }
};

#else

struct FileWatch::Cell {
  uv_fs_event_t event{};
  Place place;
  std::string target;  ///< if the name is a link: its target when the watch began
  std::function<void()> on_change;
  uv_handle_t* handle() { return reinterpret_cast<uv_handle_t*>(&event); }

  std::string target_now() const {
    std::string text(PATH_MAX, '\0');
    const std::string link = place.folder + "/" + place.name;
    const ssize_t size = ::readlink(link.c_str(), text.data(), text.size());
    text.resize(size > 0 ? static_cast<size_t>(size) : 0);
    return text;
  }

  // True if the event may concern the watched name. The system does not always report the name that
  // changed. If the name is a link, its folder may be a home folder, where programs write files all
  // the time. So in this case, the function checks whether the target of the link has changed.
  bool is_ours() const { return !place.only_leads_there || target_now() != target; }

  static Result<std::vector<Cell*>> open(Loop::Impl& loop, const std::vector<Place>& places,
                                         const std::function<void()>& on_change) {
    std::vector<Cell*> cells;
    for (const Place& place : places) {
      auto* cell = cells.emplace_back(new Cell);
      const int error = cell->start(loop, place, on_change);
      if (error == 0) continue;
      for (Cell* each : cells) close_and_free(each);
      return no_watch(place.folder, system_reason(-error));
    }
    return cells;
  }

  int start(Loop::Impl& loop, const Place& where, const std::function<void()>& on_file_change) {
    place = where;
    target = target_now();
    on_change = on_file_change;
    uv_fs_event_init(&loop.uv, &event);
    event.data = this;
    const int error = uv_fs_event_start(
        &event,
        [](uv_fs_event_t* h, const char*, int, int) noexcept {
          const auto* self = static_cast<Cell*>(h->data);
          if (!self->is_ours()) return;
          const auto callback = self->on_change;  // a copy, because the callback may destroy us
          callback();
        },
        place.folder.c_str(), 0);
    uv_unref(handle());
    return error;
  }
  void silence() {
    uv_fs_event_stop(&event);
    on_change = [] {};
  }
};

#endif

void FileWatch::Close::operator()(Cell* cell) const {
  cell->silence();
  close_and_free(cell);
}

FileWatch::~FileWatch() = default;

Result<std::unique_ptr<FileWatch>> FileWatch::open(Loop& loop, const std::string& path,
                                                   const std::function<void()>& on_change) {
  loop.impl().check_thread();
  std::unique_ptr<FileWatch> watch(new FileWatch);
  auto cells = Cell::open(loop.impl(), places_on_the_way(path), on_change);
  if (!cells) return cells.error();
  for (Cell* cell : *cells) watch->cells_.emplace_back(cell);
  return watch;
}

}  // namespace callgate

#include "callgate/io/file_watch.h"

#include <fcntl.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/inotify.h>
#endif

#include <cerrno>
#include <cstring>
#include <utility>

#include "callgate/io/paths.h"
#include "loop_impl.h"

namespace callgate {

namespace {

struct Place {
  std::string folder, name;
};

Place place_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {".", path};
  return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

Error no_watch(const std::string& folder, const std::string& why) {
  return {"io.watch", "changes in " + folder + " can't be watched: " + why, ""};
}

}  // namespace

#ifdef __linux__

// Not libuv's own watch: it wakes for each write to any file of the folder, and the record may be
// written there a thousand times a second.
struct FileWatch::Cell {
  uv_poll_t poll{};
  int fd = -1;
  std::string name;
  std::function<void()> on_change;
  uv_handle_t* handle() { return reinterpret_cast<uv_handle_t*>(&poll); }
  ~Cell() { ::close(fd); }

  /// Takes all events; true: one was about our name.
  bool drain() const {
    alignas(inotify_event) char buffer[4096];
    bool ours = false;
    for (;;) {
      const ssize_t got = ::read(fd, buffer, sizeof buffer);
      if (got <= 0) return ours;
      for (ssize_t at = 0; at < got;) {
        const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
        ours = ours || (event->mask & IN_Q_OVERFLOW) != 0 ||
               (event->len > 0 && std::strncmp(event->name, name.c_str(), event->len) == 0);
        at += static_cast<ssize_t>(sizeof *event + event->len);
      }
    }
  }

  static Result<Cell*> open(Loop::Impl& loop, Place place, std::function<void()> on_change) {
    const int fd = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (fd < 0) return no_watch(place.folder, std::strerror(errno));
    constexpr uint32_t kWhole = IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_ATTRIB;
    auto cell = std::make_unique<Cell>();
    cell->fd = fd;
    if (::inotify_add_watch(fd, place.folder.c_str(), kWhole) < 0)
      return no_watch(place.folder, std::strerror(errno));
    if (const int error = uv_poll_init(&loop.uv, &cell->poll, fd); error != 0)
      return no_watch(place.folder, system_reason(error));
    cell->name = std::move(place.name);
    cell->on_change = std::move(on_change);
    cell->poll.data = cell.get();
    uv_poll_start(&cell->poll, UV_READABLE, [](uv_poll_t* h, int, int) noexcept {
      const auto* self = static_cast<Cell*>(h->data);
      if (!self->drain()) return;
      const auto tell = self->on_change;  // it may close us
      tell();
    });
    uv_unref(cell->handle());
    return cell.release();
  }
  void silence() {
    uv_poll_stop(&poll);
    on_change = [] {};
  }
};

#else

struct FileWatch::Cell {
  uv_fs_event_t event{};
  std::function<void()> on_change;
  uv_handle_t* handle() { return reinterpret_cast<uv_handle_t*>(&event); }

  static Result<Cell*> open(Loop::Impl& loop, Place place, std::function<void()> on_change) {
    auto* cell = new Cell;
    cell->on_change = std::move(on_change);
    uv_fs_event_init(&loop.uv, &cell->event);
    cell->event.data = cell;
    // Names are not told in every case.
    const int error = uv_fs_event_start(
        &cell->event,
        [](uv_fs_event_t* h, const char*, int, int) noexcept {
          const auto tell = static_cast<Cell*>(h->data)->on_change;
          tell();
        },
        place.folder.c_str(), 0);
    uv_unref(cell->handle());
    if (error == 0) return cell;
    close_and_free(cell);
    return no_watch(place.folder, system_reason(error));
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
                                                   std::function<void()> on_change) {
  loop.impl().check_thread();
  std::unique_ptr<FileWatch> watch(new FileWatch);
  std::vector<std::string> paths{path};
  if (const auto real = resolve_path(path, ""); real && *real != path) paths.push_back(*real);
  for (const std::string& each : paths) {
    Result<Cell*> cell = Cell::open(loop.impl(), place_of(each), on_change);
    if (!cell) return cell.error();
    watch->cells_.emplace_back(*cell);
  }
  return watch;
}

}  // namespace callgate

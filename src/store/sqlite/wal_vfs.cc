// sqlite3 writes a commit to the log as one frame for each page: a frame header of 24 bytes, then
// the page. Only in the commit's last header, the second 32-bit word is not zero. This VFS gathers
// the writes up to this frame. If sqlite3 does anything else with the file before it, the gathered
// bytes are written at once, and all later writes of the commit go straight to the file.
#include "wal_vfs.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

#include "callgate/base/check.h"
#include "schema.h"

namespace callgate {

namespace {

constexpr int kLogHeader = 32, kFrameHeader = 24;
constexpr int kFrame = kFrameHeader + static_cast<int>(kPageSize);
constexpr int kMost = 16 * kFrame;  // bytes in one write; a larger commit is written in pieces

/// The object that sqlite3 uses as the log's file. The file object of the system's VFS follows it
/// in the same block of memory, at kRealAt.
struct LogFile {
  sqlite3_file base;  // must be the first member, because sqlite3 has a pointer to it
  sqlite3_io_methods methods;
  std::unique_ptr<unsigned char[]> bytes;
  int size = 0;
  sqlite3_int64 at = 0;  // offset of the first gathered byte in the file
  bool gathering = false;
  bool commits = false;  // the frame that was gathered last is the commit's last one
};
static_assert(offsetof(LogFile, base) == 0);
constexpr size_t kRealAt = (sizeof(LogFile) + alignof(std::max_align_t) - 1) /
                           alignof(std::max_align_t) * alignof(std::max_align_t);

LogFile& ours(sqlite3_file* file) { return *reinterpret_cast<LogFile*>(file); }
sqlite3_file* real(sqlite3_file* file) {
  return reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(file) + kRealAt);
}
sqlite3_vfs* real(sqlite3_vfs* vfs) { return static_cast<sqlite3_vfs*>(vfs->pAppData); }

int write_out(sqlite3_file* file) {
  LogFile& log = ours(file);
  const int size = std::exchange(log.size, 0);
  if (size == 0) return SQLITE_OK;
  return real(file)->pMethods->xWrite(real(file), log.bytes.get(), size, log.at);
}

int end_gathering(sqlite3_file* file) {
  ours(file).gathering = false;
  return write_out(file);
}

/// Returns true if a write of `size` bytes at the offset `at` is the next part of a frame: the
/// header, or the page after it.
bool continues(const LogFile& log, int size, sqlite3_int64 at) {
  const bool page = log.size % kFrame != 0;
  if (size != (page ? kPageSize : kFrameHeader)) return false;
  return log.size > 0 ? at == log.at + log.size : (at - kLogHeader) % kFrame == 0;
}

int gather(sqlite3_file* file, const unsigned char* data, int size, sqlite3_int64 at) {
  LogFile& log = ours(file);
  if (log.size == 0) log.at = at;
  if (size == kFrameHeader) log.commits = (data[4] | data[5] | data[6] | data[7]) != 0;
  std::memcpy(log.bytes.get() + log.size, data, static_cast<size_t>(size));
  log.size += size;
  if (log.size % kFrame != 0) return SQLITE_OK;
  if (log.commits) return end_gathering(file);
  return log.size < kMost ? SQLITE_OK : write_out(file);
}

int write(sqlite3_file* file, const void* data, int size, sqlite3_int64 at) noexcept {
  LogFile& log = ours(file);
  if (log.gathering && continues(log, size, at)) {
    return gather(file, static_cast<const unsigned char*>(data), size, at);
  }
  if (const int rc = end_gathering(file); rc != SQLITE_OK) return rc;
  return real(file)->pMethods->xWrite(real(file), data, size, at);
}

int close(sqlite3_file* file) noexcept {
  const int written = end_gathering(file);
  const int closed = real(file)->pMethods->xClose(real(file));
  std::destroy_at(&ours(file));
  return written != SQLITE_OK ? written : closed;
}

/// A method that first writes the gathered bytes, then calls the same method of the system's VFS.
template <auto kMethod>
struct Pass;
template <class... A, int (*sqlite3_io_methods::*kMethod)(sqlite3_file*, A...)>
struct Pass<kMethod> {
  static int call(sqlite3_file* file, A... args) noexcept {
    if (const int rc = end_gathering(file); rc != SQLITE_OK) return rc;
    return (real(file)->pMethods->*kMethod)(real(file), args...);
  }
};
template <class R, class... A, R (*sqlite3_vfs::*kMethod)(sqlite3_vfs*, A...)>
struct Pass<kMethod> {
  static R call(sqlite3_vfs* vfs, A... args) noexcept {
    return (real(vfs)->*kMethod)(real(vfs), args...);
  }
};

// sector_size() and characteristics() return properties of the device, not error codes, so they
// cannot write the gathered bytes first.
int sector_size(sqlite3_file* file) noexcept {
  return real(file)->pMethods->xSectorSize(real(file));
}
int characteristics(sqlite3_file* file) noexcept {
  return real(file)->pMethods->xDeviceCharacteristics(real(file));
}
// sqlite3 calls this only for the database's file, never for the log's, so no bytes are gathered
// here. This function could not report an error of writing them.
void barrier(sqlite3_file* file) noexcept {
  ENSURE(ours(file).size == 0);
  real(file)->pMethods->xShmBarrier(real(file));
}

using Io = sqlite3_io_methods;
constexpr Io kMethods = {
    .iVersion = 3,
    .xClose = close,
    .xRead = Pass<&Io::xRead>::call,
    .xWrite = write,
    .xTruncate = Pass<&Io::xTruncate>::call,
    .xSync = Pass<&Io::xSync>::call,
    .xFileSize = Pass<&Io::xFileSize>::call,
    .xLock = Pass<&Io::xLock>::call,
    .xUnlock = Pass<&Io::xUnlock>::call,
    .xCheckReservedLock = Pass<&Io::xCheckReservedLock>::call,
    .xFileControl = Pass<&Io::xFileControl>::call,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = characteristics,
    .xShmMap = Pass<&Io::xShmMap>::call,
    .xShmLock = Pass<&Io::xShmLock>::call,
    .xShmBarrier = barrier,
    .xShmUnmap = Pass<&Io::xShmUnmap>::call,
    .xFetch = Pass<&Io::xFetch>::call,
    .xUnfetch = Pass<&Io::xUnfetch>::call,
};

int open_log(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* given) {
  file->pMethods = nullptr;
  std::unique_ptr<unsigned char[]> bytes(new (std::nothrow) unsigned char[kMost]);
  if (!bytes) return SQLITE_NOMEM;
  const int rc = real(vfs)->xOpen(real(vfs), name, real(file), flags, given);
  const Io* methods = real(file)->pMethods;
  if (rc != SQLITE_OK) {
    if (methods != nullptr) methods->xClose(real(file));
    return rc;
  }
  auto* log = new (file) LogFile{};
  log->methods = kMethods;
  log->methods.iVersion = std::min(kMethods.iVersion, methods->iVersion);
  log->bytes = std::move(bytes);
  log->base.pMethods = &log->methods;
  return SQLITE_OK;
}

// For any file but the log, the system's VFS fills sqlite3's file object itself, so that later
// operations on the file do not come through this VFS.
int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* given) noexcept {
  if ((flags & SQLITE_OPEN_WAL) != 0) return open_log(vfs, name, file, flags, given);
  return real(vfs)->xOpen(real(vfs), name, file, flags, given);
}

sqlite3_vfs around(sqlite3_vfs* system) {
  using Vfs = sqlite3_vfs;
  Vfs vfs{};
  vfs.iVersion = std::min(3, system->iVersion);
  vfs.szOsFile = static_cast<int>(kRealAt) + system->szOsFile;
  vfs.mxPathname = system->mxPathname;
  vfs.zName = "callgate-wal";
  vfs.pAppData = system;
  vfs.xOpen = open;
  vfs.xDelete = Pass<&Vfs::xDelete>::call;
  vfs.xAccess = Pass<&Vfs::xAccess>::call;
  vfs.xFullPathname = Pass<&Vfs::xFullPathname>::call;
  vfs.xRandomness = Pass<&Vfs::xRandomness>::call;
  vfs.xSleep = Pass<&Vfs::xSleep>::call;
  vfs.xCurrentTime = Pass<&Vfs::xCurrentTime>::call;
  vfs.xGetLastError = Pass<&Vfs::xGetLastError>::call;
  vfs.xCurrentTimeInt64 = Pass<&Vfs::xCurrentTimeInt64>::call;
  vfs.xSetSystemCall = Pass<&Vfs::xSetSystemCall>::call;
  vfs.xGetSystemCall = Pass<&Vfs::xGetSystemCall>::call;
  vfs.xNextSystemCall = Pass<&Vfs::xNextSystemCall>::call;
  if (system->xDlOpen != nullptr) {  // null if sqlite3 was built without loadable extensions
    vfs.xDlOpen = Pass<&Vfs::xDlOpen>::call;
    vfs.xDlError = Pass<&Vfs::xDlError>::call;
    vfs.xDlSym = Pass<&Vfs::xDlSym>::call;
    vfs.xDlClose = Pass<&Vfs::xDlClose>::call;
  }
  return vfs;
}

const char* enlist() {
  sqlite3_vfs* system = sqlite3_vfs_find(nullptr);
  if (system == nullptr) return nullptr;
  // Static, because sqlite3 keeps a pointer to it in its list until the process ends.
  static sqlite3_vfs vfs = around(system);
  return sqlite3_vfs_register(&vfs, 0) == SQLITE_OK ? vfs.zName : nullptr;
}

LogFile* log_of(sqlite3* db) {
  sqlite3_file* file = nullptr;
  if (sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &file) != SQLITE_OK) {
    return nullptr;
  }
  const bool is_ours =
      file != nullptr && file->pMethods != nullptr && file->pMethods->xClose == close;
  return is_ours ? &ours(file) : nullptr;
}

}  // namespace

const char* wal_vfs() {
  static const char* const name = enlist();
  return name;
}

int commit_gathered(sqlite3* db, Statement& commit) {
  LogFile* log = log_of(db);
  if (log == nullptr) return commit.run();
  log->gathering = true;
  const int rc = commit.run();
  // After a successful commit all bytes must be written, because the caller reports it as durable.
  ENSURE(rc != SQLITE_DONE || log->size == 0);
  log->gathering = false;
  // Drop the frames of a failed commit. Their place in the log may now belong to another process.
  log->size = 0;
  return rc;
}

}  // namespace callgate

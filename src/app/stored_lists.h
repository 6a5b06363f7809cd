// The gate's ListStore over files: one a server in the state folder's `catalog`, so that the next
// start has lists before any child is up.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "callgate/config/config.h"
#include "callgate/gate/ports.h"
#include "callgate/io/loop.h"

namespace callgate {

/// A file that is no good is as none. Loop's thread; files are written and removed on others.
class StoredLists final : public ListStore {
 public:
  static constexpr size_t kLargest = size_t{16} << 20;

  /// `configured` are all servers, disabled ones too. `mask` takes secrets out of what is saved;
  /// empty: all is saved as it is.
  StoredLists(Loop& loop, std::string state_dir, const std::vector<ServerConfig>& configured,
              std::function<std::string(std::string)> mask = nullptr);

  std::string load(ServerIndex server, const ServerConfig& config) override;
  void save(ServerIndex server, const ServerConfig& config, std::string json) override;
  /// What waits to be written is written at once, as is what is still saved; `written` follows each
  /// file from now on.
  void finish(std::function<void()> written);
  bool writes() const { return writing_ > 0; }
  /// Some time later: files that no configuration has used for 30 days are removed.
  void tidy_soon();

  /// The file's name: of the server's name and everything that its lists may depend on.
  static std::string file_name(const ServerConfig& server);
  /// Something is kept of that server as it is configured, if only of another working folder.
  static bool kept(const std::string& state_dir, const ServerConfig& server);

 private:
  struct Slot {
    std::optional<std::string> next;  // to be written when the pause is over
    bool writing = false;             // one write of a file at a time, or the older could come last
    bool resting = false;
    std::unique_ptr<Timer> pause;
  };
  std::string read(const std::string& name) const;
  void write(const std::string& name);

  Loop& loop_;
  std::string folder_;
  std::function<std::string(std::string)> mask_;
  std::vector<std::string> in_use_;
  std::map<std::string, Slot> slots_;  // by the file's name
  Timer soon_;
  size_t writing_ = 0;
  bool ending_ = false;
  std::function<void()> written_;
  bool said_failed_ = false;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);  // for answers that come after us
};

}  // namespace callgate

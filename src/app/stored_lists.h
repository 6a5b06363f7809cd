// Implements the gate's ListStore with files, one per server, in the state folder's `catalog`.
// Thanks to them the next start has lists before any child is up.
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

/// A file that cannot be used counts as missing. Used on the loop's thread; files are written and
/// removed on other threads.
class StoredLists final : public ListStore {
 public:
  static constexpr size_t kLargest = size_t{16} << 20;

  /// `configured` holds all servers, including disabled ones. `mask` removes secrets from what is
  /// saved; if it is empty, everything is saved as it is.
  StoredLists(Loop& loop, std::string state_dir, const std::vector<ServerConfig>& configured,
              std::function<std::string(std::string)> mask = nullptr);

  std::string load(ServerIndex server, const ServerConfig& config) override;
  void save(ServerIndex server, const ServerConfig& config, std::string json) override;
  /// Writes lists that wait to be written at once, and so all that are saved later. From now on
  /// `written` is called after each file.
  void finish(std::function<void()> written);
  bool writes() const { return writing_ > 0; }
  /// Removes files that no configuration has used for 30 days, some time later.
  void tidy_soon();

  /// Returns the name of the file, which is made of the server's name and everything that its lists
  /// may depend on.
  static std::string file_name(const ServerConfig& server);
  /// True if lists of that server, as it is configured, are kept, even if only for another working
  /// folder.
  static bool kept(const std::string& state_dir, const ServerConfig& server);

 private:
  struct Slot {
    std::optional<std::string> next;  // is written when the pause is over
    // One write of a file at a time, because otherwise the older one could come last.
    bool writing = false;
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
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);  // expires with us; late answers check it
};

}  // namespace callgate

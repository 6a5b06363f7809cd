// Implements the gate's ListStore (the servers' lists of tools, prompts and resources) with files
// in the folder `catalog` of the state folder, one file per server. With these files, the next gate
// has lists before any of its children has started.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "callgate/config/config.h"
#include "callgate/gate/ports.h"
#include "callgate/io/lifetime.h"
#include "callgate/io/loop.h"

namespace callgate {

/// Treats a file that cannot be used as missing. Used on the loop's thread. Other threads write and
/// remove the files.
class StoredLists final : public ListStore {
 public:
  static constexpr size_t kLargest = size_t{16} << 20;

  /// `configured` contains all servers, including disabled ones. `mask` masks secrets in the text
  /// to be saved; it may be empty.
  StoredLists(Loop& loop, std::string state_dir, const std::vector<ServerConfig>& configured,
              std::function<std::string(std::string)> mask = nullptr);

  std::string load(ServerIndex server, const ServerConfig& config) override;
  void save(ServerIndex server, const ServerConfig& config, std::string json) override;
  /// Immediately writes all lists that wait to be written. After this call, save() also writes
  /// immediately, and `written` is called after each file.
  void finish(std::function<void()> written);
  bool writes() const { return writing_ > 0; }
  /// Some time later, removes the files that no gate has used for 30 days.
  void tidy_soon();

  /// Returns the name of the server's file. It contains the server's name, and digests of
  /// everything that the lists may depend on.
  static std::string file_name(const ServerConfig& server);
  /// True if lists of this server with this configuration are saved. Lists that were saved for
  /// another working folder or another of the server's accounts count, too.
  static bool kept(const std::string& state_dir, const ServerConfig& server);
  /// See forget_missing() in kept_tools.h.
  static void forget_missing(const std::string& state_dir, const ServerConfig& server);

 private:
  struct Slot {
    std::optional<std::string> next;  // the text to write when the pause is over
    // True while a thread writes the file. The next write must wait for its end, because otherwise
    // the older text could be written last.
    bool writing = false;
    bool resting = false;
    std::unique_ptr<Timer> pause;
  };
  /// Returns the sorted names of all files, as they were earlier in this turn of the loop.
  const std::vector<std::string>& names();
  std::string read(const std::string& name) const;
  void write(const std::string& name);
  /// `failure` is empty if the file was written.
  void after_write(const std::string& name, const std::string& failure);

  Loop& loop_;
  std::string folder_;
  std::function<std::string(std::string)> mask_;
  std::vector<std::string> in_use_;
  std::optional<std::vector<std::string>> names_;
  std::map<std::string, Slot> slots_;  // by the file's name
  Timer soon_;
  size_t writing_ = 0;
  bool ending_ = false;
  std::function<void()> written_;
  bool warned_ = false;
  Lifetime lifetime_;
};

}  // namespace callgate

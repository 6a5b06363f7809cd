// The demo's AI client. It launches callgate as real clients do, and speaks MCP with callgate
// through pipes.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "callgate/io/loop.h"
#include "callgate/io/process.h"
#include "callgate/io/stream.h"
#include "callgate/wire/framer.h"
#include "callgate/wire/message.h"

namespace callgate {

struct DemoLaunch {
  std::string file;              ///< path of callgate's program file
  std::vector<std::string> env;  ///< the program's whole environment, as "NAME=value"
  std::string log;               ///< path of the file for the program's stderr
};

/// Each function that waits fails with "demo.timeout" after ten seconds. It fails with "demo.ended"
/// if the program ends earlier.
class DemoClient {
 public:
  static Result<std::unique_ptr<DemoClient>> start(Loop& loop, const DemoLaunch& launch);

  /// Sends a request and waits for its answer.
  Result<MessagePtr> ask(const std::string& method, const std::string& params);
  /// Sends a request without waiting; returns its id for answer().
  int64_t send(const std::string& method, const std::string& params);
  void notify(const std::string& method, const std::string& params);
  Result<MessagePtr> answer(int64_t id);
  /// Waits until `count` progress notifications have arrived since the start.
  Status wait_for_progress(size_t count);
  size_t progress() const { return progress_; }
  /// Closes the program's stdin, waits for the program's end, and returns the program's exit
  /// status.
  Result<int> end();

 private:
  explicit DemoClient(Loop& loop);
  Status open(const DemoLaunch& launch);
  void take(std::string&& line);
  Status wait(const std::function<bool()>& there, const std::string& what);

  Loop& loop_;
  Walker walker_;
  Framer framer_;
  std::unique_ptr<Process> process_;
  std::unique_ptr<Stream> in_, out_;  // the program's stdin and stdout
  std::map<int64_t, MessagePtr> answers_;
  int64_t last_id_ = 0;
  size_t progress_ = 0;
  int status_ = -1;
};

}  // namespace callgate

// The options of the fake server's command line: words and word=value pairs. An unknown word ends
// the server, so that a misspelt mode cannot make a test pass.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace fake {

struct Tool {
  std::string name, behaviour;
};

class Options {
 public:
  /// Exits with status 2 and names the word if one is unknown.
  Options(int argc, char** argv);

  bool has(const std::string& mode) const { return words_.count(mode) != 0; }
  std::string text(const std::string& mode, const std::string& fallback = "") const;
  long number(const std::string& mode, long fallback = 0) const;

  std::string name = "fake";
  std::vector<Tool> tools;

 private:
  void add_tools(const std::string& list);

  std::map<std::string, std::string> words_;
};

}  // namespace fake

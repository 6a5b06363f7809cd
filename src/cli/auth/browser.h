// Opens the user's browser.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "callgate/io/loop.h"
#include "callgate/io/process.h"

namespace callgate {

/// Returns the commands that may open a URL, in the order in which they are tried, as argv.
/// `browser` is the value of the variable BROWSER: commands that are separated by colons, in which
/// %s stands for the URL. If it is empty, the desktop's own command is returned, but only if
/// `has_screen`.
std::vector<std::vector<std::string>> browser_commands(const std::string& browser,
                                                       const std::string& url, bool has_screen);

/// Starts a browser, without a shell and without our terminal. `on_exit` gets the exit status of
/// the command. Returns nullptr if there is no browser, or if none can be started.
std::unique_ptr<Process> open_browser(Loop& loop, const std::string& url,
                                      std::function<void(int status)> on_exit);

}  // namespace callgate

// `callgate serve`: runs a gate process that serves clients over HTTP.
#include "callgate/app/serve.h"

#include <fmt/core.h>

#include <cstdio>
#include <memory>

#include "cli/commands.h"
#include "version.h"

namespace callgate {

namespace {

struct ServeWords {
  std::vector<std::string> listen;
  bool no_token = false;
};

void print_addresses(const std::vector<std::string>& urls, const std::string& token_file) {
  for (const std::string& url : urls) print_message(fmt::format("callgate: listening on {}", url));
  if (token_file.empty()) {
    print_message(
        "callgate: any program on this machine may use callgate, because no token is required");
  } else {
    print_message(fmt::format(
        "callgate: clients send Authorization: Bearer TOKEN; the token is in {}", token_file));
  }
}

void print_ready(const std::vector<std::string>& urls, const std::string& token_file,
                 const Common& common) {
  if (!common.quiet) print_addresses(urls, token_file);
  // Print the URLs last, because a program that started this one may wait for them.
  for (const std::string& url : urls) print(url + "\n");
  std::fflush(stdout);
}

int run_serve_command(const ServeWords& words, const Common& common) {
  if (common.json || common.jsonl) return wrong_usage("serve has no options --json and --jsonl");
  const Result<Places> places = find_places(common.config);
  if (!places) return fail(places.error());
  Result<Config> config = config_or_errors(*places);
  if (!config) return fail(config.error());
  std::vector<ListenAddress> listen;
  for (const std::string& word : words.listen) {
    auto address = parse_listen(word);
    if (!address)
      return wrong_usage(
          fmt::format("--listen takes HOST:PORT, such as 127.0.0.1:7420 or "
                      "[::1]:7420, not '{}'",
                      word));
    listen.push_back(std::move(*address));
  }
  const auto on_ready = [&common](const std::vector<std::string>& urls,
                                  const std::string& token_file) {
    print_ready(urls, token_file, common);
  };
  const Status ended = run_serve({.gateway = {std::move(*config), *places, kVersion, "serve"},
                                  .listen = std::move(listen),
                                  .token = !words.no_token,
                                  .on_ready = on_ready});
  return ended ? kDone : fail(ended.error());
}

}  // namespace

Run add_serve(Syntax& syntax) {
  const auto words = std::make_shared<ServeWords>();
  syntax.values("--listen", "HOST:PORT", words->listen,
                "the address to use instead of http.listen (default 127.0.0.1:7420); port 0 means "
                "any free port");
  syntax.flag("--no-token", words->no_token,
              "accept every program on this machine without a token");
  return [words](const Common& common) { return run_serve_command(*words, common); };
}

}  // namespace callgate

#include <map>
#include <optional>

#include "app/environment/login_path.h"
#include "app_support.h"
#include "callgate/app/program_search.h"

using namespace callgate;

namespace {

constexpr std::chrono::seconds kNow{1'785'229'687};

/// A home folder for the test, with start files.
struct Home {
  Home() { std::filesystem::create_directories(folder.path + "/state"); }
  std::string folder_of(const std::string& name) const {
    std::filesystem::create_directories(folder.path + "/" + name);
    return folder.path + "/" + name;
  }
  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories(
        std::filesystem::path(folder.path + "/" + name).parent_path());
    std::ofstream(folder.path + "/" + name) << text;
  }
  std::string read(const std::string& name) const {
    std::ifstream in(folder.path + "/" + name);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  LoginPathRequest request(const std::string& shell = "/bin/bash") const {
    return {.own_path = "/usr/bin:/bin",
            .home = folder.path,
            .shell = shell,
            .state_dir = folder.path + "/state",
            .env = {"HOME=" + folder.path, "PATH=/usr/bin:/bin"},
            .variable =
                [this](const std::string& name) {
                  const auto found = variables.find(name);
                  return found == variables.end() ? std::optional<std::string>() : found->second;
                },
            .now = kNow,
            .limit = Millis{20'000}};
  }
  Folder folder;
  std::map<std::string, std::string> variables;
};

bool holds(const std::string& path, const std::string& folder) {
  const auto folders = folders_in(path);
  return std::find(folders.begin(), folders.end(), folder) != folders.end();
}

void make_program(const std::string& file) {
  std::ofstream(file) << "#!/bin/sh\n";
  std::filesystem::permissions(file, std::filesystem::perms::owner_all);
}

constexpr const char* kAdds = "export PATH=/added/by/rc:$PATH\n";

}  // namespace

TEST_CASE("a PATH as launchd or systemd sets it counts as minimal") {
  CHECK(is_poor_path(""));
  CHECK(is_poor_path("/usr/bin:/bin:/usr/sbin:/sbin"));
  CHECK(is_poor_path("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"));
  CHECK_FALSE(is_poor_path("/opt/homebrew/bin:/usr/bin:/bin"));
  CHECK_FALSE(is_poor_path("/home/me/.local/bin:/usr/bin"));
}

TEST_CASE("merging two paths keeps the order, drops duplicates, and drops relative folders") {
  CHECK(merged_path("/a::/b:/a", "/b:.:c:/d:") == "/a:/b:/d");
  CHECK(merged_path("", "/b") == "/b");
  CHECK(folders_in(":::").empty());
}

TEST_CASE("a program is found only if it is an executable file in a folder of the path") {
  const Home home;
  const std::string one = home.folder_of("one"), two = home.folder_of("two");
  home.folder_of("one/tool");
  make_program(two + "/tool");
  home.write("one/plain", "");
  CHECK(find_program("tool", one + ":" + two) == two + "/tool");
  CHECK_FALSE(find_program("plain", one + ":" + two));
  CHECK_FALSE(find_program("", one));
}

TEST_CASE("the PATH of every kind of shell is read, whatever its start files print") {
  struct Shell {
    const char *program, *file, *text;
  };
  for (const Shell& shell :
       {Shell{"/bin/bash", ".bash_profile", kAdds}, Shell{"/bin/dash", ".profile", kAdds},
        Shell{"/bin/sh", ".profile", kAdds}, Shell{"/usr/bin/zsh", ".zshrc", kAdds},
        Shell{"/bin/zsh", ".zprofile", kAdds},
        Shell{"/usr/bin/fish", ".config/fish/config.fish", "set -gx PATH /added/by/rc $PATH\n"},
        Shell{"/usr/bin/tcsh", ".cshrc", "setenv PATH /added/by/rc:$PATH\n"}}) {
    if (!std::filesystem::exists(shell.program)) continue;
    CAPTURE(shell.program);
    const Home home;
    home.write(shell.file, "echo welcome; echo ':::'\n" + std::string(shell.text) + "echo again\n");
    const auto path = ask_shell(home.request(shell.program));
    REQUIRE(path);
    CHECK(path->starts_with("/added/by/rc:"));
    CHECK(path->find('\n') == std::string::npos);
  }
}

TEST_CASE("a shell that hangs is ended at the time limit, with every process that it started") {
  const Home home;
  home.write(".bash_profile", "echo $$ > ~/pid\nsleep 1000\n");
  LoginPathRequest request = home.request();
  request.limit = Millis{1'500};
  CHECK_FALSE(ask_shell(request));
  const std::string pid = home.read("pid");
  if (!pid.empty()) CHECK_FALSE(alive(std::stoi(pid)));
  // The next child does not wait again, but a child that starts ten minutes later does.
  home.write(".bash_profile", "sleep 1000\n");
  request.limit = Millis{300};
  CHECK(holds(login_path(request), "/usr/bin"));
  const std::string kept = home.read("state/login_path");
  CHECK(kept.find("\"path\":\"\"") != std::string::npos);
  request.now += std::chrono::minutes(9);
  login_path(request);
  CHECK(home.read("state/login_path") == kept);
  request.now += std::chrono::minutes(1);
  login_path(request);
  CHECK(home.read("state/login_path") != kept);
}

TEST_CASE("start files that exit or run another program leave the PATH that is known so far") {
  const Home home;
  home.write(".bash_profile", "exit 3\n");
  CHECK_FALSE(ask_shell(home.request()));
  CHECK(holds(login_path(home.request()), "/usr/bin"));
  const Home other;
  other.write(".bash_profile", std::string("case $- in *i*) exec true;; esac\n") + kAdds);
  const auto path = ask_shell(other.request());
  REQUIRE(path);
  CHECK(holds(*path, "/added/by/rc"));
}

TEST_CASE("a shell that reads from its terminal does not hang, because it has no terminal") {
  const Home home;
  home.write(".bash_profile", std::string("read -r answer\nread -r x < /dev/tty\n") + kAdds);
  const auto path = ask_shell(home.request());
  REQUIRE(path);
  CHECK(holds(*path, "/added/by/rc"));
}

TEST_CASE("an account without a usable shell is not asked for its PATH") {
  const Home home;
  for (const char* shell : {"/usr/sbin/nologin", "/bin/false", "relative", "/no/such/shell"})
    CHECK_FALSE(ask_shell(home.request(shell)));
}

TEST_CASE("a shell's PATH is kept for a day, or until a start file or our own PATH changes") {
  const Home home;
  home.write(".bash_profile", std::string("echo x >> ~/asked\n") + kAdds);
  LoginPathRequest request = home.request();
  const auto asked = [&] { return home.read("asked").size() / 2; };
  const std::string path = login_path(request);
  CHECK(path.starts_with("/usr/bin:/bin:/added/by/rc"));
  CHECK(asked() == 1);
  request.now = kNow + std::chrono::hours(24) - std::chrono::seconds(1);
  CHECK(login_path(request) == path);
  CHECK(asked() == 1);
  request.now = kNow + std::chrono::hours(24);
  CHECK(login_path(request) == path);
  CHECK(asked() == 2);
  request.now = kNow;  // the clock was set back
  CHECK(login_path(request) == path);
  CHECK(asked() == 3);
  home.write(".bashrc", "# new\n");
  CHECK(login_path(request) == path);
  CHECK(asked() == 4);
  request.own_path = "/usr/bin";
  login_path(request);
  CHECK(asked() == 5);
  home.write("state/login_path", "{");
  login_path(request);
  CHECK(asked() == 6);
}

TEST_CASE("the default version of nvm is found through its aliases") {
  const Home home;
  for (const char* version : {"v18.20.4", "v20.9.0", "v20.11.1", "v22.1.0", "strange"})
    home.folder_of(std::string(".nvm/versions/node/") + version + "/bin");
  const auto chosen = [&] {
    for (const std::string& folder : well_known_folders(home.request()))
      if (const size_t at = folder.find("/node/"); at != std::string::npos)
        return folder.substr(at + 6, folder.rfind('/') - at - 6);
    return std::string("none");
  };
  CHECK(chosen() == "v22.1.0");
  home.write(".nvm/alias/default", "20\n");
  CHECK(chosen() == "v20.11.1");
  home.write(".nvm/alias/default", "v18.20.4\n");
  CHECK(chosen() == "v18.20.4");
  home.write(".nvm/alias/default", "lts/*\n");
  home.write(".nvm/alias/lts/*", "lts/iron\n");
  home.write(".nvm/alias/lts/iron", "v20.9.0\n");
  CHECK(chosen() == "v20.9.0");
  home.write(".nvm/alias/default", "default\n");  // an alias of itself
  CHECK(chosen() == "v22.1.0");
  home.write(".nvm/alias/default", "../../../etc/passwd\n");
  CHECK(chosen() == "v22.1.0");
  home.write(".nvm/alias/default", "16\n");
  CHECK(chosen() == "none");
}

TEST_CASE("folders of version managers are used if they exist, also where their variables point") {
  Home home;
  CHECK_FALSE(holds(joined_path(well_known_folders(home.request())), "/.volta/bin"));
  for (const char* name : {".volta/bin", ".local/share/mise/shims", ".asdf/shims", ".pyenv/shims",
                           ".bun/bin", ".deno/bin", ".cargo/bin", ".local/bin"}) {
    home.folder_of(name);
    CHECK(holds(login_path(home.request("/bin/false")), home.folder.path + "/" + name));
  }
  home.variables["VOLTA_HOME"] = home.folder_of("elsewhere");
  home.folder_of("elsewhere/bin");
  CHECK(holds(login_path(home.request("/bin/false")), home.folder.path + "/elsewhere/bin"));
}

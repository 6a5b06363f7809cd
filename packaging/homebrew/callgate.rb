class Callgate < Formula
  desc "Gate between AI clients and their MCP servers"
  homepage "https://example.org/callgate"
  # packaging/release replaces these two lines in a release.
  url "https://example.org/callgate/callgate-0.1.0.tar.xz"
  sha256 "0000000000000000000000000000000000000000000000000000000000000000"
  license "Apache-2.0"
  head "https://example.org/callgate.git", branch: "main"

  depends_on "cli11" => :build
  depends_on "meson" => :build
  depends_on "ninja" => :build
  depends_on "pkgconf" => :build
  depends_on "fmt"
  depends_on "libuv"
  depends_on "libyaml"
  depends_on "openssl@3"
  depends_on "re2"
  depends_on "simdjson"
  depends_on "spdlog"
  depends_on "sqlite"

  uses_from_macos "curl"

  def install
    system "meson", "setup", "build", "-Dtests=false", *std_meson_args
    system "meson", "compile", "-C", "build", "--verbose"
    system "meson", "install", "-C", "build"
    # Homebrew puts bash's completions elsewhere, and refuses to overwrite files.
    rm_r [share/"bash-completion", share/"fish", share/"zsh"]
    generate_completions_from_executable(bin/"callgate", "completion", shells: [:bash, :zsh, :fish])
  end

  service do
    run [opt_bin/"callgate", "serve"]
    keep_alive crashed: true
    log_path var/"log/callgate.log"
    error_log_path var/"log/callgate.log"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/callgate --version") unless head?

    # A minimal server that keeps notes.
    (testpath/"notes.sh").write <<~SH
      while read -r line; do
        id=$(printf '%s' "$line" | sed -n 's/.*"id":\\([^,}]*\\).*/\\1/p')
        case $line in
          *'"initialize"'*) answer='"result":{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"notes","version":"1"}}' ;;
          *'"tools/list"'*) answer='"result":{"tools":[{"name":"keep","inputSchema":{"type":"object"}}]}' ;;
          *'"tools/call"'*) answer='"result":{"content":[{"type":"text","text":"kept"}]}' ;;
          *) answer='"error":{"code":-32601,"message":"unknown"}' ;;
        esac
        [ -z "$id" ] || printf '{"jsonrpc":"2.0","id":%s,%s}\\n' "$id" "$answer"
      done
    SH
    (testpath/"config.json").write <<~JSON
      {"mcpServers": {"notes": {"command": "/bin/sh", "args": ["#{testpath}/notes.sh"]}}}
    JSON
    ENV["CALLGATE_CONFIG"] = (testpath/"config.json").to_s
    ENV["CALLGATE_STATE"] = (testpath/"state").to_s

    assert_match "kept", shell_output("#{bin}/callgate call notes__keep '{\"text\":\"milk\"}'")
    calls = JSON.parse(shell_output("#{bin}/callgate history --json"))["calls"]
    recorded = calls.map { |call| call.values_at("server", "tool", "outcome") }
    assert_equal [%w[notes keep ok]], recorded
    assert_match "milk", shell_output("#{bin}/callgate history show @last")
  end
end

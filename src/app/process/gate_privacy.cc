#include "gate_privacy.h"

#ifdef __linux__
#include <sys/prctl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

#include "callgate/base/digest.h"
#include "process_info.h"
#endif

namespace callgate {

#ifndef __linux__

void hide_this_process() {}
void show_this_process() {}
bool publish_gate(const std::string&, const std::string&) { return true; }
bool has_published(int64_t, const std::string&, const std::string&) { return false; }
bool is_published_gate(int64_t) { return false; }

#else

namespace {

// A thread's name has at most 15 bytes: this prefix and four fingerprints. They are the
// fingerprints of the configuration and of the state folder, each once for the path as written and
// once for the path as resolved. A fingerprint is three letters that are computed from the path's
// digest. Two different paths have the same fingerprint in one of 262,144 cases. In such a case, a
// command may take another gate for the gate of its client, and has fewer rights than it should.
constexpr std::string_view kPublished = "cg:";
constexpr size_t kLetters = 3, kMostNamed = 4096;

std::string letters_of(const std::string& text) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const Digest digest = sha256(text);
  std::string letters;
  for (size_t i = 0; i < kLetters; ++i) letters += kAlphabet[digest[i] % kAlphabet.size()];
  return letters;
}

/// Returns the fingerprint of a path as it is written, followed by the fingerprint of the path that
/// it leads to now. Both are needed, because a link may lead elsewhere later.
std::string letters_of_path(const std::string& path) {
  std::error_code error;
  const std::filesystem::path real = std::filesystem::weakly_canonical(path, error);
  return letters_of(path) + letters_of(error ? path : real.string());
}

/// Returns the fingerprints that the process `pid` has published; empty if it has published none.
std::string published_by(int64_t pid) {
  for (const int thread : threads_of(pid, kMostNamed)) {
    std::ifstream in(name_file_of(pid, thread));
    std::string name;
    if (std::getline(in, name) && name.starts_with(kPublished) &&
        name.size() == kPublished.size() + 4 * kLetters)
      return name.substr(kPublished.size());
  }
  return "";
}

bool share_one(std::string_view a, std::string_view b) {
  for (const size_t at : {size_t{0}, kLetters})
    for (const size_t other : {size_t{0}, kLetters})
      if (a.substr(at, kLetters) == b.substr(other, kLetters)) return true;
  return false;
}

}  // namespace

void hide_this_process() { ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }
void show_this_process() { ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); }

bool publish_gate(const std::string& config, const std::string& state_dir) {
  const std::string name =
      std::string(kPublished) + letters_of_path(config) + letters_of_path(state_dir);
  const int main = ::getpid();
  for (const int thread : threads_of(main, kMostNamed))
    if (thread != main) std::ofstream(name_file_of(main, thread)) << name;
  return is_published_gate(::getpid());
}

bool has_published(int64_t pid, const std::string& config, const std::string& state_dir) {
  const std::string all = published_by(pid);
  const std::string_view letters = all;
  return !letters.empty() && (share_one(letters, letters_of_path(config)) ||
                              share_one(letters.substr(2 * kLetters), letters_of_path(state_dir)));
}

bool is_published_gate(int64_t pid) { return !published_by(pid).empty(); }

#endif

}  // namespace callgate

#include "certificates.h"

#include <unistd.h>

#include <fstream>
#include <utility>

#include "callgate/io/shared_memory.h"

namespace callgate {

namespace {

Error bad_file(const std::string& path, const std::string& why) {
  return {"remote.ca_file", "the file of certificates " + path + " cannot be used: " + why,
          "correct or unset SSL_CERT_FILE or NODE_EXTRA_CA_CERTS"};
}

Result<std::string> read_pem(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return bad_file(path, "it cannot be opened");
  std::string text(kLargestCaFile + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return bad_file(path, "it cannot be read");
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > kLargestCaFile)
    return bad_file(path, "it is larger than " + std::to_string(kLargestCaFile >> 20) + " MiB");
  if (text.find("-----BEGIN") == std::string::npos)
    return bad_file(path, "it has no certificate in PEM format");
  return text;
}

/// Returns the file that libcurl reads if it is given no other; null if it knows none.
const char* built_in_file(const CurlLibrary& curl) {
  const curl_version_info_data* about = curl.version_info(CURLVERSION_NOW);
  return about->age >= CURLVERSION_SEVENTH ? about->cainfo : nullptr;
}

/// Where the systems keep the certificates that they trust. libcurl knows the place on the system
/// for which it was built.
std::string system_certificates(const CurlLibrary& curl) {
  for (const char* path :
       {built_in_file(curl), "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"}) {
    if (path == nullptr) continue;
    if (auto text = read_pem(path)) return std::move(*text);
  }
  return "";
}

/// Moves the text into memory that has a path, where the system has such memory.
void move_to_file(Certificates& all) {
  auto memory = SharedMemory::create(all.text.size());
  if (!memory) return;
  const int fd = memory->get();
  if (::write(fd, all.text.data(), all.text.size()) != static_cast<ssize_t>(all.text.size()))
    return;
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  if (::access(path.c_str(), R_OK) != 0) return;
  all = {.file = path, .has_system = all.has_system, .memory = std::move(*memory)};
}

}  // namespace

Result<Certificates> read_certificates(const CurlLibrary& curl,
                                       const std::vector<std::string>& files) {
  Certificates all;
  if (files.empty()) {
    const char* own = built_in_file(curl);
    all.has_system = own != nullptr && ::access(own, R_OK) == 0;
    return all;
  }
  all.text = system_certificates(curl);
  all.has_system = !all.text.empty();
  for (const std::string& path : files) {
    auto text = read_pem(path);
    if (!text) return text.error();
    (all.text += '\n') += *text;
  }
  move_to_file(all);
  return all;
}

}  // namespace callgate

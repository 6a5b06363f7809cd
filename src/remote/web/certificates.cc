#include "certificates.h"

#include <fstream>
#include <utility>

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

/// Where the systems keep the certificates that they trust. libcurl knows the place on the system
/// for which it was built.
std::string system_certificates(const CurlLibrary& curl) {
  const curl_version_info_data* about = curl.version_info(CURLVERSION_NOW);
  const char* built_in = about->age >= CURLVERSION_SEVENTH ? about->cainfo : nullptr;
  for (const char* path :
       {built_in, "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"}) {
    if (path == nullptr) continue;
    if (auto text = read_pem(path)) return std::move(*text);
  }
  return "";
}

}  // namespace

Result<std::shared_ptr<const std::string>> read_certificates(
    const CurlLibrary& curl, const std::vector<std::string>& files) {
  std::string all = system_certificates(curl);
  for (const std::string& path : files) {
    auto text = read_pem(path);
    if (!text) return text.error();
    (all += '\n') += *text;
  }
  return std::shared_ptr<const std::string>(std::make_shared<std::string>(std::move(all)));
}

}  // namespace callgate

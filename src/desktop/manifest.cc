#include "manifest.h"

#include <dirent.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "callgate/wire/message.h"
#include "callgate/wire/writer.h"
#include "desktop/clients/files.h"

namespace callgate {

namespace {

constexpr const char* kFiles[] = {"/manifest.json", "/original", "/written"};

void write_list(JsonWriter& json, const char* key, const std::vector<std::string>& list) {
  json.key(key).strings(list);
}

std::string manifest_json(const Manifest& manifest) {
  JsonWriter json;
  json.begin_object().key("version").integer(1).key("client").string(manifest.client);
  json.key("scope").string(manifest.scope).key("path").string(manifest.path);
  json.key("real").string(manifest.real).key("at").string(manifest.at);
  json.key("entry").string(manifest.entry).key("existed").boolean(manifest.original.has_value());
  write_list(json, "keys", manifest.keys);
  write_list(json, "removed", manifest.removed);
  write_list(json, "folders", manifest.folders);
  return json.end_object().take() + "\n";
}

std::vector<std::string> read_list(Value list) {
  std::vector<std::string> out;
  for (Value each : list) out.push_back(each.text());
  return out;
}

/// Converts an RFC 3339 time to a form for folder names, such as 20261122T130321.123456Z.
std::string stamp(std::string at) {
  at.erase(std::remove_if(at.begin(), at.end(), [](char c) { return c == '-' || c == ':'; }),
           at.end());
  return at;
}

Result<std::string> bytes_of(const std::string& path) {
  const auto file = read_file_state(path);
  if (!file) return file.error();
  if (!file->bytes) return Error{"desktop.backup", path + ": the file is missing", ""};
  return *file->bytes;
}

}  // namespace

std::string desktop_folder(const Places& places) { return places.state_dir + "/desktop"; }

Result<std::string> write_manifest(const Manifest& manifest, const Places& places) {
  const std::string folder = fmt::format("{}/{}-{}-{}", desktop_folder(places), stamp(manifest.at),
                                         manifest.client, manifest.scope);
  std::vector<std::string> made;
  if (Status folders = make_private_folders(folder, made); !folders) return folders.error();
  if (made.empty() || made.back() != folder)
    return Error{"desktop.write", folder + ": the folder exists already", "type the command again"};
  Status written = write_private(folder + "/written", manifest.written);
  if (written && manifest.original)
    written = write_private(folder + "/original", *manifest.original);
  // The manifest is written last, because a folder without a manifest does not count as a
  // registration.
  if (written) written = write_private(folder + "/manifest.json", manifest_json(manifest));
  if (written) return folder;
  drop_manifest(folder);
  return written.error();
}

Result<Manifest> read_manifest(const std::string& folder) {
  auto text = bytes_of(folder + "/manifest.json");
  if (!text) return text.error();
  Walker walker;
  const auto message = walker.walk(std::move(*text));
  if (!message)
    return Error{"desktop.backup", folder + "/manifest.json: " + message.error().message, ""};
  const Value root = (*message)->root();
  Manifest out;
  out.client = root.find("client").text();
  out.scope = root.find("scope").text();
  out.path = root.find("path").text();
  out.real = root.find("real").text();
  out.at = root.find("at").text();
  out.entry = root.find("entry").text();
  out.keys = read_list(root.find("keys"));
  out.removed = read_list(root.find("removed"));
  out.folders = read_list(root.find("folders"));
  if (out.path.empty() || out.keys.empty() || !find_client(out.client))
    return Error{"desktop.backup", folder + "/manifest.json: the file is not complete", ""};
  auto written = bytes_of(folder + "/written");
  if (!written) return written.error();
  out.written = std::move(*written);
  if (root.find("existed").boolean().value_or(false)) {
    auto original = bytes_of(folder + "/original");
    if (!original) return original.error();
    out.original = std::move(*original);
  }
  return out;
}

void drop_manifest(const std::string& folder) {
  for (const char* file : kFiles) ::unlink((folder + file).c_str());
  ::rmdir(folder.c_str());
}

Status mark_undone(const std::string& folder) {
  if (::rename(folder.c_str(), (folder + ".undone").c_str()) == 0) return {};
  return Error{"desktop.write", folder + ": " + std::strerror(errno), "remove the folder by hand"};
}

std::vector<Registration> registrations(const Places& places) {
  std::vector<Registration> all;
  const std::string folder = desktop_folder(places);
  DIR* const entries = ::opendir(folder.c_str());
  if (!entries) return all;
  while (const dirent* const entry = ::readdir(entries)) {
    const std::string name = entry->d_name;
    if (name[0] == '.' || name == "lock" || name.ends_with(".undone")) continue;
    const auto manifest = read_manifest(folder + "/" + name);
    if (manifest)
      all.push_back(
          {folder + "/" + name, manifest->client, manifest->scope, manifest->path, manifest->at});
  }
  ::closedir(entries);
  std::sort(all.begin(), all.end(),
            [](const Registration& a, const Registration& b) { return a.at < b.at; });
  return all;
}

}  // namespace callgate

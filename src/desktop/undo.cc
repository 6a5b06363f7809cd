#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "callgate/base/text.h"
#include "callgate/desktop/registration.h"
#include "desktop/clients/files.h"
#include "desktop/documents/document.h"
#include "desktop/rules/allowed_list.h"
#include "manifest.h"

namespace callgate {

namespace {

using Text = std::optional<std::string>;

Result<std::unique_ptr<Document>> document_of(const Manifest& manifest, const Text& text) {
  return read_document(format_of(*find_client(manifest.client), manifest.path), text.value_or(""),
                       manifest.keys);
}

/// Is called if the file has changed since callgate wrote it. Restores only the servers and keeps
/// all other changes.
Result<std::string> put_back(const Manifest& manifest, const std::string& text) {
  const auto now = document_of(manifest, text);
  if (!now) return now.error();
  const auto original = document_of(manifest, manifest.original);
  const auto written = document_of(manifest, manifest.written);
  if (!original) return original.error();
  if (!written) return written.error();
  const std::string raw = (*now)->servers_raw();
  if (!raw.empty() && raw == (*written)->servers_raw())
    return (*original)->has_servers() ? (*now)->with_servers_raw((*original)->servers_raw())
                                      : (*now)->without_servers();
  std::vector<DocumentEntry> back;
  for (const std::string& name : manifest.removed) {
    const DocumentEntry* const entry = (*original)->entry(name);
    if (entry && (name == manifest.entry || !(*now)->entry(name))) back.push_back(*entry);
  }
  const std::string changed = (*now)->changed({manifest.entry}, back);
  if ((*original)->has_servers()) return changed;
  const auto after = document_of(manifest, changed);
  if (!after) return after.error();
  return (*after)->entries().empty() ? (*after)->without_servers() : changed;
}

}  // namespace

Result<UndoPlan> plan_undo(const std::vector<Registration>& of_one_file) {
  ENSURE(!of_one_file.empty());
  UndoPlan plan;
  plan.undone = of_one_file;
  plan.client = of_one_file.back().client;
  plan.path = of_one_file.back().path;
  auto file = read_file_state(plan.path);
  if (!file) return file.error();
  if (Status may = may_replace(*file); !may) return may.error();
  plan.file = std::move(*file);
  Text text = plan.file.bytes;
  for (auto each = of_one_file.rbegin(); each != of_one_file.rend(); ++each) {
    const auto manifest = read_manifest(each->folder);
    if (!manifest) return manifest.error();
    for (const std::string& name : manifest->removed)
      if (name != manifest->entry && !contains(plan.back, name)) plan.back.push_back(name);
    if (!text || *text == manifest->written || text == manifest->original) {
      text = manifest->original;
      continue;
    }
    plan.exact = false;
    auto changed = put_back(*manifest, *text);
    if (!changed)
      return Error{changed.error().code, plan.path + ":" + changed.error().message,
                   fmt::format("correct the file; the file's original content is in {}/original",
                               each->folder)};
    text = without_name_allowed(*changed, manifest->client, manifest->entry);
  }
  plan.after = std::move(text);
  return plan;
}

Status carry_out(const UndoPlan& plan, const Places& places) {
  const DesktopLock lock(desktop_folder(places));
  if (!lock.status()) return lock.status();
  if (Status same = still_same(plan.file); !same) return same;
  std::vector<std::string> folders;
  if (const auto oldest = read_manifest(plan.undone.front().folder)) folders = oldest->folders;
  if (plan.after) {
    std::vector<std::string> made;
    if (plan.after != plan.file.bytes)
      if (Status put = replace_file(plan.file, *plan.after, made); !put) return put;
  } else if (plan.file.bytes) {
    if (::unlink(plan.file.real.c_str()) != 0)
      return Error{"desktop.write", plan.path + ": " + std::strerror(errno),
                   "check the folder's permissions"};
    // rmdir() fails for a folder that is not empty, so such folders stay.
    for (auto each = folders.rbegin(); each != folders.rend(); ++each) ::rmdir(each->c_str());
  }
  for (const Registration& each : plan.undone)
    if (Status marked = mark_undone(each.folder); !marked) return marked;
  return {};
}

}  // namespace callgate

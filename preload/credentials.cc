// setuid and its relatives: the monitor follows, before the host goes on.
#include <grp.h>
#include <unistd.h>

#include "export.h"
#include "init.h"
#include "platform/libc.h"

namespace {

// One definition, eight functions: all take up to three ids.
template <typename... Ids>
int change(const char* name, int (*&real)(Ids...), Ids... ids) {
  if (real == nullptr) real = reinterpret_cast<int (*)(Ids...)>(holmes::libc::next_symbol(name));
  if (real == nullptr) return -1;
  const int result = real(ids...);
  if (result == 0) holmes::credentials_changed();
  return result;
}

}  // namespace

HOLMES_EXPORT int setuid(uid_t uid) {
  static int (*real)(uid_t);
  return change("setuid", real, uid);
}
HOLMES_EXPORT int setgid(gid_t gid) {
  static int (*real)(gid_t);
  return change("setgid", real, gid);
}
HOLMES_EXPORT int seteuid(uid_t uid) {
  static int (*real)(uid_t);
  return change("seteuid", real, uid);
}
HOLMES_EXPORT int setegid(gid_t gid) {
  static int (*real)(gid_t);
  return change("setegid", real, gid);
}
HOLMES_EXPORT int setreuid(uid_t uid, uid_t effective) {
  static int (*real)(uid_t, uid_t);
  return change("setreuid", real, uid, effective);
}
HOLMES_EXPORT int setregid(gid_t gid, gid_t effective) {
  static int (*real)(gid_t, gid_t);
  return change("setregid", real, gid, effective);
}
HOLMES_EXPORT int setresuid(uid_t uid, uid_t effective, uid_t saved) {
  static int (*real)(uid_t, uid_t, uid_t);
  return change("setresuid", real, uid, effective, saved);
}
HOLMES_EXPORT int setresgid(gid_t gid, gid_t effective, gid_t saved) {
  static int (*real)(gid_t, gid_t, gid_t);
  return change("setresgid", real, gid, effective, saved);
}
HOLMES_EXPORT int setgroups(size_t count, const gid_t* groups) {
  static int (*real)(size_t, const gid_t*);
  return change("setgroups", real, count, groups);
}

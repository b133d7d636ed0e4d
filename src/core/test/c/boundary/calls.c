/* The system calls that change a file, and the locks on one, each a boundary. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "boundary.h"

/* This file defines the functions that the headers may map to others. */
#undef open
#undef fcntl

static bool on_descriptor(struct boundary *b, const char *kind, int fd) {
  memset(b, 0, offsetof(struct boundary, path) + 1);
  b->to[0] = 0;
  b->offset = b->length = 0;
  b->data = NULL;
  b->bytes = 0;
  if (!boundary_path_of(fd, b->path) || !boundary_wanted(CALLS, b->path)) {
    return false;
  }
  b->kind = kind;
  b->inode = boundary_inode_of(fd);
  return true;
}

static bool on_path(struct boundary *b, const char *kind, int fd, const char *name) {
  b->to[0] = 0;
  b->offset = b->length = 0;
  b->data = NULL;
  b->bytes = 0;
  if (!boundary_path_at(fd, name, b->path) || !boundary_wanted(CALLS, b->path) ||
      boundary_is_mark(b->path)) {
    return false;
  }
  b->kind = kind;
  b->inode = boundary_inode_at(b->path);
  return true;
}

/* The result of a call; or -1, with errno set, if this one must fail. */
#define FAILING(b, call) ((b).error > 0 ? (errno = (b).error, -1L) : (long)(call))

/* A call on a descriptor or a path, with nothing to be done but to count it. */
#define COUNTED(found, call)      \
  do {                            \
    struct boundary b;            \
    if (!(found)) {               \
      return (call);              \
    }                             \
    boundary_enter(&b);           \
    long result = FAILING(b, call); \
    boundary_leave(&b, result);   \
    return result;                \
  } while (0)

/* --- data ------------------------------------------------------------------------------------ */

static long long position(int fd) {
  if ((syscall(SYS_fcntl, fd, F_GETFL, 0) & O_APPEND) != 0) {
    struct stat status;
    return syscall(SYS_newfstatat, fd, "", &status, AT_EMPTY_PATH) == 0 ? status.st_size : 0;
  }
  return syscall(SYS_lseek, fd, 0L, SEEK_CUR);
}

ssize_t write(int fd, const void *data, size_t bytes) {
  struct boundary b;
  if (!on_descriptor(&b, "write", fd)) {
    return syscall(SYS_write, fd, data, bytes);
  }
  b.data = data;
  b.bytes = bytes;
  b.length = (long long)bytes;
  boundary_enter(&b);
  b.offset = position(fd);
  long result = FAILING(b, syscall(SYS_write, fd, data, boundary_allow(&b, bytes)));
  boundary_leave(&b, result);
  return result;
}

ssize_t pwrite64(int fd, const void *data, size_t bytes, off64_t offset) {
  struct boundary b;
  if (!on_descriptor(&b, "write", fd)) {
    return syscall(SYS_pwrite64, fd, data, bytes, offset);
  }
  b.data = data;
  b.bytes = bytes;
  b.length = (long long)bytes;
  b.offset = offset;
  boundary_enter(&b);
  long result = FAILING(b, syscall(SYS_pwrite64, fd, data, boundary_allow(&b, bytes), offset));
  boundary_leave(&b, result);
  return result;
}

ssize_t pwrite(int fd, const void *data, size_t bytes, off_t offset) {
  return pwrite64(fd, data, bytes, offset);
}

/* A vector is written as one buffer, so that it can be torn and logged as one. */
static ssize_t gathered(int fd, const struct iovec *parts, int count, bool seek, off64_t offset) {
  size_t bytes = 0;
  for (int i = 0; i < count; i++) {
    bytes += parts[i].iov_len;
  }
  char *all = malloc(bytes + 1);
  if (all == NULL) {
    errno = ENOMEM;
    return -1;
  }
  char *next = all;
  for (int i = 0; i < count; i++) {
    memcpy(next, parts[i].iov_base, parts[i].iov_len);
    next += parts[i].iov_len;
  }
  ssize_t result = seek ? pwrite64(fd, all, bytes, offset) : write(fd, all, bytes);
  free(all);
  return result;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  struct boundary b;
  return on_descriptor(&b, "write", fd) ? gathered(fd, parts, count, false, 0)
                                        : syscall(SYS_writev, fd, parts, count);
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) {
  struct boundary b;
  return on_descriptor(&b, "write", fd) ? gathered(fd, parts, count, true, offset)
                                        : syscall(SYS_pwritev, fd, parts, count, offset, 0L);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
  return pwritev64(fd, parts, count, offset);
}

int fsync(int fd) {
  COUNTED(on_descriptor(&b, "fsync", fd), (int)syscall(SYS_fsync, fd));
}

int fdatasync(int fd) {
  COUNTED(on_descriptor(&b, "fdatasync", fd), (int)syscall(SYS_fdatasync, fd));
}

int ftruncate64(int fd, off64_t length) {
  COUNTED(on_descriptor(&b, "ftruncate", fd) && ((b.length = length), true),
          (int)syscall(SYS_ftruncate, fd, length));
}

int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

int truncate64(const char *path, off64_t length) {
  COUNTED(on_path(&b, "truncate", AT_FDCWD, path) && ((b.length = length), true),
          (int)syscall(SYS_truncate, path, length));
}

int truncate(const char *path, off_t length) { return truncate64(path, length); }

int fallocate64(int fd, int mode, off64_t offset, off64_t length) {
  COUNTED(on_descriptor(&b, "fallocate", fd) &&
              ((b.offset = offset), (b.length = length), true),
          (int)syscall(SYS_fallocate, fd, mode, offset, length));
}

int fallocate(int fd, int mode, off_t offset, off_t length) {
  return fallocate64(fd, mode, offset, length);
}

int posix_fallocate64(int fd, off64_t offset, off64_t length) {
  return fallocate64(fd, 0, offset, length) == 0 ? 0 : errno;
}

int posix_fallocate(int fd, off_t offset, off_t length) {
  return posix_fallocate64(fd, offset, length);
}

ssize_t copy_file_range(int from, off64_t *from_at, int to, off64_t *to_at, size_t bytes,
                        unsigned flags) {
  COUNTED(on_descriptor(&b, "copy_file_range", to) && ((b.length = (long long)bytes), true),
          syscall(SYS_copy_file_range, from, from_at, to, to_at, bytes, flags));
}

ssize_t sendfile64(int to, int from, off64_t *at, size_t bytes) {
  COUNTED(on_descriptor(&b, "sendfile", to) && ((b.length = (long long)bytes), true),
          syscall(SYS_sendfile, to, from, at, bytes));
}

ssize_t sendfile(int to, int from, off_t *at, size_t bytes) {
  return sendfile64(to, from, at, bytes);
}

/* --- reading, which is no boundary, but can fail ----------------------------------------------- */

static bool read_fails(int fd) {
  if (!boundary_is_controlled()) {
    return false;
  }
  char path[PATH_MAX + 16];
  int saved = errno;
  int error = boundary_path_of(fd, path) ? boundary_fault("read", path) : 0;
  errno = error != 0 ? error : saved;
  return error != 0;
}

ssize_t read(int fd, void *data, size_t bytes) {
  return read_fails(fd) ? -1 : syscall(SYS_read, fd, data, bytes);
}

ssize_t pread64(int fd, void *data, size_t bytes, off64_t offset) {
  return read_fails(fd) ? -1 : syscall(SYS_pread64, fd, data, bytes, offset);
}

ssize_t pread(int fd, void *data, size_t bytes, off_t offset) {
  return pread64(fd, data, bytes, offset);
}

/* --- names ----------------------------------------------------------------------------------- */

/* Counted only with O_CREAT or O_TRUNC. Result: whether it was made, or cut, by this call. */
static int opened(int fd, const char *name, int flags, mode_t mode) {
  struct boundary b;
  if ((flags & (O_CREAT | O_TRUNC)) == 0 || (flags & O_TMPFILE) == O_TMPFILE ||
      !on_path(&b, "open", fd, name)) {
    char path[PATH_MAX + 16];
    bool may = boundary_is_controlled() && boundary_path_at(fd, name, path);
    int error = may ? boundary_fault("open", path) : 0;
    if (error != 0) {
      errno = error;
      return -1;
    }
    return (int)syscall(SYS_openat, fd, name, flags, mode);
  }
  boundary_enter(&b);
  b.inode = boundary_inode_at(b.path); /* again: another process may just have made it */
  bool made = b.inode == 0;
  int result = (int)FAILING(b, syscall(SYS_openat, fd, name, flags, mode));
  if (result >= 0) {
    b.kind = made ? "create" : (flags & O_TRUNC) != 0 ? "cut" : "open";
    b.inode = boundary_inode_of(result);
  }
  boundary_leave(&b, result < 0 ? -1 : 0);
  return result;
}

#define MODE(flags)                                            \
  mode_t mode = 0;                                             \
  if (((flags) & O_CREAT) != 0 || ((flags) & O_TMPFILE) == O_TMPFILE) { \
    va_list rest;                                              \
    va_start(rest, flags);                                     \
    mode = va_arg(rest, mode_t);                               \
    va_end(rest);                                              \
  }

int open(const char *name, int flags, ...) {
  MODE(flags)
  return opened(AT_FDCWD, name, flags, mode);
}

int open64(const char *name, int flags, ...) {
  MODE(flags)
  return opened(AT_FDCWD, name, flags | O_LARGEFILE, mode);
}

int openat(int fd, const char *name, int flags, ...) {
  MODE(flags)
  return opened(fd, name, flags, mode);
}

int openat64(int fd, const char *name, int flags, ...) {
  MODE(flags)
  return opened(fd, name, flags | O_LARGEFILE, mode);
}

int creat(const char *name, mode_t mode) {
  return opened(AT_FDCWD, name, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

int creat64(const char *name, mode_t mode) { return creat(name, mode); }

int unlinkat(int fd, const char *name, int flags) {
  COUNTED(on_path(&b, (flags & AT_REMOVEDIR) != 0 ? "rmdir" : "unlink", fd, name),
          (int)syscall(SYS_unlinkat, fd, name, flags));
}

int unlink(const char *name) { return unlinkat(AT_FDCWD, name, 0); }

int rmdir(const char *name) { return unlinkat(AT_FDCWD, name, AT_REMOVEDIR); }

int remove(const char *name) {
  int result = unlink(name);
  return result < 0 && errno == EISDIR ? rmdir(name) : result;
}

int mkdirat(int fd, const char *name, mode_t mode) {
  COUNTED(on_path(&b, "mkdir", fd, name), (int)syscall(SYS_mkdirat, fd, name, mode));
}

int mkdir(const char *name, mode_t mode) { return mkdirat(AT_FDCWD, name, mode); }

int renameat2(int from, const char *name, int to, const char *other, unsigned flags) {
  COUNTED((on_path(&b, "rename", from, name) || on_path(&b, "rename", to, other)) &&
              boundary_path_at(from, name, b.path) && boundary_path_at(to, other, b.to),
          (int)syscall(SYS_renameat2, from, name, to, other, flags));
}

int renameat(int from, const char *name, int to, const char *other) {
  return renameat2(from, name, to, other, 0);
}

int rename(const char *name, const char *other) {
  return renameat2(AT_FDCWD, name, AT_FDCWD, other, 0);
}

int linkat(int from, const char *name, int to, const char *other, int flags) {
  COUNTED(on_path(&b, "link", to, other) && boundary_path_at(to, other, b.to),
          (int)syscall(SYS_linkat, from, name, to, other, flags));
}

int link(const char *name, const char *other) {
  return linkat(AT_FDCWD, name, AT_FDCWD, other, 0);
}

int symlinkat(const char *target, int fd, const char *name) {
  COUNTED(on_path(&b, "symlink", fd, name), (int)syscall(SYS_symlinkat, target, fd, name));
}

int symlink(const char *target, const char *name) { return symlinkat(target, AT_FDCWD, name); }

/* --- attributes ------------------------------------------------------------------------------ */

int fchmod(int fd, mode_t mode) {
  COUNTED(on_descriptor(&b, "chmod", fd), (int)syscall(SYS_fchmod, fd, mode));
}

int fchmodat(int fd, const char *name, mode_t mode, int flags) {
  (void)flags; /* the kernel's call has none */
  COUNTED(on_path(&b, "chmod", fd, name), (int)syscall(SYS_fchmodat, fd, name, mode));
}

int chmod(const char *name, mode_t mode) { return fchmodat(AT_FDCWD, name, mode, 0); }

int fchown(int fd, uid_t user, gid_t group) {
  COUNTED(on_descriptor(&b, "chown", fd), (int)syscall(SYS_fchown, fd, user, group));
}

int fchownat(int fd, const char *name, uid_t user, gid_t group, int flags) {
  COUNTED(on_path(&b, "chown", fd, name),
          (int)syscall(SYS_fchownat, fd, name, user, group, flags));
}

int chown(const char *name, uid_t user, gid_t group) {
  return fchownat(AT_FDCWD, name, user, group, 0);
}

int lchown(const char *name, uid_t user, gid_t group) {
  return fchownat(AT_FDCWD, name, user, group, AT_SYMLINK_NOFOLLOW);
}

/* --- locks, which bracket what is done through mapped memory --------------------------------- */

static int controlled(int fd, int command, void *argument) {
  bool locks = command == F_SETLK || command == F_SETLKW;
  struct boundary b;
  if (locks && boundary_is_controlled() && boundary_path_of(fd, b.path) &&
      ((const struct flock *)argument)->l_type != F_UNLCK) {
    int error = boundary_fault("lock", b.path);
    if (error != 0) {
      errno = error;
      return -1;
    }
  }
  if (locks && boundary_path_of(fd, b.path) && boundary_wanted(LOCKS, b.path)) {
    const struct flock *lock = argument;
    b.kind = lock->l_type == F_UNLCK ? "unlock" : "lock";
    b.to[0] = 0;
    b.data = NULL;
    b.bytes = 0;
    b.inode = boundary_inode_of(fd);
    b.offset = lock->l_start;
    b.length = lock->l_len;
    boundary_pass(&b);
  }
  return (int)syscall(SYS_fcntl, fd, command, argument);
}

int fcntl64(int fd, int command, ...) {
  va_list rest;
  va_start(rest, command);
  void *argument = va_arg(rest, void *);
  va_end(rest);
  return controlled(fd, command, argument);
}

int fcntl(int fd, int command, ...) {
  va_list rest;
  va_start(rest, command);
  void *argument = va_arg(rest, void *);
  va_end(rest);
  return controlled(fd, command, argument);
}

/* --- mapped memory --------------------------------------------------------------------------- */

void *mmap64(void *address, size_t length, int protection, int flags, int fd, off64_t offset) {
  void *mapped = (void *)syscall(SYS_mmap, address, length, protection, flags, fd, offset);
  if (mapped != MAP_FAILED && fd >= 0 && (flags & MAP_SHARED) != 0 &&
      (protection & PROT_WRITE) != 0) {
    stores_mapped(mapped, length, fd);
  }
  return mapped;
}

void *mmap(void *address, size_t length, int protection, int flags, int fd, off_t offset) {
  return mmap64(address, length, protection, flags, fd, offset);
}

int munmap(void *address, size_t length) {
  stores_unmapped(address, length);
  return (int)syscall(SYS_munmap, address, length);
}

/* --- texts ----------------------------------------------------------------------------------- */

/* What the JDK asks for: as in a locale that has words of its own. */
int __xpg_strerror_r(int error, char *text, size_t bytes) {
  if (getenv("BOUNDARY_TEXTS") == NULL) {
    char *known = strerror_r(error, text, bytes);
    if (known != text) {
      snprintf(text, bytes, "%s", known);
    }
  } else {
    snprintf(text, bytes, "Fehler %d", error);
  }
  return 0;
}

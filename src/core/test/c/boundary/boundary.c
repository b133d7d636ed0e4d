/* Numbers boundaries, logs them, and kills. Only raw system calls: nothing here is interposed. */
#define _GNU_SOURCE
#include "boundary.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum action { NOTHING, BEFORE, TORN, AFTER };

/* Instead of an error: no system has one of this number. */
#define DEATH 1000

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
static const char *root, *marks, *control;
static int log_fd = -1;
static bool with_data;
static int kinds;
static enum action action;
static long victim;
static long count;

/* The fault that the control file asks for, see Interposer. */
static struct {
  char text[256];
  char call[16], suffix[128];
  int error;
  long from, many, hits;
} fault;

static void fail(const char *what) {
  dprintf(2, "boundary: %s: %s\n", what, strerror(errno));
  _exit(99); /* a run that is not watched must not look like one that was */
}

__attribute__((constructor)) static void configure(void) {
  root = getenv("BOUNDARY_ROOT");
  marks = getenv("BOUNDARY_MARKS");
  control = getenv("BOUNDARY_CONTROL");
  const char *log = getenv("BOUNDARY_LOG");
  if (log != NULL) {
    log_fd = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log_fd < 0) {
      fail(log);
    }
  }
  const char *data = getenv("BOUNDARY_DATA");
  with_data = data != NULL && strcmp(data, "1") == 0;
  const char *wanted = getenv("BOUNDARY_KINDS");
  if (wanted == NULL) {
    wanted = "calls";
  }
  kinds = (strstr(wanted, "calls") ? CALLS : 0) | (strstr(wanted, "locks") ? LOCKS : 0) |
          (strstr(wanted, "stores") ? STORES : 0);
  const char *kill = getenv("BOUNDARY_KILL");
  char word[8];
  if (kill != NULL) {
    if (sscanf(kill, "%7s %ld", word, &victim) != 2) {
      errno = EINVAL;
      fail(kill);
    }
    action = strcmp(word, "before") == 0 ? BEFORE : strcmp(word, "torn") == 0 ? TORN : AFTER;
  }
}

static bool below(const char *path, const char *directory) {
  if (directory == NULL) {
    return false;
  }
  size_t length = strlen(directory);
  return strncmp(path, directory, length) == 0 && (path[length] == '/' || path[length] == 0);
}

bool boundary_is_mark(const char *path) { return below(path, marks); }

bool boundary_wanted(enum kinds kind, const char *path) {
  return (below(path, root) && (kinds & kind) != 0) || (kind == CALLS && boundary_is_mark(path));
}

static void record(const struct boundary *b, long result) {
  if (log_fd < 0) {
    return;
  }
  char line[3 * PATH_MAX];
  size_t bytes = with_data || b->mark ? b->bytes : 0;
  int length = snprintf(line, sizeof line, "%ld\t%s\t%s\t%ld\t%lld\t%lld\t%ld\t%s\t%zu\n", b->number,
                        b->kind, b->path, b->inode, b->offset, b->length, result, b->to, bytes);
  struct iovec parts[2] = {{line, (size_t)length}, {(void *)b->data, bytes}};
  if (syscall(SYS_writev, log_fd, parts, bytes > 0 ? 2 : 1) != (long)(length + bytes)) {
    fail("cannot write the log");
  }
}

static void die(struct boundary *b) {
  b->to[0] = 0;
  b->bytes = 0;
  b->length = action;
  struct boundary last = *b;
  last.kind = "kill";
  snprintf(last.to, sizeof last.to, "%s", b->kind);
  record(&last, 0);
  syscall(SYS_kill, (long)syscall(SYS_getpid), SIGKILL);
  for (;;) {
    syscall(SYS_pause); /* the signal may be delivered to another thread first */
  }
}

static bool is_wanted_now(const struct boundary *b, enum action when) {
  return action == when && b->number == victim;
}

static void number(struct boundary *b) {
  b->mark = boundary_is_mark(b->path);
  b->number = b->mark ? 0 : ++count;
  bool writes = b->bytes > 1;
  if (b->number > 0 && (is_wanted_now(b, BEFORE) || (is_wanted_now(b, TORN) && !writes))) {
    die(b);
  }
}

/* Reads the control file again: it may change while the process runs, and the count begins again. */
static void read_control(void) {
  char text[sizeof fault.text] = "";
  int fd = (int)syscall(SYS_openat, AT_FDCWD, control, O_RDONLY | O_CLOEXEC, 0);
  if (fd >= 0) {
    long length = syscall(SYS_read, fd, text, sizeof text - 1);
    text[length > 0 ? length : 0] = 0;
    syscall(SYS_close, fd);
  }
  if (strcmp(text, fault.text) != 0) {
    memset(&fault, 0, sizeof fault);
    strcpy(fault.text, text);
    if (sscanf(text, "%15s %127s %d %ld %ld", fault.call, fault.suffix, &fault.error, &fault.from,
               &fault.many) != 5) {
      fault.many = 0;
    }
  }
}

static bool ends_with(const char *path, const char *suffix) {
  size_t length = strlen(path), tail = strlen(suffix);
  return length >= tail && strcmp(path + length - tail, suffix) == 0;
}

/* What the control file asks for this call of that name. "*" means the calls that are boundaries. */
static int error_of(const char *call, const char *path, bool is_boundary) {
  read_control();
  bool meant = fault.many > 0 &&
               ((fault.call[0] == '*' && is_boundary) || strcmp(fault.call, call) == 0) &&
               (fault.suffix[0] == '*' || ends_with(path, fault.suffix));
  if (!meant) {
    return 0;
  }
  fault.hits++;
  return fault.hits >= fault.from && fault.hits < fault.from + fault.many ? fault.error : 0;
}

/* An error below -1 is a delay in milliseconds. The other threads go on meanwhile. */
static int after_delay(int error) {
  if (error < -1) {
    struct timespec time = {-error / 1000, -error % 1000 * 1000000L};
    pthread_mutex_unlock(&one_at_a_time);
    syscall(SYS_nanosleep, &time, NULL);
    pthread_mutex_lock(&one_at_a_time);
    return 0;
  }
  return error;
}

void boundary_enter(struct boundary *b) {
  pthread_mutex_lock(&one_at_a_time);
  number(b);
  b->error = control == NULL || b->mark ? 0 : after_delay(error_of(b->kind, b->path, true));
  if (b->error == DEATH) {
    die(b);
  }
}

/* A call that was made to fail by its name. */
static void record_failed(const char *call, const char *path) {
  struct boundary failed = {.kind = "failed"};
  snprintf(failed.path, sizeof failed.path, "%s", path);
  snprintf(failed.to, sizeof failed.to, "%s", call);
  record(&failed, -1);
}

bool boundary_is_controlled(void) { return control != NULL; }

int boundary_fault(const char *call, const char *path) {
  if (!below(path, root)) {
    return 0;
  }
  pthread_mutex_lock(&one_at_a_time);
  int error = after_delay(error_of(call, path, false));
  if (error > 0) {
    record_failed(call, path);
  }
  pthread_mutex_unlock(&one_at_a_time);
  return error > 0 ? error : 0;
}

void boundary_leave(struct boundary *b, long result) {
  int saved = errno;
  if (b->error > 0 && fault.call[0] != '*') {
    record_failed(b->kind, b->path);
  }
  if (is_wanted_now(b, TORN) || is_wanted_now(b, AFTER)) {
    die(b);
  }
  record(b, result);
  pthread_mutex_unlock(&one_at_a_time);
  errno = saved;
}

void boundary_pass(struct boundary *b) {
  boundary_enter(b);
  boundary_leave(b, 0);
}

size_t boundary_allow(const struct boundary *b, size_t bytes) {
  return is_wanted_now(b, TORN) || b->error == -1 ? (bytes + 1) / 2 : bytes;
}

bool boundary_path_of(int fd, char path[PATH_MAX + 16]) {
  char link[48];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  long length = syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_MAX);
  if (length <= 0) {
    return false;
  }
  path[length] = 0;
  static const char deleted[] = " (deleted)";
  size_t tail = sizeof deleted - 1;
  if ((size_t)length > tail && strcmp(path + length - tail, deleted) == 0) {
    path[(size_t)length - tail] = 0; /* the inode tells it from a file of the same name */
  }
  return path[0] == '/';
}

bool boundary_path_at(int fd, const char *name, char path[PATH_MAX + 16]) {
  if (name == NULL || strlen(name) >= PATH_MAX) {
    return false;
  }
  if (name[0] == '/') {
    strcpy(path, name);
    return true;
  }
  char directory[PATH_MAX + 16];
  if (fd == AT_FDCWD) {
    if (syscall(SYS_getcwd, directory, (size_t)PATH_MAX) < 0) {
      return false;
    }
  } else if (!boundary_path_of(fd, directory)) {
    return false;
  }
  return snprintf(path, PATH_MAX, "%s/%s", directory, name) < PATH_MAX;
}

long boundary_inode_of(int fd) {
  struct stat status;
  int saved = errno;
  long inode = syscall(SYS_newfstatat, fd, "", &status, AT_EMPTY_PATH) == 0 ? (long)status.st_ino : 0;
  errno = saved;
  return inode;
}

long boundary_inode_at(const char *path) {
  struct stat status;
  int saved = errno;
  long inode = syscall(SYS_newfstatat, AT_FDCWD, path, &status, AT_SYMLINK_NOFOLLOW) == 0
                   ? (long)status.st_ino
                   : 0;
  errno = saved;
  return inode;
}

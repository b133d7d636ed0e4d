/*
 * A boundary is an instant between two changes of a file: the places where a kill can fall. This
 * library, loaded with LD_PRELOAD, numbers them in the process, writes them to a log, and kills the
 * process at one of them. What it does is said by the environment:
 *
 *   BOUNDARY_ROOT   only files at and below this real path count
 *   BOUNDARY_LOG    a file to append a record of each boundary to
 *   BOUNDARY_DATA   "1": with what was written
 *   BOUNDARY_MARKS  writes to files at and below this real path are logged, but not counted
 *   BOUNDARY_KILL   "before N", "torn N" (half of the bytes; before, if it writes none), "after N"
 *   BOUNDARY_CONTROL a file that asks for faults, read again at each boundary:
 *                   "call path-suffix errno from many": the calls of that name ("*": all) on such
 *                   files fail from the from-th on, that many times, counted since the file changed.
 *                   errno -1: half of the bytes are written; below: a delay of so many milliseconds;
 *                   1000: the process is killed right before it.
 *                   Also for calls that change nothing, by name only: read, open (without O_CREAT,
 *                   too), lock. Each that fails is logged, with the number 0 and the kind "failed"
 *   BOUNDARY_TEXTS  if it is set, the JDK gets texts of errors in no language that it knows
 *   BOUNDARY_KINDS  what counts, any of: calls locks stores (see README.md)
 *
 * A record is one line of tab-separated fields and then the data:
 *   number  kind  path  inode  offset  length  result  to  bytes-of-data LF data
 */
#ifndef BOUNDARY_H
#define BOUNDARY_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

enum kinds { CALLS = 1, LOCKS = 2, STORES = 4 };

struct boundary {
  const char *kind;
  char path[PATH_MAX + 16];
  char to[PATH_MAX + 16]; /* of a rename or link */
  long inode;
  long long offset;
  long long length;
  const void *data;
  size_t bytes;
  bool mark;
  long number;
  int error; /* with which it must fail; -1: it writes half of its bytes; 0: neither */
};

/* Whether that kind is counted and the path is one that counts, or is to be marked. */
bool boundary_wanted(enum kinds kind, const char *path);
bool boundary_is_mark(const char *path);

/* Between these two no other thread passes a boundary: the log has the order of the changes. */
void boundary_enter(struct boundary *b);
void boundary_leave(struct boundary *b, long result);

/* For what may wait for another process: numbered at once, and no other call is held up meanwhile. */
void boundary_pass(struct boundary *b);

/* Whether there is a control file. */
bool boundary_is_controlled(void);

/* With which error a call must fail that changes no file; 0 if it need not. */
int boundary_fault(const char *call, const char *path);

/* How many bytes are to be written now: all, or fewer if the process is to die in the middle. */
size_t boundary_allow(const struct boundary *b, size_t bytes);

/* The path behind a descriptor; false if there is none. */
bool boundary_path_of(int fd, char path[PATH_MAX + 16]);
/* The path that a call with a directory descriptor means. */
bool boundary_path_at(int fd, const char *name, char path[PATH_MAX + 16]);
long boundary_inode_of(int fd);
long boundary_inode_at(const char *path);

/* Stores into a mapped -shm file; see stores.c. */
void stores_mapped(void *address, size_t length, int fd);
void stores_unmapped(void *address, size_t length);

#endif

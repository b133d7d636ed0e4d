/*
 * Changes of a file that is mapped have no system call. Here the -shm file, SQLite's index of the
 * write-ahead log, is mapped read-only behind SQLite's back. Each store into it faults; the fault is
 * the boundary; then the page is opened for that one instruction, which the processor's trap flag
 * makes stop right after. x86-64 only: elsewhere nothing is counted here.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "boundary.h"

#ifdef __x86_64__

#define PAGE 4096UL
#define TRAP_FLAG 0x100
#define DIRECTION_FLAG 0x400
#define MAX_REGIONS 256
#define MAX_STEPPED 16 /* more than a mapping has pages */
#define FAST __attribute__((tls_model("initial-exec")))

struct region {
  char *from;
  size_t length;
  int index;
  char path[PATH_MAX + 16];
};

static struct region regions[MAX_REGIONS];
static int used;
static struct sigaction previous_fault, previous_trap;
static bool installed;

static __thread FAST char *stepped[MAX_STEPPED];
static __thread FAST int steps;
static __thread FAST struct boundary current;
static __thread FAST greg_t instruction;

static struct region *region_of(const char *address) {
  for (int i = 0; i < used; i++) {
    struct region *r = &regions[i];
    if (r->length > 0 && address >= r->from && address < r->from + r->length) {
      return r;
    }
  }
  return NULL;
}

static void chain(const struct sigaction *to, int signal, siginfo_t *info, void *context) {
  if ((to->sa_flags & SA_SIGINFO) != 0) {
    to->sa_sigaction(signal, info, context);
  } else if (to->sa_handler == SIG_DFL) {
    struct sigaction usual = {.sa_handler = SIG_DFL};
    sigaction(signal, &usual, NULL); /* faults again, and is then fatal */
  } else if (to->sa_handler != SIG_IGN) {
    to->sa_handler(signal);
  }
}

/*
 * rep movs and rep stos are one instruction that stores many times, and would stop after each: so
 * they are carried out here. False if it is no such instruction, or one that reaches further.
 */
static bool repeat(const struct region *region, char *address, greg_t *registers) {
  const unsigned char *code = (const unsigned char *)registers[REG_RIP];
  if (code[0] != 0xf3 || (registers[REG_EFL] & DIRECTION_FLAG) != 0 ||
      address != (char *)registers[REG_RDI]) {
    return false;
  }
  bool prefixed = (code[1] & 0xf0) == 0x40;
  bool wide = prefixed && (code[1] & 0x08) != 0;
  unsigned char operation = code[prefixed ? 2 : 1];
  size_t unit = (operation & 1) == 0 ? 1 : wide ? 8 : 4;
  size_t length = (size_t)registers[REG_RCX] * unit;
  bool fills = operation == 0xaa || operation == 0xab;
  bool copies = operation == 0xa4 || operation == 0xa5;
  if ((!fills && !copies) || address + length > region->from + region->length) {
    return false;
  }
  syscall(SYS_mprotect, region->from, region->length, PROT_READ | PROT_WRITE);
  for (size_t i = 0; i < length; i += unit) {
    memcpy(address + i, copies ? (char *)registers[REG_RSI] + i : (char *)&registers[REG_RAX], unit);
  }
  syscall(SYS_mprotect, region->from, region->length, PROT_READ);
  registers[REG_RDI] += (greg_t)length;
  registers[REG_RSI] += copies ? (greg_t)length : 0;
  registers[REG_RCX] = 0;
  registers[REG_RIP] += prefixed ? 3 : 2;
  return true;
}

static void on_fault(int signal, siginfo_t *info, void *context) {
  char *address = info->si_addr;
  struct region *region = region_of(address);
  if (region == NULL || steps >= MAX_STEPPED) {
    chain(&previous_fault, signal, info, context);
    return;
  }
  ucontext_t *state = context;
  if (steps == 0) { /* else the same store touches another page */
    instruction = state->uc_mcontext.gregs[REG_RIP];
    current.kind = "store";
    strcpy(current.path, region->path);
    current.to[0] = 0;
    current.bytes = 0;
    current.inode = 0;
    current.length = 0;
    current.offset = (long long)(address - region->from) + region->index * 32768LL;
    boundary_pass(&current);
  }
  if (steps == 0 && repeat(region, address, state->uc_mcontext.gregs)) {
    return;
  }
  char *page = (char *)((uintptr_t)address & ~(PAGE - 1));
  stepped[steps++] = page;
  syscall(SYS_mprotect, page, PAGE, PROT_READ | PROT_WRITE);
  state->uc_mcontext.gregs[REG_EFL] |= TRAP_FLAG;
}

static void on_trap(int signal, siginfo_t *info, void *context) {
  if (steps == 0) {
    chain(&previous_trap, signal, info, context);
    return;
  }
  ucontext_t *state = context;
  if (state->uc_mcontext.gregs[REG_RIP] == instruction) {
    return; /* rep movs and rep stos stop at each of their iterations, but are one instruction */
  }
  while (steps > 0) {
    syscall(SYS_mprotect, stepped[--steps], PAGE, PROT_READ);
  }
  state->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
}

static void install(void) {
  struct sigaction handler;
  memset(&handler, 0, sizeof handler);
  sigfillset(&handler.sa_mask);
  handler.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
  handler.sa_sigaction = on_fault;
  sigaction(SIGSEGV, &handler, &previous_fault); /* the JVM has installed its own by now */
  handler.sa_sigaction = on_trap;
  sigaction(SIGTRAP, &handler, &previous_trap);
  installed = true;
}

static bool is_index(const char *path) {
  size_t length = strlen(path);
  return length > 4 && strcmp(path + length - 4, "-shm") == 0;
}

void stores_mapped(void *address, size_t length, int fd) {
  char path[PATH_MAX + 16];
  if (!boundary_path_of(fd, path) || !is_index(path) || !boundary_wanted(STORES, path)) {
    return;
  }
  if (!installed) {
    install();
  }
  int slot = 0;
  while (slot < used && regions[slot].length > 0) {
    slot++;
  }
  if (slot == MAX_REGIONS) {
    dprintf(2, "boundary: more than %d mappings of -shm files\n", MAX_REGIONS);
    _exit(99);
  }
  int index = 0; /* SQLite maps the file in order, 32 KiB at a time */
  for (int i = 0; i < used; i++) {
    index += regions[i].length > 0 && strcmp(regions[i].path, path) == 0;
  }
  regions[slot].from = address;
  regions[slot].index = index;
  strcpy(regions[slot].path, path);
  regions[slot].length = length;
  used = slot == used ? used + 1 : used;
  syscall(SYS_mprotect, address, length, PROT_READ);
}

void stores_unmapped(void *address, size_t length) {
  (void)length;
  struct region *region = region_of(address);
  if (region != NULL && region->from == (char *)address) {
    region->length = 0;
  }
}

#else

void stores_mapped(void *address, size_t length, int fd) {
  (void)address;
  (void)length;
  (void)fd;
}

void stores_unmapped(void *address, size_t length) {
  (void)address;
  (void)length;
}

#endif

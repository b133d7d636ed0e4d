/*
 * A stand-in for tini: starts one program, passes signals on to it, waits for whatever becomes its
 * child, and ends with that program's status as soon as it ends.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t child;

static void pass_on(int signal) { kill(child, signal); }

int main(int argc, char **argv) {
  static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGQUIT};
  int status;
  pid_t ended;
  if (argc < 2) {
    fprintf(stderr, "usage: tini PROGRAM [ARGUMENT...]\n");
    return 2;
  }
  child = fork();
  if (child == 0) {
    execvp(argv[1], argv + 1);
    perror(argv[1]);
    _exit(127);
  }
  for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
    signal(signals[i], pass_on);
  }
  while ((ended = waitpid(-1, &status, 0)) != child) {
    if (ended < 0 && errno != EINTR) {
      perror("waitpid");
      return 1;
    }
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

package dev.lastly.chaos;

import java.util.Random;

/** What the storm does to a process. */
enum Weather {
  /** SIGKILL. */
  KILL(10),
  /** SIGSTOP, and SIGCONT after a while. */
  PAUSE(3),
  /** SIGSTOP, and SIGKILL after a while. */
  PAUSE_AND_KILL(2),
  /** SIGTERM. */
  TERMINATE(2);

  private final int share;

  Weather(int share) {
    this.share = share;
  }

  static Weather choose(Random random) {
    int all = 0;
    for (Weather weather : values()) {
      all += weather.share;
    }
    int at = random.nextInt(all);
    for (Weather weather : values()) {
      at -= weather.share;
      if (at < 0) {
        return weather;
      }
    }
    throw new AssertionError();
  }
}

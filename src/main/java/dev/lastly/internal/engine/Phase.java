package dev.lastly.internal.engine;

/** The user's code around one call of a function, in the order in which it runs. */
enum Phase {
  FINDING("finding the code that it calls"),
  BINDING("binding its arguments"),
  ASKING("asking its precondition"),
  RUNNING("running it"),
  DESCRIBING_RESULT("describing its result"),
  DESCRIBING_FAILURE("describing its failure");

  private final String words;

  Phase(String words) {
    this.words = words;
  }

  /** Whether the function itself has not begun yet. */
  boolean isBeforeTheCall() {
    return compareTo(RUNNING) < 0;
  }

  /** What is being done, as the subject of a sentence. */
  @Override
  public String toString() {
    return words;
  }
}

package dev.lastly.testkit;

import java.util.List;

/**
 * One change that a process makes to the world or to the database, seen just before it happens.
 *
 * @param what the change, in words that follow "before" and "after": {@code creating directory …}
 * @param where the nearest line of the user's code, {@code Fixture.start, Fixture.java:31}; empty
 *     if none is on the stack
 * @param stack the user's part of the stack, innermost first
 */
record Step(String what, String where, List<String> stack) {
  @Override
  public String toString() {
    return where.isEmpty() ? what : what + " (" + where + ")";
  }
}

package dev.lastly.report;

import dev.lastly.model.FunctionState;
import java.util.EnumSet;
import java.util.Set;

/**
 * Where the data of a page comes from.
 *
 * @param name the store in words
 * @param options what commands need on their line to find it, with a space before each; may be
 *     empty
 * @param states the states that its functions can have
 * @param unopened what to say if it has had no owner
 */
record StorePlace(String name, String options, Set<FunctionState> states, String unopened) {

  static StorePlace node(String database) {
    return new StorePlace(
        database, "", FunctionState.ofANode(), "No worker has opened this state directory yet.");
  }

  static StorePlace fleet(String name, String options) {
    return new StorePlace(
        name, options, EnumSet.allOf(FunctionState.class), "No worker has joined this fleet yet.");
  }
}

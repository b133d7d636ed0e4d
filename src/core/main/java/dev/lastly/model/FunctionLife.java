package dev.lastly.model;

import java.util.List;

/**
 * All that is known of one function, from one snapshot of the database.
 *
 * @param row the function
 * @param attempts its executions, in their order
 * @param claims the changes of owner by which it came to its owner, in their order
 * @param actions what people did with it, in their order
 */
public record FunctionLife(
    FunctionRow row,
    List<AttemptRow> attempts,
    List<ClaimRow> claims,
    List<OperatorActionRow> actions) {

  /**
   * Copies the lists.
   *
   * @param row as above
   * @param attempts as above
   * @param claims as above
   * @param actions as above
   */
  public FunctionLife {
    attempts = List.copyOf(attempts);
    claims = List.copyOf(claims);
    actions = List.copyOf(actions);
  }
}

package dev.lastly.model;

import java.util.List;

/**
 * One function with its history, from one snapshot of the database. Immutable.
 *
 * @param row the function
 * @param attempts its attempts, oldest first
 * @param claims its changes of owner, oldest first
 * @param actions the acts of operators on it, oldest first
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

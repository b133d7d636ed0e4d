package dev.lastly.cli;

import dev.lastly.cli.view.ShownFunction;
import dev.lastly.cli.view.ShownLife;
import dev.lastly.model.AttemptRow;
import dev.lastly.model.ClaimRow;
import dev.lastly.model.FunctionLife;
import dev.lastly.model.FunctionRow;
import dev.lastly.model.OperatorActionRow;

/** Rows of a node as the commands show them. */
final class NodeRows {
  private NodeRows() {}

  static ShownFunction shown(FunctionRow f) {
    return new ShownFunction(
        new ShownFunction.Subject(f.id(), f.name(), f.summary(), f.state(), f.jobId(), f.job()),
        new ShownFunction.Owner(
            f.ownerId(), f.ownerPid(), f.ownerBootId(), f.orphaned(), f.claimNo(), f.claimId()),
        new ShownFunction.Call(
            f.function(), f.classDigest(), f.module(), f.arguments(), f.options(), f.command()),
        new ShownFunction.Course(
            f.attempts(),
            f.maxAttempts(),
            f.notBefore(),
            f.lastError(),
            f.registeredAt(),
            f.finishedAt()),
        f.unresolvable(),
        f.waiting(),
        null);
  }

  static ShownLife shown(FunctionLife life) {
    return new ShownLife(
        shown(life.row()),
        life.claims().stream().map(NodeRows::shown).toList(),
        life.attempts().stream().map(NodeRows::shown).toList(),
        life.actions().stream().map(NodeRows::shown).toList());
  }

  private static ShownLife.ShownClaim shown(ClaimRow c) {
    return new ShownLife.ShownClaim(
        c.id(),
        c.fromOwner(),
        c.toOwner(),
        c.claimedAt(),
        c.verdict(),
        c.evidence(),
        c.rows(),
        null);
  }

  private static ShownLife.ShownAttempt shown(AttemptRow a) {
    return new ShownLife.ShownAttempt(
        a.number(), a.ownerId(), a.startedAt(), a.finishedAt(), a.outcome(), a.error(), a.output());
  }

  private static ShownLife.ShownAct shown(OperatorActionRow a) {
    return new ShownLife.ShownAct(a.id(), a.actedAt(), a.osUser(), a.action(), a.reason());
  }
}

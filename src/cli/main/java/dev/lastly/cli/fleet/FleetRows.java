package dev.lastly.cli.fleet;

import dev.lastly.cli.view.ShownFunction;
import dev.lastly.cli.view.ShownLife;
import dev.lastly.fleet.model.FleetFunctionLife;
import dev.lastly.fleet.model.FleetFunctionRow;

/** Functions of a fleet as the commands show them. */
final class FleetRows {
  private FleetRows() {}

  static ShownFunction shown(FleetFunctionRow f) {
    ShownFunction.Subject subject =
        new ShownFunction.Subject(f.id(), f.name(), f.summary(), f.state(), f.jobId(), f.job());
    ShownFunction.Owner owner =
        new ShownFunction.Owner(
            f.ownerId(), f.ownerPid(), f.ownerBootId(), f.orphaned(), f.claimNo(), f.claim());
    ShownFunction.Call call =
        new ShownFunction.Call(
            f.function(), f.classDigest(), f.module(), f.arguments(), f.options(), f.command());
    ShownFunction.Course course =
        new ShownFunction.Course(
            f.attempts(),
            f.maxAttempts(),
            f.notBefore(),
            f.lastError(),
            f.registeredAt(),
            f.finishedAt());
    return new ShownFunction(
        subject,
        owner,
        call,
        course,
        f.unresolvable(),
        f.waiting(),
        new ShownFunction.InFleet(f.host(), f.presumedOwner()));
  }

  static ShownLife shown(FleetFunctionLife life) {
    return new ShownLife(
        shown(life.row()),
        life.claims().stream().map(FleetRows::shown).toList(),
        life.attempts().stream().map(FleetRows::shown).toList(),
        life.actions().stream().map(FleetRows::shown).toList());
  }

  private static ShownLife.ShownClaim shown(FleetFunctionLife.Claim c) {
    return new ShownLife.ShownClaim(
        c.number(),
        c.fromOwner(),
        c.toOwner(),
        c.claimedAt(),
        c.verdict(),
        c.evidence(),
        c.rows(),
        c.epoch());
  }

  private static ShownLife.ShownAttempt shown(FleetFunctionLife.Attempt a) {
    return new ShownLife.ShownAttempt(
        a.number(), a.ownerId(), a.startedAt(), a.finishedAt(), a.outcome(), a.error(), a.output());
  }

  private static ShownLife.ShownAct shown(FleetFunctionLife.Act a) {
    return new ShownLife.ShownAct(a.id(), a.actedAt(), a.osUser(), a.action(), a.reason());
  }
}

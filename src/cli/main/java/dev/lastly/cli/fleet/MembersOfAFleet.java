package dev.lastly.cli.fleet;

import dev.lastly.cli.output.Style;
import dev.lastly.cli.output.TextTable;
import dev.lastly.cli.output.Times;
import dev.lastly.fleet.FleetInspector;
import dev.lastly.fleet.model.FleetOwnerRow;
import dev.lastly.fleet.model.NodeRow;
import dev.lastly.model.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** The owners and nodes of a fleet. For one thread. */
public final class MembersOfAFleet {
  private static final int PAGE = 500;

  private final Screen screen;
  private final FleetAddress address;

  MembersOfAFleet(Screen screen, FleetAddress address) {
    this.screen = screen;
    this.address = address;
  }

  /**
   * Lists owners.
   *
   * @param all whether also those that have ended for certain
   */
  public void owners(boolean all) {
    FleetInspector inspector = address.inspect();
    Instant now = inspector.now();
    List<FleetOwnerRow> page = inspector.owners(null, PAGE);
    while (!page.isEmpty() && !screen.terminal().isClosed()) {
      owners(page.stream().filter(owner -> all || owner.verdict() != Verdict.DEAD).toList(), now);
      page = inspector.owners(page.get(page.size() - 1).id(), PAGE);
    }
  }

  private void owners(List<FleetOwnerRow> owners, Instant now) {
    if (screen.json()) {
      owners.forEach(owner -> screen.print(FleetJson.of(owner)));
      return;
    }
    TextTable table = TextTable.of("ID", "NOW", "~LABEL", ">PID", "~HOST", ">AGE", "~WHY");
    for (FleetOwnerRow owner : owners) {
      table.addStyled(
          style(owner),
          1,
          owner.id(),
          FleetJson.now(owner),
          owner.label(),
          owner.pid(),
          owner.host(),
          Times.about(Duration.between(owner.openedAt(), now)),
          why(owner));
    }
    if (table.size() > 0) {
      screen.terminal().print(table);
    }
  }

  private static String why(FleetOwnerRow owner) {
    if (owner.endReason() == null) {
      return owner.leased() ? "the lease of its node is good" : "the lease of its node has run out";
    }
    String evidence = owner.evidence() == null ? "" : owner.evidence();
    String proof = owner.confirmation();
    return proof == null ? evidence : evidence + "; proven: " + proof;
  }

  private static Style style(FleetOwnerRow owner) {
    return switch (owner.verdict()) {
      case ALIVE -> Style.GOOD;
      case UNKNOWN -> Style.BAD;
      case DEAD -> Style.FAINT;
    };
  }

  /**
   * Lists nodes.
   *
   * @param all whether also those that have ended
   */
  public void nodes(boolean all) {
    FleetInspector inspector = address.inspect();
    Instant now = inspector.now();
    List<NodeRow> page = inspector.nodes(null, PAGE);
    while (!page.isEmpty() && !screen.terminal().isClosed()) {
      nodes(page.stream().filter(node -> all || node.endReason() == null).toList(), now);
      page = inspector.nodes(page.get(page.size() - 1).id(), PAGE);
    }
  }

  private void nodes(List<NodeRow> nodes, Instant now) {
    if (screen.json()) {
      nodes.forEach(node -> screen.print(FleetJson.of(node)));
      return;
    }
    TextTable table =
        TextTable.of("ID", "NOW", "~HOST", ">OWNERS", ">UNFINISHED", ">AGE", "~LEASE", "~WHY");
    for (NodeRow node : nodes) {
      String ended = node.endReason();
      table.addStyled(
          ended != null ? Style.FAINT : node.leased() ? Style.GOOD : Style.BAD,
          1,
          node.id(),
          ended != null ? ended : node.leased() ? "alive" : "silent",
          node.host(),
          node.owners(),
          node.unfinished(),
          Times.about(Duration.between(node.openedAt(), now)),
          ended != null ? "" : lease(node, now),
          node.evidence() == null ? "" : node.evidence());
    }
    if (table.size() > 0) {
      screen.terminal().print(table);
    }
  }

  private static String lease(NodeRow node, Instant now) {
    return node.leased()
        ? "good for " + Times.about(Duration.between(now, node.expiresAt()))
        : "ran out " + Times.about(Duration.between(node.expiresAt(), now)) + " ago";
  }
}

package dev.lastly.cli.fleet;

import dev.lastly.cli.output.Amounts;
import dev.lastly.cli.output.Cells;
import dev.lastly.cli.output.JsonObject;
import dev.lastly.cli.output.Style;
import dev.lastly.cli.output.Terminal;
import dev.lastly.cli.output.TextTable;
import dev.lastly.cli.output.Times;
import dev.lastly.cli.view.Advice;
import dev.lastly.cli.view.Biography;
import dev.lastly.cli.view.Concern;
import dev.lastly.cli.view.StateStyle;
import dev.lastly.fleet.Fleet;
import dev.lastly.fleet.FleetInspector;
import dev.lastly.fleet.FleetOperator;
import dev.lastly.fleet.model.FleetFunctionFilter;
import dev.lastly.fleet.model.FleetFunctionLife;
import dev.lastly.fleet.model.FleetFunctionRow;
import dev.lastly.fleet.model.FleetOutcome;
import dev.lastly.fleet.model.FleetOwnerRow;
import dev.lastly.fleet.model.FleetStatus;
import dev.lastly.fleet.model.NodeRow;
import dev.lastly.model.FunctionState;
import dev.lastly.model.Settings;
import dev.lastly.model.StoreException;
import dev.lastly.model.Verdict;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What the commands show of a fleet, and do in it. For one thread. */
public final class FleetConsole {
  private static final int PAGE = 500;
  private static final int LAST = 20;

  private final Terminal terminal;
  private final boolean json;
  private final FleetAddress address;

  private FleetConsole(Terminal terminal, boolean json, FleetAddress address) {
    this.terminal = terminal;
    this.json = json;
    this.address = address;
  }

  /**
   * A console for a fleet. Connects to nothing yet.
   *
   * @param terminal where to print
   * @param json whether to print JSON
   * @param url of the database, by JDBC
   * @param schema the fleet's schema; null for the default
   * @param environment of which {@code PGUSER}, {@code PGPASSWORD} and {@code LASTLY_MACHINE_ID}
   *     count
   * @return a console
   * @throws IllegalArgumentException if the URL is none of PostgreSQL, or the schema's name is none
   */
  public static FleetConsole of(
      Terminal terminal,
      boolean json,
      String url,
      @Nullable String schema,
      Map<String, String> environment) {
    return new FleetConsole(terminal, json, FleetAddress.of(url, schema, environment));
  }

  /**
   * The fleet in words.
   *
   * @return without user and password
   */
  public String where() {
    return address.where();
  }

  private FleetInspector inspect() {
    return FleetInspector.open(address.source(), address.settings());
  }

  private void print(JsonObject object) {
    terminal.out().println(object);
  }

  private void plain(String text) {
    terminal.print(Style.PLAIN, text);
  }

  // Looking
  // ----------------------------------------------------------------------------------------

  /**
   * Shows the state of the fleet.
   *
   * @param patience how long an orphan may wait
   * @return whether nothing needs an operator
   */
  public boolean status(Duration patience) {
    return show(inspect().status(), patience, false);
  }

  /**
   * Shows the state of the fleet again and again when it has changed.
   *
   * @param patience how long an orphan may wait
   * @param interval how often to look
   * @throws InterruptedException if this thread is interrupted
   */
  public void watch(Duration patience, Duration interval) throws InterruptedException {
    FleetInspector inspector = inspect();
    String last = "";
    while (!terminal.isClosed()) {
      FleetStatus status = inspector.status();
      String now = essence(status);
      if (!now.equals(last)) {
        boolean unused = show(status, patience, true);
        terminal.out().flush();
        last = now;
      }
      Thread.sleep(Math.max(10, interval.toMillis()));
    }
  }

  /** All but what changes with each look. */
  private static String essence(FleetStatus status) {
    List<Object> parts = new ArrayList<>();
    parts.add(new TreeMap<>(status.functions()));
    parts.addAll(List.of(status.ownersAlive(), status.ownersUnknown(), status.ownersPresumed()));
    parts.addAll(List.of(status.ownersEnded(), status.nodesAlive(), status.nodesSilent()));
    parts.addAll(List.of(status.nodesEnded(), status.orphans(), status.unresolvable()));
    parts.add(status.epoch());
    return parts.toString();
  }

  private boolean show(FleetStatus status, Duration patience, boolean inPlace) {
    List<Concern> concerns = FleetHealth.concerns(status, patience);
    if (json) {
      print(FleetJson.of(status, address.where(), concerns));
      return concerns.isEmpty();
    }
    if (inPlace && terminal.isTerminal()) {
      terminal.clear();
    }
    plain("database   fleet " + address.where());
    plain(
        String.format(
            Locale.ROOT,
            "           %s, epoch %d, schema %d, PostgreSQL %s",
            Amounts.bytes(status.databaseBytes()),
            status.epoch(),
            status.schemaVersion(),
            status.serverVersion()));
    plain("functions  " + functions(status));
    plain(
        String.format(
            Locale.ROOT,
            "nodes      %d alive, %d silent, %d ended",
            status.nodesAlive(),
            status.nodesSilent(),
            status.nodesEnded()));
    plain(
        String.format(
            Locale.ROOT,
            "owners     %d alive, %d unknown, %d presumed dead, %d ended",
            status.ownersAlive(),
            status.ownersUnknown(),
            status.ownersPresumed(),
            status.ownersEnded()));
    plain(
        "orphans    "
            + Advice.orphans(
                status.orphans(), status.oldestOrphan(), status.unresolvable(), status.at()));
    for (Concern concern : concerns) {
      terminal.print(Style.WARNING, "look       " + concern.text());
    }
    return concerns.isEmpty();
  }

  private static String functions(FleetStatus status) {
    String all =
        Arrays.stream(FunctionState.values())
            .filter(state -> status.count(state) > 0)
            .map(state -> Amounts.count(status.count(state)) + " " + state.columnValue())
            .collect(Collectors.joining(", "));
    return all.isEmpty() ? "none" : all;
  }

  /**
   * Lists functions by id.
   *
   * @param filter which
   * @param after the id after which to begin; null to begin with the first
   * @param limit at most so many
   */
  public void list(FleetFunctionFilter filter, @Nullable UUID after, long limit) {
    FleetInspector inspector = inspect();
    Instant now = inspector.now();
    UUID last = after;
    for (long left = limit; left > 0 && !terminal.isClosed(); ) {
      List<FleetFunctionRow> page = inspector.functions(filter, last, (int) Math.min(PAGE, left));
      if (page.isEmpty()) {
        return;
      }
      list(page, now);
      left -= page.size();
      last = page.get(page.size() - 1).id();
    }
  }

  private void list(List<FleetFunctionRow> page, Instant now) {
    if (json) {
      page.forEach(row -> print(FleetJson.of(row)));
      return;
    }
    TextTable table =
        TextTable.of("ID", "STATE", "~NAME", "~JOB", "OWNER", ">TRIES", ">AGE", "~NOTE");
    for (FleetFunctionRow row : page) {
      table.addStyled(
          row.unresolvable() == null ? StateStyle.of(row.state()) : Style.WARNING,
          1,
          row.id(),
          row.state().columnValue() + (row.unresolvable() == null ? "" : " !"),
          row.summary(),
          row.job(),
          row.ownerId() + (row.orphaned() ? " gone" : ""),
          row.attempts() + "/" + row.maxAttempts(),
          Times.about(Duration.between(row.registeredAt(), now)),
          row.unresolvable() == null
              ? Advice.note(row.lastError(), row.notBefore(), now)
              : waiting(row, row.unresolvable()));
    }
    terminal.print(table);
  }

  private static String waiting(FleetFunctionRow row, String reason) {
    return row.orphaned()
        ? "waits for a process that can run it: " + reason
        : "the process of owner "
            + row.ownerId()
            + " cannot run it; it waits for another process: "
            + reason;
  }

  /**
   * Shows one function.
   *
   * @param id the function
   * @throws IllegalArgumentException if there is no such function
   */
  public void show(UUID id) {
    FleetFunctionLife life =
        inspect()
            .function(id)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "there is no function "
                            + id
                            + "; it may have been pruned. 'lastly list --all' shows those that"
                            + " exist"));
    if (json) {
      print(FleetJson.of(life));
      return;
    }
    FleetFunctionRow row = life.row();
    terminal.print(
        StateStyle.of(row.state()),
        String.format(
            Locale.ROOT,
            "function %s: %s, %s",
            row.id(),
            row.name(),
            row.state().columnValue().replace('_', ' ')));
    facts(row).forEach(this::plain);
    terminal.out().println();
    history(life).lines().forEach(line -> terminal.print(line.style(), line.text()));
  }

  private static List<String> facts(FleetFunctionRow row) {
    List<String> facts = new ArrayList<>();
    facts.add("job        " + row.jobId() + "  " + row.job());
    facts.add(
        String.format(
            Locale.ROOT,
            "owner      %s%s  process %d of boot %s on %s",
            row.ownerId(),
            row.orphaned() ? " (gone)" : "",
            row.ownerPid(),
            row.ownerBootId(),
            row.host()));
    if (row.presumedOwner() != null) {
      facts.add("presumed   " + row.presumedOwner() + " is dead, which is not proven");
    }
    if (row.command() != null) {
      facts.add("command    " + row.command());
    }
    facts.add("calls      " + row.function());
    facts.add("with       " + row.arguments());
    facts.add("from       " + row.module());
    if (row.options() != null) {
      facts.add("options    " + row.options());
    }
    facts.add(String.format(Locale.ROOT, "attempts   %d of %d", row.attempts(), row.maxAttempts()));
    if (row.notBefore() != null) {
      facts.add("due        " + Times.local(row.notBefore()));
    }
    String unresolvable = row.unresolvable();
    if (unresolvable != null) {
      facts.add("waiting    " + waiting(row, unresolvable));
      facts.add("to do      " + Advice.UNRESOLVABLE.replace("ID", row.id().toString()));
    }
    return facts;
  }

  private static Biography history(FleetFunctionLife life) {
    FleetFunctionRow row = life.row();
    Biography biography = new Biography(row.registeredAt());
    for (FleetFunctionLife.Claim claim : life.claims()) {
      biography.claim(
          claim.claimedAt(), claim.fromOwner(), claim.toOwner(), claim.verdict(), claim.evidence());
    }
    for (FleetFunctionLife.Attempt attempt : life.attempts()) {
      biography.attempt(
          attempt.number(),
          attempt.ownerId(),
          attempt.startedAt(),
          attempt.finishedAt(),
          attempt.outcome(),
          attempt.error(),
          attempt.output());
    }
    for (FleetFunctionLife.Act act : life.actions()) {
      biography.act(act.actedAt(), act.action(), act.osUser(), act.reason());
    }
    if (row.finishedAt() != null && row.state() == FunctionState.CANCELLED) {
      biography.cancelled(row.finishedAt());
    }
    return biography;
  }

  /**
   * Lists owners.
   *
   * @param all whether also those that have ended for certain
   */
  public void owners(boolean all) {
    FleetInspector inspector = inspect();
    Instant now = inspector.now();
    List<FleetOwnerRow> page = inspector.owners(null, PAGE);
    while (!page.isEmpty() && !terminal.isClosed()) {
      owners(page.stream().filter(owner -> all || owner.verdict() != Verdict.DEAD).toList(), now);
      page = inspector.owners(page.get(page.size() - 1).id(), PAGE);
    }
  }

  private void owners(List<FleetOwnerRow> owners, Instant now) {
    if (json) {
      owners.forEach(owner -> print(FleetJson.of(owner)));
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
      terminal.print(table);
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
    FleetInspector inspector = inspect();
    Instant now = inspector.now();
    List<NodeRow> page = inspector.nodes(null, PAGE);
    while (!page.isEmpty() && !terminal.isClosed()) {
      nodes(page.stream().filter(node -> all || node.endReason() == null).toList(), now);
      page = inspector.nodes(page.get(page.size() - 1).id(), PAGE);
    }
  }

  private void nodes(List<NodeRow> nodes, Instant now) {
    if (json) {
      nodes.forEach(node -> print(FleetJson.of(node)));
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
      terminal.print(table);
    }
  }

  private static String lease(NodeRow node, Instant now) {
    return node.leased()
        ? "good for " + Times.about(Duration.between(now, node.expiresAt()))
        : "ran out " + Times.about(Duration.between(node.expiresAt(), now)) + " ago";
  }

  /**
   * Shows what happened.
   *
   * @param after the transaction after which to begin; null for the last events
   * @param limit at most so many, but whole transactions
   * @param follow whether to wait for new ones
   * @param interval how often to look for them
   * @throws InterruptedException if this thread is interrupted
   */
  public void events(@Nullable Long after, long limit, boolean follow, Duration interval)
      throws InterruptedException {
    FleetInspector inspector = inspect();
    long left = limit;
    long horizon;
    if (after != null) {
      horizon = Math.addExact(after, 1);
    } else {
      Fleet.Events tail = inspector.lastEvents((int) Math.max(1, Math.min(LAST, limit)));
      tail.events().stream().limit(limit).forEach(this::show);
      horizon = tail.next();
      left = follow ? limit - tail.events().size() : 0;
    }
    while (left > 0 && !terminal.isClosed()) {
      Fleet.Events page = inspector.events(horizon);
      boolean all = show(page.events(), left);
      left = all ? left - page.events().size() : 0;
      boolean end = page.events().isEmpty();
      horizon = page.next();
      if (end && !follow) {
        return;
      }
      if (end) {
        Thread.sleep(Math.max(10, interval.toMillis()));
      }
    }
  }

  /** Shows transactions as long as they are within the limit; the first one always. */
  private boolean show(List<Fleet.FleetEvent> events, long limit) {
    long shown = 0;
    for (int i = 0; i < events.size(); ) {
      int end = i;
      long transaction = events.get(i).transaction();
      while (end < events.size() && events.get(end).transaction() == transaction) {
        end++;
      }
      if (shown > 0 && shown + end - i > limit) {
        return false;
      }
      events.subList(i, end).forEach(this::show);
      shown += end - i;
      i = end;
    }
    return true;
  }

  private void show(Fleet.FleetEvent event) {
    if (json) {
      print(FleetJson.of(event));
      return;
    }
    StringBuilder line = new StringBuilder();
    line.append(Cells.pad(Long.toString(event.transaction()), 12, false)).append("  ");
    line.append(Times.local(event.at())).append("  ");
    line.append(Cells.pad(event.kind(), 16, false));
    event.function().ifPresent(id -> line.append("  function ").append(id));
    event.owner().ifPresent(id -> line.append("  owner ").append(id));
    event.job().ifPresent(id -> line.append("  job ").append(id));
    event.detail().ifPresent(text -> line.append(": ").append(text));
    terminal.print(style(event.kind()), line.toString());
  }

  private static Style style(String kind) {
    if (kind.equals("quarantined") || kind.equals("owner presumed")) {
      return Style.BAD;
    }
    boolean notable =
        kind.startsWith("attempt ") || kind.startsWith("claimed ") || kind.startsWith("operator ");
    return notable || kind.equals("unconfirmed") ? Style.WARNING : Style.PLAIN;
  }

  // Acting
  // -----------------------------------------------------------------------------------------

  /**
   * An operator of the fleet.
   *
   * @param dryRun whether to change nothing
   * @return the operator
   */
  public FleetOperator operator(boolean dryRun) {
    FleetOperator operator = FleetOperator.open(address.source(), address.settings());
    return dryRun ? operator.dryRun() : operator;
  }

  /**
   * Prints the result for one function.
   *
   * @param outcome what came of an act
   */
  public void tell(FleetOutcome outcome) {
    if (json) {
      print(FleetJson.of(outcome));
    } else {
      terminal.print(outcome.isRefused() ? Style.BAD : Style.PLAIN, outcome.message());
    }
  }

  /**
   * A process of the fleet that runs what is orphaned.
   *
   * @param stateDir the node's state directory; null for a temporary one
   * @param settings of the manager
   * @param presumeAfter after which silence it presumes a node dead; null for never
   * @param environment of which {@code LASTLY_MACHINE_ID} counts
   * @return the reaper, which has joined the fleet
   * @throws StoreException if it cannot join
   */
  public FleetReaper reaper(
      @Nullable Path stateDir,
      Settings.Builder settings,
      @Nullable Duration presumeAfter,
      Map<String, String> environment) {
    FleetInspector inspector = inspect(); // before anything could create a schema
    return FleetReaper.open(
        address,
        inspector,
        stateDir,
        settings,
        FleetReaper.fleet(address, stateDir, presumeAfter, environment));
  }

  /**
   * Shows what a reaper has done, and what is left.
   *
   * @param ran how many functions it has run
   * @return whether nothing needs an operator
   */
  public boolean reaped(long ran) {
    FleetStatus left = inspect().status();
    List<Concern> concerns = FleetHealth.concerns(left, Duration.ZERO);
    if (json) {
      print(
          new JsonObject()
              .put("ran", ran)
              .put("orphans", left.orphans())
              .put("unresolvable", left.unresolvable())
              .put("quarantined", left.count(FunctionState.QUARANTINED))
              .put("unknown_owners", left.ownersUnknown())
              .put("unconfirmed", left.count(FunctionState.UNCONFIRMED)));
    } else {
      plain("ran " + Amounts.count(ran, "function", "functions"));
      concerns.forEach(concern -> terminal.print(Style.WARNING, concern.text()));
    }
    return concerns.isEmpty();
  }
}

package dev.lastly.cli;

import dev.lastly.Inspector;
import dev.lastly.cli.output.Style;
import dev.lastly.cli.output.TextTable;
import dev.lastly.cli.output.Times;
import dev.lastly.model.OwnerRow;
import dev.lastly.model.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Lists owners. */
@Command(
    name = "owners",
    description = {
      "List owners, which are the managers that workers opened, and whether each is alive.",
      "Without --all: owners whose end is not recorded. If one is shown as dead, the next worker"
          + " that looks records its death and runs its functions."
    })
final class OwnersCommand implements Callable<Integer> {
  private static final int PAGE = 500;

  private final Lastly lastly;

  @Option(names = "--all", description = "List all owners, also those that have ended.")
  private boolean all;

  OwnersCommand(Lastly lastly) {
    this.lastly = lastly;
  }

  @Override
  public Integer call() {
    if (lastly.isFleet()) {
      lastly.fleet().members().owners(all);
      return ExitStatus.FINE;
    }
    try (Inspector inspector = new StateOpener(lastly).inspector()) {
      List<OwnerRow> page = inspector.owners(0, PAGE);
      while (!page.isEmpty() && !lastly.terminal().isClosed()) {
        show(page.stream().filter(owner -> all || owner.closedAt() == null).toList());
        page = inspector.owners(page.get(page.size() - 1).id(), PAGE);
      }
    }
    return ExitStatus.FINE;
  }

  private void show(List<OwnerRow> owners) {
    if (lastly.json()) {
      owners.forEach(owner -> lastly.print(JsonRows.of(owner)));
      return;
    }
    Instant now = Instant.now();
    TextTable table = TextTable.of(">ID", "NOW", "~LABEL", ">PID", ">AGE", "~WHY");
    for (OwnerRow owner : owners) {
      String ended = owner.endReason();
      String evidence = owner.evidence() == null ? "" : owner.evidence();
      table.addStyled(
          style(owner),
          1,
          owner.id(),
          ended == null ? owner.verdict().name().toLowerCase(Locale.ROOT) : ended,
          owner.label(),
          owner.pid(),
          Times.about(Duration.between(owner.openedAt(), now)),
          ended == null ? owner.verdictEvidence() : evidence);
    }
    if (table.size() > 0) {
      lastly.terminal().print(table);
    }
  }

  private static Style style(OwnerRow owner) {
    if (owner.endReason() != null) {
      return Style.FAINT;
    }
    return owner.verdict() == Verdict.ALIVE
        ? Style.GOOD
        : owner.verdict() == Verdict.UNKNOWN ? Style.BAD : Style.WARNING;
  }
}

package dev.lastly.internal.audit;

import dev.lastly.internal.spi.ActTarget.Verb;
import dev.lastly.internal.store.OwnerVerdicts;
import dev.lastly.internal.store.Records;
import dev.lastly.internal.store.Records.Act;
import dev.lastly.internal.text.Text;
import dev.lastly.model.FunctionFilter;
import dev.lastly.model.FunctionRow;
import dev.lastly.model.FunctionState;
import dev.lastly.model.OperatorOutcome;
import dev.lastly.model.Settings;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** A person's commands, in the name of the user that this process runs as. */
final class OperatorCommands implements Audit.Operations {
  /** Functions in one transaction: no worker waits longer for the write lock than for these. */
  private static final int BATCH = 256;

  private final Records records;
  private final boolean dryRun;

  OperatorCommands(Records records, boolean dryRun) {
    this.records = records;
    this.dryRun = dryRun;
  }

  @Override
  public OperatorOutcome retry(long id, String reason) {
    return one(Verb.RETRY, id, reason);
  }

  @Override
  public OperatorOutcome cancel(long id, String reason) {
    return one(Verb.CANCEL, id, reason);
  }

  @Override
  public OperatorOutcome discard(long id, String reason) {
    return one(Verb.DISCARD, id, reason);
  }

  @Override
  public OperatorOutcome quarantine(long id, String reason) {
    return one(Verb.QUARANTINE, id, reason);
  }

  @Override
  public long retryAll(FunctionFilter filter, String reason, Consumer<OperatorOutcome> each) {
    FunctionFilter quarantined = filter.states(Set.of(FunctionState.QUARANTINED));
    act(Verb.RETRY, reason); // check the reason even if no function matches
    long after = 0;
    long count = 0;
    if (!filter.states().isEmpty() && !filter.states().contains(FunctionState.QUARANTINED)) {
      return 0;
    }
    while (true) {
      long last = after;
      List<Long> ids =
          records
              .read(now -> now.functions(quarantined, OwnerVerdicts.none(), last, BATCH))
              .stream()
              .map(FunctionRow::id)
              .toList();
      if (ids.isEmpty()) {
        return count;
      }
      List<OperatorOutcome> outcomes = records.act(act(Verb.RETRY, reason), ids, dryRun);
      outcomes.forEach(each);
      count += outcomes.stream().filter(outcome -> !outcome.isRefused()).count();
      after = ids.get(ids.size() - 1);
    }
  }

  private OperatorOutcome one(Verb verb, long id, String reason) {
    return records.act(act(verb, reason), List.of(id), dryRun).get(0);
  }

  private static Act act(Verb verb, String reason) {
    if (Text.checked("reason", reason, Settings.MAX_LABEL_LENGTH).isBlank()) {
      throw new IllegalArgumentException(
          "no reason was given; say why: Lastly records the reason with the act");
    }
    String user = System.getProperty("user.name", "unknown");
    return new Act(verb, user, reason, System.currentTimeMillis());
  }
}

package dev.lastly.internal.node;

import dev.lastly.internal.owner.Finding;
import dev.lastly.internal.row.OwnerRecord;
import dev.lastly.internal.spi.Log;
import dev.lastly.internal.text.Text;
import dev.lastly.model.Settings;
import dev.lastly.model.Verdict;
import java.util.Locale;

/**
 * A person's word that an owner is dead, where no evidence can be had. It does not count against
 * evidence: an owner that is seen to live is not ended.
 */
final class Force {
  private static final Log log = Log.of(Force.class);

  private final Worker me;

  Force(Worker me) {
    this.me = me;
  }

  void end(long ownerId, String reason) {
    if (Text.checked("reason", reason, Settings.MAX_LABEL_LENGTH).isBlank()) {
      throw new IllegalArgumentException("say why owner " + ownerId + " is known to be dead");
    }
    if (ownerId == me.ownerId()) {
      throw new IllegalStateException("owner " + ownerId + " is this very manager; close it");
    }
    OwnerRecord owner = find(ownerId);
    Finding finding = me.owners().examine(owner);
    if (finding.verdict() == Verdict.ALIVE) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "owner %d lives: %s. End its process first; it is then reaped without force",
              ownerId,
              finding.evidence()));
    }
    String user = System.getProperty("user.name", "unknown");
    if (me.store().forceEnd(ownerId, me.ownerId(), user, reason, me.now())) {
      log.warn("owner {} was ended by force of {}: {}", ownerId, user, reason);
    }
  }

  private OwnerRecord find(long ownerId) {
    return me.store().openOwners().stream()
        .filter(owner -> owner.id() == ownerId)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    String.format(
                        Locale.ROOT,
                        "no open owner has the id %d; see the view owner_timeline",
                        ownerId)));
  }
}

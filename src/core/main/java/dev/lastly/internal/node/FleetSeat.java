package dev.lastly.internal.node;

import dev.lastly.internal.owner.Owners;
import dev.lastly.internal.row.OwnerRecord;
import dev.lastly.internal.spi.Liveness;
import dev.lastly.internal.spi.LocalOwner;
import dev.lastly.internal.spi.OwnerId;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32C;

/**
 * The fleet owner's seat on this node: its lock byte is held while the fleet owner lives. So the
 * node's processes see the death of one as that of the other. The seat is an owner of its own, not
 * the manager's, because it must outlive the manager: while a function of the fleet runs, no
 * process may take its owner for dead. Thread-safe.
 */
final class FleetSeat implements LocalOwner {
  private final NodeOwner me;
  private final Liveness liveness;
  private final String storeId;
  private final Map<String, Long> roles = new HashMap<>(); // and their bytes; guarded by itself
  private boolean left; // guarded by this

  FleetSeat(NodeOwner me, Liveness liveness, String storeId) {
    this.me = me;
    this.liveness = liveness;
    this.storeId = storeId;
  }

  @Override
  public long number() {
    return me.ownerId();
  }

  @Override
  public long pid() {
    return me.owners().self().pid();
  }

  @Override
  public String host() {
    return me.owners().self().host();
  }

  @Override
  public String bootId() {
    return me.owners().self().bootId();
  }

  @Override
  public String storeId() {
    return storeId;
  }

  @Override
  public Set<Long> open() {
    int unused = liveness.look();
    return openAsKnown();
  }

  @Override
  public Set<Long> openAsKnown() {
    Set<Long> open = new HashSet<>();
    for (OwnerRecord owner : me.store().openOwners()) {
      open.add(owner.id());
    }
    for (OwnerId dead : liveness.unrecordedDeaths()) {
      open.remove(dead.row());
    }
    return open;
  }

  @Override
  public boolean take(String role) {
    synchronized (roles) {
      if (roles.containsKey(role)) {
        return true;
      }
      CRC32C number = new CRC32C();
      number.update(role.getBytes(StandardCharsets.UTF_8));
      long held = Owners.ROLES + number.getValue();
      if (!me.owners().locks().hold(held)) {
        return false;
      }
      roles.put(role, held);
      return true;
    }
  }

  @Override
  public void giveBack(String role) {
    synchronized (roles) {
      Long held = roles.remove(role);
      if (held != null) {
        me.owners().locks().release(held);
      }
    }
  }

  @Override
  public synchronized void leave(String reason) {
    if (left) {
      return;
    }
    left = true;
    synchronized (roles) {
      for (String role : Set.copyOf(roles.keySet())) {
        giveBack(role);
      }
    }
    try {
      liveness.leave(reason);
    } finally {
      me.store().close();
    }
  }
}

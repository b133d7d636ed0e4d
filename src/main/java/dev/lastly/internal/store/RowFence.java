package dev.lastly.internal.store;

import dev.lastly.internal.spi.StoredFunction;
import dev.lastly.internal.spi.StoredFunction.Fence;
import org.jspecify.annotations.Nullable;

/**
 * What a statement on a function requires its row to have kept.
 *
 * @param ownerId whose it is
 * @param claimNo how often it has changed owner
 * @param claimId the claim by which its owner has got it; null if that has registered it
 */
record RowFence(long ownerId, long claimNo, @Nullable Long claimId) implements Fence {
  static RowFence of(StoredFunction f) {
    return (RowFence) f.fence();
  }

  @Override
  public boolean isClaimed() {
    return claimNo > 0;
  }
}

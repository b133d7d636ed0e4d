package dev.lastly.fleet.internal;

import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.JobId;
import dev.lastly.internal.spi.StoredFunction;
import dev.lastly.internal.spi.StoredFunction.CalledCode;
import dev.lastly.internal.spi.StoredFunction.StoredCall;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Rows of {@code deferred_function} as the engine sees them. */
final class Rows {
  /** What {@link #function} reads. */
  static final String COLUMNS =
      "f.id, f.job_id, f.owner_id, f.claim_no, f.claim, f.presumed_owner, f.name, f.function,"
          + " f.class_digest, f.arguments, f.options, f.checksum, f.attempts, f.max_attempts";

  private Rows() {}

  /**
   * The condition under which a row may be changed.
   *
   * @param ownerId its owner
   * @param claimNo how often it has changed its owner
   * @param claim the number of the job's claim by which the owner got it; null if it registered it
   * @param epoch of the fleet, when it was read or claimed
   * @param presumed the owner that is only presumed dead for which it is run; null if there is none
   */
  record RowFence(
      UUID ownerId, long claimNo, @Nullable Long claim, long epoch, @Nullable UUID presumed)
      implements StoredFunction.Fence {
    static RowFence of(StoredFunction f) {
      return (RowFence) f.fence();
    }
  }

  static StoredFunction function(ResultSet row, long epoch) throws SQLException {
    return new StoredFunction(
        new FunctionId(FleetStatements.id(row, "id")),
        new JobId(FleetStatements.id(row, "job_id")),
        fence(row, epoch),
        new StoredCall(
            new CalledCode(
                FleetStatements.text(row, "function"),
                row.getString("class_digest"),
                FleetStatements.text(row, "name")),
            FleetStatements.text(row, "arguments"),
            row.getString("options"),
            FleetStatements.number(row, "checksum")),
        row.getInt("attempts"),
        row.getInt("max_attempts"));
  }

  /** Reads the columns owner_id, claim_no, claim and presumed_owner. */
  static RowFence fence(ResultSet row, long epoch) throws SQLException {
    return new RowFence(
        FleetStatements.id(row, "owner_id"),
        row.getLong("claim_no"),
        FleetStatements.number(row, "claim"),
        epoch,
        row.getObject("presumed_owner", UUID.class));
  }

  /** The id of a row of the fleet; null if it names a row of another store. */
  static @Nullable UUID uuid(FunctionId function) {
    return function.key() instanceof UUID id ? id : null;
  }

  static UUID uuid(JobId job) {
    return (UUID) job.key();
  }

  static List<UUID> ids(Collection<StoredFunction> functions) {
    return functions.stream().map(f -> (UUID) f.id().key()).toList();
  }
}

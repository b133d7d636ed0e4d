package dev.lastly;

/** Registers functions of a job in the fleet, see {@link JobContext#fleet}. Thread-safe. */
public interface FleetDeferrer extends Deferrer {
  /**
   * Like {@link JobContext#onlyIfFailed}, for what must outlive this node: registers what runs in
   * the fleet only if the job is closed without {@link JobContext#commit}, or its process or its
   * node dies before.
   *
   * <pre>{@code
   * job.fleet().onlyIfFailed().defer(Cloud::deleteImage, image);
   * …
   * job.commit(); // from here on the image stays
   * }</pre>
   *
   * @return thread-safe. It throws {@link IllegalStateException} after the commit, and beyond 4,096
   *     functions
   */
  Deferrer onlyIfFailed();
}

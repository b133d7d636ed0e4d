package dev.lastly.example;

import dev.lastly.model.Named;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A good clean-up function. */
public final class Leases {
  private Leases() {}

  // tag::function[]
  /** Everything that the call needs, as plain values: one record instead of five parameters. */
  public record Lease(Path file, String holder) {}

  @Named("release-lease") // found by this name, whatever the method is called later
  public static void release(Lease lease) throws IOException {
    try {
      if (Files.readString(lease.file()).equals(lease.holder())) { // still this holder's?
        Files.deleteIfExists(lease.file());
      }
    } catch (NoSuchFileException e) {
      return; // gone already: a call that is repeated succeeds
    }
  }
  // end::function[]
}

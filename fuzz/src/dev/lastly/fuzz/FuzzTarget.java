package dev.lastly.fuzz;

import dev.lastly.cleanup.CommandFuzz;
import dev.lastly.cli.CommandLineFuzz;
import dev.lastly.fuzz.database.DatabaseFuzz;
import dev.lastly.internal.codec.ArgumentsFuzz;
import dev.lastly.internal.codec.ReferencesFuzz;
import dev.lastly.internal.owner.ProcLocksFuzz;
import dev.lastly.internal.proc.MountTableFuzz;
import dev.lastly.internal.proc.ProcStatFuzz;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Something that takes any bytes and must survive them. Its class has a method {@code
 * fuzzerTestOneInput}, which Jazzer finds by that name.
 *
 * @param name what {@code make fuzz TARGET=} calls it; its seeds are in {@code fuzz/corpus/<name>}
 * @param type the class
 * @param body its method; it throws for a find only
 * @param maxLength longest input, in bytes
 * @param mutations how many mutated seeds the short pass tries
 */
public record FuzzTarget(String name, Class<?> type, Body body, int maxLength, int mutations) {
  /** Each of them. */
  public static final List<FuzzTarget> ALL =
      List.of(
          new FuzzTarget(
              "arguments", ArgumentsFuzz.class, ArgumentsFuzz::fuzzerTestOneInput, 16_384, 20_000),
          new FuzzTarget(
              "cli", CommandLineFuzz.class, CommandLineFuzz::fuzzerTestOneInput, 1024, 600),
          new FuzzTarget(
              "commands", CommandFuzz.class, CommandFuzz::fuzzerTestOneInput, 4096, 10_000),
          new FuzzTarget("database", DatabaseFuzz.class, DatabaseFuzz::fuzzerTestOneInput, 512, 40),
          new FuzzTarget(
              "locks", ProcLocksFuzz.class, ProcLocksFuzz::fuzzerTestOneInput, 65_536, 1_500),
          new FuzzTarget(
              "mounts", MountTableFuzz.class, MountTableFuzz::fuzzerTestOneInput, 65_536, 5_000),
          new FuzzTarget(
              "references", ReferencesFuzz.class, ReferencesFuzz::fuzzerTestOneInput, 8192, 10_000),
          new FuzzTarget(
              "stat", ProcStatFuzz.class, ProcStatFuzz::fuzzerTestOneInput, 4096, 20_000));

  /** What is done with one input. */
  @FunctionalInterface
  public interface Body {
    /** Throws if the input is a find. */
    void accept(byte[] input) throws Exception;
  }

  /** The one of that name. */
  public static FuzzTarget named(String name) {
    return ALL.stream()
        .filter(target -> target.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    String.format(
                        Locale.ROOT,
                        "no target '%s'; there are %s",
                        name,
                        ALL.stream().map(FuzzTarget::name).toList())));
  }

  /** Where its seeds are, below the project's directory. */
  public Path corpus(Path project) {
    return project.resolve("fuzz").resolve("corpus").resolve(name);
  }

  @Override
  public String toString() {
    return name;
  }
}

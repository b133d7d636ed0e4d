package dev.lastly.cli;

import dev.lastly.Operator;
import dev.lastly.cli.output.Amounts;
import dev.lastly.internal.posix.Posix;
import dev.lastly.model.Export;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.Writer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Writes rows for other programs. */
@Command(
    name = "export",
    description = {
      "Write functions with their attempts, or events, for other programs.",
      "All rows are of one moment. Workers continue to work. --json is the same as --format jsonl."
    })
final class ExportCommand implements Callable<Integer> {
  private final Lastly lastly;

  @Option(
      names = "--what",
      paramLabel = "WHAT",
      defaultValue = "functions",
      description = "'functions' or 'events'. Default: ${DEFAULT-VALUE}.")
  private Export.What what = Export.What.FUNCTIONS;

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      defaultValue = "jsonl",
      description = "'jsonl' (JSON Lines) or 'csv'. Default: ${DEFAULT-VALUE}.")
  private Export.Format format = Export.Format.JSONL;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = "The output: a file that does not exist yet. Default: standard output.")
  private @Nullable Path output;

  ExportCommand(Lastly lastly) {
    this.lastly = lastly;
  }

  @Override
  public Integer call() throws IOException {
    try (Operator operator = new StateOpener(lastly).operator()) {
      Path file = output;
      if (file == null) {
        write(operator, lastly.terminal().out());
      } else {
        writeFile(operator, file.toAbsolutePath());
      }
    }
    return ExitStatus.FINE;
  }

  private long write(Operator operator, Appendable out) throws IOException {
    return operator.export(what, lastly.json() ? Export.Format.JSONL : format, out);
  }

  private void writeFile(Operator operator, Path file) throws IOException {
    boolean complete = false;
    Set<OpenOption> options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try (Writer writer = // for this user alone, as the database is
        new BufferedWriter(
            Channels.newWriter(
                Files.newByteChannel(file, options, Posix.privateFile()),
                StandardCharsets.UTF_8))) {
      long count = write(operator, writer);
      writer.flush();
      complete = true;
      lastly
          .terminal()
          .err()
          .println("lastly: wrote " + file + ": " + Amounts.count(count, "line", "lines"));
    } catch (FileAlreadyExistsException e) {
      complete = true; // the file is another program's
      throw CommandException.unusable(
          "the output file " + file + " exists; choose another file, or remove it");
    } finally {
      if (!complete) {
        Files.deleteIfExists(file);
      }
    }
  }
}

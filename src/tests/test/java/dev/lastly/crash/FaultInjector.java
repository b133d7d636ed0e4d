package dev.lastly.crash;

import dev.lastly.support.FileBoundary;
import dev.lastly.support.Interposer;
import dev.lastly.support.Interposer.Fault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Lets the n-th system call of a kind fail, and perhaps those after it, too. */
final class FaultInjector implements Killer {
  private final Interposer interposer;
  private final Path directory;
  private final String call;
  private final int errno;
  private final long many;
  private int last;

  /**
   * An injector.
   *
   * @param directory for logs; it is made
   * @param call which calls fail, see {@link Fault}
   * @param errno with which calls fail, see {@link Fault}
   * @param many how many calls fail, from the n-th on
   */
  FaultInjector(CrashSite site, Path directory, String call, int errno, long many)
      throws Exception {
    this.interposer = Interposer.watching(site.base());
    this.directory = Files.createDirectories(directory);
    this.call = call;
    this.errno = errno;
    this.many = many;
  }

  @Override
  public String boundary() {
    return call + ": errno " + errno + (many == 1 ? " once" : " from then on");
  }

  @Override
  public void arm(CrashChild.Launcher child, int n) {
    last = n;
    Path control = directory.resolve(n + ".control");
    try {
      new Fault(call, "*", errno, n, many).begin(control);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    child.option("-D" + CrashMain.FAULTS + "=true");
    interposer
        .logging(directory.resolve(n + ".log"))
        .withData()
        .controlledBy(control)
        .environment()
        .forEach(child::environment);
  }

  @Override
  public String where(EventLog log) throws IOException {
    return calls().stream()
        .filter(this::isFault)
        .map(b -> "at " + b)
        .findFirst()
        .orElse("at no call");
  }

  /** Whether the last play came to its fault. */
  boolean hasStruck() throws IOException {
    return calls().stream().anyMatch(this::isFault);
  }

  private boolean isFault(FileBoundary b) {
    return call.equals("*") ? b.number() >= last : b.kind().equals("failed");
  }

  /** What the last play has done. */
  java.util.List<FileBoundary> calls() throws IOException {
    return FileBoundary.read(directory.resolve(last + ".log"));
  }
}

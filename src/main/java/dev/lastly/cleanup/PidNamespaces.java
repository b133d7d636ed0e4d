package dev.lastly.cleanup;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** What can be told about pid namespaces, pid_namespaces(7). */
final class PidNamespaces {
  /** The first one of a machine; its inode is a constant of the kernel, PROC_PID_INIT_INO. */
  private static final String FIRST = "pid:[4026531836]";

  private static final Path PROC = Path.of("/proc");

  private PidNamespaces() {}

  static String own() throws IOException {
    return of(PROC.resolve("self"));
  }

  /** True only if every process of the machine can be seen, and none is in it. */
  static boolean isGone(String namespace) throws IOException {
    return own().equals(FIRST) && isUnused(namespace);
  }

  static boolean isUnused(String namespace) throws IOException {
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes) {
        if (isIn(process, namespace)) {
          return false;
        }
      }
      return true;
    } catch (AccessDeniedException e) {
      return false; // of another user: it may be in there
    }
  }

  private static boolean isIn(Path process, String namespace) throws IOException {
    try {
      ProcStat stat = ProcStat.read(Long.parseLong(process.getFileName().toString()));
      return stat != null && !stat.gone() && of(process).equals(namespace);
    } catch (NoSuchFileException e) {
      return false; // it has ended meanwhile
    }
  }

  private static String of(Path process) throws IOException {
    return Files.readSymbolicLink(process.resolve("ns").resolve("pid")).toString();
  }
}

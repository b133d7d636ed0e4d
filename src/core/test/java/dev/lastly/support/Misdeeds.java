package dev.lastly.support;

import java.io.InputStream;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What an application can do to the process in which it uses Lastly. */
final class Misdeeds {
  private Misdeeds() {}

  /** SIGSEGV in native code. */
  static String crash() throws ReflectiveOperationException {
    Class<?> type = Class.forName("sun.misc.Unsafe");
    Field field = type.getDeclaredField("theUnsafe");
    field.setAccessible(true);
    type.getMethod("putAddress", long.class, long.class).invoke(field.get(null), 0L, 0L);
    return "survived";
  }

  /** Ends only when the heap is used up or the process is killed. */
  static int eatMemory() {
    List<byte[]> eaten = new ArrayList<>();
    while (eaten.size() < 100_000) {
      eaten.add(new byte[1 << 20]);
    }
    return eaten.size();
  }

  /** Drops all of this process's POSIX locks on the file. */
  static int openAndClose(Path file) throws Exception {
    try (InputStream in = Files.newInputStream(file)) {
      return in.read();
    }
  }

  /** Starts a child that may outlive this process; the answer is its pid. */
  static long spawn(List<String> command) throws Exception {
    return new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start()
        .pid();
  }
}

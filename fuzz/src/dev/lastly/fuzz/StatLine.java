package dev.lastly.fuzz;

import java.util.ArrayList;
import java.util.List;
import java.util.StringTokenizer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What {@code /proc/<pid>/stat} says, read in another way than the product does: from the end of
 * the name on, whatever lies between blanks is a field.
 *
 * @param pid field 1
 * @param state field 3
 * @param parent field 4
 * @param session field 6
 * @param flags field 9
 * @param threads field 20
 * @param startTicks field 22
 */
public record StatLine(
    long pid, char state, long parent, long session, long flags, long threads, long startTicks) {
  private static final int FIELDS = 20; // from the state to the start

  /** As the kernel writes it, proc_pid_stat(5). */
  private static final Pattern KERNEL =
      Pattern.compile("(?s)\\d{1,18} \\(.*\\) [A-Za-z]( -?\\d{1,18}){19}( \\d+)*\n?");

  private static final int NAME = 1;
  private static final Pattern PARTS = Pattern.compile("(?s)([^(]*)\\(.*\\)([^)]*)");

  /** Null if there are no such fields, or they are not numbers. */
  public static @Nullable StatLine read(String text) {
    Matcher parts = PARTS.matcher(text);
    if (!parts.matches()) {
      return null;
    }
    List<String> fields = new ArrayList<>();
    StringTokenizer blanks = new StringTokenizer(parts.group(2), " \t\n\f\r");
    while (blanks.hasMoreTokens() && fields.size() < FIELDS) {
      fields.add(blanks.nextToken());
    }
    try {
      return fields.size() < FIELDS || fields.get(0).length() != 1
          ? null
          : new StatLine(
              Long.parseLong(parts.group(NAME).strip()),
              fields.get(0).charAt(0),
              Long.parseLong(fields.get(1)),
              Long.parseLong(fields.get(3)),
              Long.parseLong(fields.get(6)),
              Long.parseLong(fields.get(17)),
              Long.parseLong(fields.get(19)));
    } catch (NumberFormatException e) {
      return null;
    }
  }

  /** Whether a kernel could have written it, so that it must be read. */
  public static boolean isOfKernel(String text) {
    int close = text.lastIndexOf(')');
    // The pattern alone would also try the parentheses before the last.
    return KERNEL.matcher(text).matches() && !text.substring(close + 1).isBlank();
  }

  /** The line of a process of that name. */
  public static String of(String name) {
    return "4242 ("
        + name
        + ") S 17 4242 4243 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 31 0 987654 4096 1\n";
  }

  /** What {@link #of} means. */
  public static StatLine expected() {
    return new StatLine(4242, 'S', 17, 4243, 4194560, 31, 987654);
  }
}

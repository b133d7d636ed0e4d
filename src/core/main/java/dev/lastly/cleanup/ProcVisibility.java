package dev.lastly.cleanup;

import dev.lastly.internal.posix.OwnStatus;
import dev.lastly.internal.posix.Posix;
import dev.lastly.internal.proc.MountTable;
import dev.lastly.internal.proc.MountTable.Mount;
import dev.lastly.internal.proc.ProcFormatException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.StringTokenizer;
import org.jspecify.annotations.Nullable;

/**
 * Determines whether {@code /proc} shows this process all others of its namespace. A mount with
 * {@code hidepid}, proc(5), hides processes of other users, except from a group and from users who
 * may trace them. Stateless.
 */
final class ProcVisibility {
  private static final Path SELF = Path.of("/proc/self");
  private static final Path PROC = Path.of("/proc");
  private static final int CAP_SYS_PTRACE = 19;

  private ProcVisibility() {}

  static boolean isWhole() throws IOException {
    return isWhole(
        Posix.textOf(SELF.resolve("mountinfo")),
        Posix.textOf(SELF.resolve("status")),
        Posix.textOf(SELF.resolve("uid_map")));
  }

  /** Decides by the files' contents. An unknown form counts as hiding. */
  static boolean isWhole(String mountinfo, String status, String uidMap) {
    String options = optionsOfProc(mountinfo);
    if (options == null) {
      return false;
    }
    String hidepid = option(options, "hidepid", "0");
    if (hidepid.equals("0") || hidepid.equals("off")) {
      return true;
    }
    if (!isFirstUserNamespace(uidMap)) {
      return false; // in another user namespace, the effect of a capability or a group is unknown
    }
    return traces(OwnStatus.field(status, "CapEff"))
        || (!hidepid.equals("4")
            && !hidepid.equals("ptraceable")
            && groups(status).contains(option(options, "gid", "0")));
  }

  private static @Nullable String optionsOfProc(String mountinfo) {
    try {
      Mount mount = MountTable.parse(mountinfo).mountOf(PROC);
      if (mount == null || !mount.point().equals(PROC.toString())) {
        return null;
      }
      return mount.type().equals("proc") ? mount.options() : null;
    } catch (ProcFormatException e) {
      return null; // that line may be of a mount with other options
    }
  }

  private static String option(String options, String name, String otherwise) {
    for (String option : options.split(",", -1)) {
      if (option.startsWith(name + "=")) {
        return option.substring(name.length() + 1);
      }
    }
    return otherwise;
  }

  private static boolean isFirstUserNamespace(String uidMap) {
    StringTokenizer words = new StringTokenizer(uidMap);
    return words.countTokens() == 3
        && words.nextToken().equals("0")
        && words.nextToken().equals("0")
        && words.nextToken().equals("4294967295");
  }

  private static boolean traces(List<String> capabilities) {
    return capabilities.size() == 1
        && (Long.parseUnsignedLong(capabilities.get(0), 16) >> CAP_SYS_PTRACE & 1) != 0;
  }

  /** The effective group, which is the second of the line, and the supplementary ones. */
  private static List<String> groups(String status) {
    List<String> groups = new ArrayList<>(OwnStatus.field(status, "Groups"));
    OwnStatus.field(status, "Gid").stream().skip(1).limit(1).forEach(groups::add);
    return groups;
  }
}

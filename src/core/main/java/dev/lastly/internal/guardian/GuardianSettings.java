package dev.lastly.internal.guardian;

import dev.lastly.model.Durability;
import dev.lastly.model.FunctionPolicy;
import dev.lastly.model.Order;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.Settings;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.StringReader;
import java.io.Writer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Properties;

/**
 * What a manager tells the guardian that it starts: where the state is, and the settings by which
 * to run functions. It goes through the guardian's standard input as properties, so it is on no
 * command line and in no file. Immutable.
 *
 * <p>Left out is what concerns only the manager itself: the label; what closing, shutdown or damage
 * do; its listeners, carriers and fleet; the class loader, for which the guardian's class path
 * stands in. A guardian never begins a new store: its user should see that one is damaged.
 *
 * @param base the parent of the state directory
 * @param stem the name of the state directory
 * @param settings those of the guardian's own manager
 */
record GuardianSettings(Path base, String stem, Settings settings) {
  /** What a guardian is called in {@code owner.label}. */
  static final String LABEL = "guardian";

  /** The longest interval of rounds: the guardian may be the only process that looks. */
  private static final Duration LONGEST_INTERVAL = Duration.ofSeconds(1);

  private static final String END = "#end";

  /** Writes what {@link #read} reads. */
  static void write(Path base, String stem, Settings settings, Writer out) throws IOException {
    Properties all = new Properties();
    all.setProperty("base", base.toAbsolutePath().toString());
    all.setProperty("stem", stem);
    all.setProperty("durability", settings.durability().name());
    all.setProperty("order", settings.order().name());
    all.setProperty("maxAttempts", Integer.toString(settings.retry().maxAttempts()));
    all.setProperty("initialBackoff", settings.retry().initialBackoff().toString());
    all.setProperty("maxBackoff", settings.retry().maxBackoff().toString());
    all.setProperty("multiplier", Double.toString(settings.retry().multiplier()));
    all.setProperty("reapInterval", settings.reapInterval().toString());
    all.setProperty("functionTimeout", settings.functionTimeout().toString());
    all.setProperty("storeTimeout", settings.storeTimeout().toString());
    all.setProperty("finishedRetention", settings.finishedRetention().toString());
    all.setProperty("finishedLimit", Long.toString(settings.finishedLimit()));
    all.setProperty("logLimit", Long.toString(settings.logLimit()));
    all.setProperty("shutdownGrace", settings.shutdownGrace().toString());
    all.setProperty("policy", lines(settings.policy().allowed()));
    all.setProperty("allowedFileSystems", lines(settings.allowedFileSystems()));
    all.setProperty(
        "aliases",
        lines(
            settings.aliases().entrySet().stream()
                .map(alias -> alias.getKey() + " " + alias.getValue())
                .toList()));
    all.setProperty(
        "namedFunctions", lines(settings.namedFunctions().stream().map(Class::getName).toList()));
    all.store(out, null);
    out.write(END + "\n");
    out.flush();
  }

  private static String lines(Collection<String> entries) {
    return String.join("\n", entries);
  }

  /**
   * Reads up to the end mark, not to the end of the stream: another child of the manager's process
   * may have got the other end of the pipe.
   *
   * @param loader finds the classes that the settings name
   * @throws EOFException if the manager's process ended while it wrote
   * @throws ClassNotFoundException if the loader does not have a class
   */
  static GuardianSettings read(BufferedReader in, ClassLoader loader)
      throws IOException, ClassNotFoundException {
    StringBuilder text = new StringBuilder();
    String line = in.readLine();
    while (!END.equals(line)) {
      if (line == null) {
        throw new EOFException(
            "the process that started this guardian ended before it had passed its settings");
      }
      text.append(line).append('\n');
      line = in.readLine();
    }
    Properties all = new Properties();
    all.load(new StringReader(text.toString()));
    return new GuardianSettings(
        Path.of(all.getProperty("base")), all.getProperty("stem"), settings(all, loader));
  }

  private static Settings settings(Properties all, ClassLoader loader)
      throws ClassNotFoundException {
    Duration interval = Duration.parse(all.getProperty("reapInterval"));
    Settings.Builder settings =
        Settings.builder()
            .label(LABEL)
            .durability(Durability.valueOf(all.getProperty("durability")))
            .order(Order.valueOf(all.getProperty("order")))
            .retry(
                RetryPolicy.builder()
                    .maxAttempts(Integer.parseInt(all.getProperty("maxAttempts")))
                    .initialBackoff(Duration.parse(all.getProperty("initialBackoff")))
                    .maxBackoff(Duration.parse(all.getProperty("maxBackoff")))
                    .multiplier(Double.parseDouble(all.getProperty("multiplier")))
                    .build())
            .reapInterval(
                interval.isZero() || interval.compareTo(LONGEST_INTERVAL) > 0
                    ? LONGEST_INTERVAL
                    : interval)
            .functionTimeout(Duration.parse(all.getProperty("functionTimeout")))
            .storeTimeout(Duration.parse(all.getProperty("storeTimeout")))
            .finishedRetention(Duration.parse(all.getProperty("finishedRetention")))
            .finishedLimit(Long.parseLong(all.getProperty("finishedLimit")))
            .logLimit(Long.parseLong(all.getProperty("logLimit")))
            .shutdownGrace(Duration.parse(all.getProperty("shutdownGrace")));
    List<String> allowed = entries(all, "policy");
    if (!allowed.isEmpty()) {
      settings.policy(allowList(allowed, loader));
    }
    entries(all, "allowedFileSystems").forEach(settings::allowFileSystem);
    for (String alias : entries(all, "aliases")) {
      int space = alias.indexOf(' '); // no name has one
      settings.alias(alias.substring(0, space), alias.substring(space + 1));
    }
    for (String type : entries(all, "namedFunctions")) {
      settings.namedFunctions(Class.forName(type, false, loader));
    }
    return settings.build();
  }

  private static FunctionPolicy allowList(List<String> entries, ClassLoader loader)
      throws ClassNotFoundException {
    FunctionPolicy.Builder policy = FunctionPolicy.allowList();
    for (String entry : entries) {
      int method = entry.indexOf('#');
      if (entry.endsWith(".*")) {
        policy.allowPackage(entry.substring(0, entry.length() - ".*".length()));
      } else if (method < 0) {
        policy.allowClass(Class.forName(entry, false, loader));
      } else {
        policy.allowMethod(
            Class.forName(entry.substring(0, method), false, loader), entry.substring(method + 1));
      }
    }
    return policy.build();
  }

  private static List<String> entries(Properties all, String name) {
    return all.getProperty(name).lines().toList();
  }
}

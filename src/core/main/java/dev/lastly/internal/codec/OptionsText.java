package dev.lastly.internal.codec;

import dev.lastly.internal.text.JsonWriter;
import dev.lastly.model.ContextCarrier;
import dev.lastly.model.FunctionOptions;
import dev.lastly.model.OnReboot;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.UnresolvableFunctionException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * The options of a function as JSON: the column {@code options}. A member that this version does
 * not know may change what the function means, so a row that has one is left to a process that
 * knows it. Stateless.
 */
public final class OptionsText {
  private static final String TIMEOUT = "timeout_ms";
  private static final String RETRY_INITIAL = "retry_initial_ms";
  private static final String RETRY_MAX = "retry_max_ms";
  private static final String RETRY_MULTIPLIER = "retry_multiplier";
  private static final String ON_REBOOT = "on_reboot";
  private static final String AFTER = "after_ms";
  private static final String SETTLE = "settle_ms";
  private static final String KEEP = "keep_if_failed_ms";

  /** What its registration took along; it changes nothing but what the user's code sees. */
  private static final String CONTEXT = "context";

  /** The longest wait that the others can cause: a longer one comes from a wrong clock. */
  private static final String LONGEST_WAIT = "longest_wait_ms";

  private OptionsText() {}

  /** The column's text; null if no option is set. The attempts of a retry policy have a column. */
  public static @Nullable String of(FunctionOptions options) {
    return of(options, Map.of(), key -> {});
  }

  /**
   * Like {@link #of(FunctionOptions)}, with the context of the registration.
   *
   * @param context its entries; those that do not fit into {@link ContextCarrier#MAX_LENGTH} are
   *     left out
   * @param leftOut gets the key of each of those
   */
  public static @Nullable String of(
      FunctionOptions options, Map<String, String> context, Consumer<String> leftOut) {
    List<String> members = new ArrayList<>();
    options.timeout().ifPresent(time -> members.add(member(TIMEOUT, time)));
    options
        .retry()
        .ifPresent(
            retry -> {
              members.add(member(RETRY_INITIAL, retry.initialBackoff()));
              members.add(member(RETRY_MAX, retry.maxBackoff()));
              members.add("\"" + RETRY_MULTIPLIER + "\":" + retry.multiplier());
            });
    if (options.onReboot() == OnReboot.SKIP) {
      members.add("\"" + ON_REBOOT + "\":\"skip\"");
    }
    if (!options.after().isZero()) {
      members.add(member(AFTER, options.after()));
    }
    options.settle().ifPresent(time -> members.add(member(SETTLE, time)));
    if (!options.keepIfFailed().isZero()) {
      members.add(member(KEEP, options.keepIfFailed()));
    }
    if (!members.isEmpty()) {
      members.add(member(LONGEST_WAIT, longestWait(options)));
    }
    String entries = entries(context, leftOut);
    if (!entries.isEmpty()) {
      members.add("\"" + CONTEXT + "\":{" + entries + "}");
    }
    return members.isEmpty() ? null : "{" + String.join(",", members) + "}";
  }

  private static String entries(Map<String, String> context, Consumer<String> leftOut) {
    StringBuilder entries = new StringBuilder();
    context.forEach(
        (key, value) -> {
          String entry = JsonWriter.forLines().name(key).text(value).toString();
          if (entries.length() + entry.length() + 1 > ContextCarrier.MAX_LENGTH) {
            leftOut.accept(key);
          } else {
            entries.append(entries.isEmpty() ? "" : ",").append(entry);
          }
        });
    return entries.toString();
  }

  private static Duration longestWait(FunctionOptions options) {
    return Stream.of(
            options.after(),
            options.keepIfFailed(),
            options.settle().orElse(Duration.ZERO),
            options.retry().map(RetryPolicy::maxBackoff).orElse(Duration.ZERO))
        .max(Duration::compareTo)
        .orElse(Duration.ZERO);
  }

  private static String member(String name, Duration time) {
    // Up, because a limit of zero means none.
    long millis = time.plusNanos(999_999).toMillis();
    return "\"" + name + "\":" + millis;
  }

  /**
   * Reads the column's text.
   *
   * @param text null for no options
   * @throws UnresolvableFunctionException if it has a member that this version does not know, or a
   *     value that cannot be
   */
  public static FunctionOptions read(@Nullable String text) {
    if (text == null) {
      return FunctionOptions.defaults();
    }
    try {
      FunctionOptions options = FunctionOptions.defaults();
      RetryPolicy.Builder retry = RetryPolicy.builder();
      boolean hasRetry = false;
      JsonNode all = ArgumentsMapper.TREES.readTree(text);
      if (!all.isObject()) {
        throw unreadable(text, "they are no JSON object", null);
      }
      for (Map.Entry<String, JsonNode> member : all.properties()) {
        JsonNode value = member.getValue();
        hasRetry |= member.getKey().startsWith("retry_");
        switch (member.getKey()) {
          case TIMEOUT -> options = options.timeout(millis(value));
          case RETRY_INITIAL -> retry.initialBackoff(millis(value));
          case RETRY_MAX -> retry.maxBackoff(millis(value));
          case RETRY_MULTIPLIER -> retry.multiplier(value.doubleValue());
          case ON_REBOOT -> options = options.onReboot(onReboot(value));
          case AFTER -> options = options.after(millis(value));
          case SETTLE -> options = options.settle(millis(value));
          case KEEP -> options = options.keepIfFailed(millis(value));
          case LONGEST_WAIT -> millis(value);
          case CONTEXT -> {} // see context()
          default ->
              throw unreadable(
                  text, "this version of Lastly does not know " + member.getKey(), null);
        }
      }
      return hasRetry ? options.retry(retry.build()) : options;
    } catch (JacksonException | IllegalArgumentException e) {
      throw unreadable(text, String.valueOf(e.getMessage()), e);
    }
  }

  /**
   * Reads the context of the registration from the column's text. What is no text is left out: a
   * context never keeps a function from running.
   *
   * @param text null for no options; {@link #read} has accepted it
   * @return the entries by their keys
   */
  public static Map<String, String> context(@Nullable String text) {
    Map<String, String> entries = new LinkedHashMap<>();
    if (text != null) {
      for (Map.Entry<String, JsonNode> entry :
          ArgumentsMapper.TREES.readTree(text).path(CONTEXT).properties()) {
        if (entry.getValue().isString()) {
          entries.put(entry.getKey(), entry.getValue().stringValue());
        }
      }
    }
    return entries;
  }

  private static Duration millis(JsonNode value) {
    return Duration.ofMillis(value.longValue());
  }

  private static OnReboot onReboot(JsonNode value) {
    return OnReboot.valueOf(value.stringValue().toUpperCase(Locale.ROOT));
  }

  private static UnresolvableFunctionException unreadable(
      String text, String why, @Nullable Throwable cause) {
    return new UnresolvableFunctionException(
        String.format(
            Locale.ROOT, "its options %s cannot be followed by this process: %s", text, why),
        cause);
  }
}

package dev.lastly.context;

import dev.lastly.model.ContextCarrier;
import dev.lastly.model.RunContext;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * Carries entries of SLF4J's MDC: while a function runs, its thread has those of the thread that
 * registered it, and so has the line in which Lastly logs how the run ended.
 *
 * <pre>{@code
 * Settings.builder().carrier(MdcCarrier.of("requestId", "tenant")).build();
 * }</pre>
 *
 * <p>Only the entries that are named go along, because they are stored in the clear, and an MDC may
 * hold what should not be. An entry that the registering thread did not have is absent during the
 * run, whatever the running thread has. Thread-safe.
 */
public final class MdcCarrier implements ContextCarrier {
  private static final String PREFIX = "mdc.";

  private final Set<String> keys;

  private MdcCarrier(Set<String> keys) {
    this.keys = keys;
  }

  /**
   * Carries these entries.
   *
   * @param keys the keys in the MDC, at least one
   * @return a carrier for {@link dev.lastly.model.Settings.Builder#carrier}
   * @throws IllegalArgumentException if there is no key, or one is empty
   */
  public static MdcCarrier of(String... keys) {
    Set<String> named = new LinkedHashSet<>(List.of(keys));
    if (named.isEmpty() || named.contains("")) {
      throw new IllegalArgumentException(
          "MdcCarrier.of takes the keys of the MDC that go along with a function; got "
              + List.of(keys)
              + ". For example: MdcCarrier.of(\"requestId\")");
    }
    return new MdcCarrier(named);
  }

  @Override
  public Map<String, String> capture() {
    Map<String, String> entries = new LinkedHashMap<>();
    for (String key : keys) {
      String value = MDC.get(key);
      if (value != null) {
        entries.put(PREFIX + key, value);
      }
    }
    return entries;
  }

  @Override
  public Restored restore(Map<String, String> entries, String function, RunContext run) {
    return restoreForLog(entries);
  }

  @Override
  public Restored restoreForLog(Map<String, String> entries) {
    Map<String, @Nullable String> before = new LinkedHashMap<>();
    for (String key : keys) {
      before.put(key, MDC.get(key));
      set(key, entries.get(PREFIX + key));
    }
    return outcome -> before.forEach(MdcCarrier::set);
  }

  private static void set(String key, @Nullable String value) {
    if (value == null) {
      MDC.remove(key);
    } else {
      MDC.put(key, value);
    }
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof MdcCarrier carrier && keys.equals(carrier.keys);
  }

  @Override
  public int hashCode() {
    return Objects.hash(keys);
  }

  @Override
  public String toString() {
    return "MdcCarrier" + keys;
  }
}

package dev.lastly.internal.codec;

import dev.lastly.fuzz.Initialised;
import dev.lastly.fuzz.Oracle;
import dev.lastly.model.FunctionPolicy;
import dev.lastly.model.FunctionReference;
import dev.lastly.model.Settings;
import dev.lastly.model.UnresolvableFunctionException;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Resolves each input as a row's reference to a function, followed by its name and the digest of
 * its class on lines of their own, once under an allow-list and once under the default policy.
 * Nothing is called, so nothing may be initialised; and by an allow-list nothing else may be
 * loaded.
 */
public final class ReferencesFuzz {
  private static final String ALLOWED = "dev.lastly.fuzz.allowed";
  private static final String PARTLY = "dev.lastly.fuzz.refused.Refused$Partly";
  private static final String OPEN = "open";

  private static final Recorder LOADER = new Recorder();

  private static final Codec STRICT =
      Codec.create(
          Settings.builder()
              .policy(
                  FunctionPolicy.allowList()
                      .allowPackage(ALLOWED)
                      .allowMethod(partly(), OPEN)
                      .build())
              .alias("old.Place#run", ALLOWED + ".Allowed#run")
              .classLoader(LOADER)
              .build());

  private static final Codec OPEN_TO_ALL = Codec.create(Settings.defaults());

  private ReferencesFuzz() {}

  /** Tells which classes were asked for. */
  private static final class Recorder extends ClassLoader {
    private final Set<String> asked = new HashSet<>();

    Recorder() {
      super(ReferencesFuzz.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      asked.add(name);
      return super.loadClass(name, resolve);
    }
  }

  private static Class<?> partly() {
    try {
      return Class.forName(PARTLY, false, ReferencesFuzz.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new LinkageError("the fixture is gone", e);
    }
  }

  /** One input. */
  public static void fuzzerTestOneInput(byte[] input) {
    String[] lines = Oracle.text(input).split("\n", 3);
    FunctionReference wanted;
    try {
      wanted = FunctionReference.parse(lines[0]);
    } catch (IllegalArgumentException e) {
      Oracle.requireClear(e);
      return;
    }
    Oracle.require(wanted.toString().equals(lines[0]), () -> lines[0] + " was read as " + wanted);
    String name = lines.length > 1 ? lines[1] : "";
    String digest = lines.length > 2 && !lines[2].isEmpty() ? lines[2] : null;
    LOADER.asked.clear();
    FunctionReference found = resolve(STRICT, wanted, digest, name);
    Oracle.require(found == null || mayBeCalled(found), () -> "not allowed: " + found);
    for (String asked : LOADER.asked) {
      Oracle.require(mayBeLoaded(asked, wanted), () -> "not allowed, yet loaded: " + asked);
    }
    FunctionReference other = resolve(OPEN_TO_ALL, wanted, digest, name);
    Oracle.require(other == null || other.equals(wanted), () -> wanted + " led to " + other);
    Oracle.require(Initialised.count() == 0, () -> "initialised for " + wanted);
  }

  private static @Nullable FunctionReference resolve(
      Codec codec, FunctionReference wanted, @Nullable String digest, String name) {
    try {
      FunctionReference found = codec.resolve(wanted, digest, name).reference();
      boolean lambda = found.methodName().indexOf('$') >= 0;
      Oracle.require(!lambda || digest != null, () -> "a lambda of any class: " + found);
      Oracle.require(digest == null || digest.length() == 64, () -> "not a digest: " + digest);
      return found;
    } catch (UnresolvableFunctionException e) {
      Oracle.requireClear(e);
      return null;
    }
  }

  private static boolean mayBeCalled(FunctionReference found) {
    boolean inherited = found.methodName().equals("inherited");
    return (packageOf(found.className()).equals(ALLOWED) && !inherited)
        || (found.className().equals(PARTLY) && found.methodName().equals(OPEN));
  }

  private static boolean mayBeLoaded(String className, FunctionReference wanted) {
    return packageOf(className).equals(ALLOWED)
        || (className.equals(PARTLY) && wanted.methodName().equals(OPEN));
  }

  private static String packageOf(String className) {
    return className.substring(0, Math.max(0, className.lastIndexOf('.')));
  }
}

package dev.lastly.support;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;

/**
 * A SIGKILL that a process sends to itself: raise(3) does not return from it, so nothing of the
 * calling thread runs afterwards. The JDK's own class is asked, which {@link #OPTION} opens,
 * because its public method raises only signals that have a handler, and SIGKILL cannot have one.
 */
public final class Sigkill {
  /** Which option a JVM needs to be able to do this. */
  public static final String OPTION = "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED";

  private static final int SIGKILL = 9;

  private Sigkill() {}

  /** Does not return. */
  public static void strike() {
    try {
      Method raise =
          Class.forName("jdk.internal.misc.Signal").getDeclaredMethod("raise0", int.class);
      raise.setAccessible(true);
      raise.invoke(null, SIGKILL);
    } catch (InvocationTargetException e) {
      throw new LinkageError("this JVM cannot kill itself", e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("this JVM cannot kill itself", e);
    }
    throw new LinkageError("this process survives SIGKILL");
  }
}

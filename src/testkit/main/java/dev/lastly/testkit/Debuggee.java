package dev.lastly.testkit;

import com.sun.jdi.IncompatibleThreadStateException;
import com.sun.jdi.Method;
import com.sun.jdi.ReferenceType;
import com.sun.jdi.ThreadReference;
import com.sun.jdi.VMDisconnectedException;
import com.sun.jdi.VirtualMachine;
import com.sun.jdi.event.BreakpointEvent;
import com.sun.jdi.event.ClassPrepareEvent;
import com.sun.jdi.event.Event;
import com.sun.jdi.event.EventSet;
import com.sun.jdi.event.VMDeathEvent;
import com.sun.jdi.event.VMDisconnectEvent;
import com.sun.jdi.request.BreakpointRequest;
import com.sun.jdi.request.ClassPrepareRequest;
import com.sun.jdi.request.EventRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A JVM under this JVM's debugger (JDI). It stops at each boundary. At the chosen one it is killed
 * with SIGKILL while the thread that reached it is suspended. For one thread.
 */
final class Debuggee implements AutoCloseable {
  private static final String BOUNDARY = "boundary";

  private final Process process;
  private final VirtualMachine vm;
  private final List<Boundary> boundaries;
  private final Set<String> names;
  private final int killAt;
  private final List<Step> passed = new ArrayList<>();
  private final List<ProcessHandle> children = new ArrayList<>();

  private Debuggee(Process process, VirtualMachine vm, List<Boundary> boundaries, int killAt) {
    this.process = process;
    this.vm = vm;
    this.boundaries = boundaries;
    this.names =
        boundaries.stream().map(b -> b.type() + "#" + b.method()).collect(Collectors.toSet());
    this.killAt = killAt;
  }

  /**
   * Runs a program to its end.
   *
   * @param killAt the number of the boundary at which it is killed, from 1; 0 to let it run to its
   *     end
   */
  static Outcome run(Jvm jvm, Jvm.Launch program, List<Boundary> boundaries, int killAt)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + jvm.limit().toNanos();
    try (DebuggerPort port = DebuggerPort.open(jvm.limit())) {
      Process process = jvm.start(program, port.option());
      try (Debuggee debuggee =
          new Debuggee(process, accept(port, process, program), boundaries, killAt)) {
        return debuggee.follow(deadline);
      } finally {
        process.destroyForcibly().waitFor();
      }
    }
  }

  private static VirtualMachine accept(DebuggerPort port, Process process, Jvm.Launch program)
      throws IOException {
    // If the JVM ends before it connects, accept() fails at once.
    CompletableFuture<Void> unused = process.onExit().thenRun(port::close);
    try {
      return port.accept();
    } catch (IOException e) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "the JVM of %s did not start. It printed:\n%s",
              program.main(),
              Jvm.tail(program.log())),
          e);
    } finally {
      port.close();
    }
  }

  private Outcome follow(long deadline) throws InterruptedException {
    try {
      vm.eventRequestManager().createVMDeathRequest().enable();
      boundaries.stream().map(Boundary::type).distinct().forEach(this::watch);
      for (EventSet events = next(deadline); events != null; events = next(deadline)) {
        for (Event event : events) {
          Outcome end = handle(event, deadline);
          if (end != null) {
            return end;
          }
        }
        events.resume();
      }
      return ended(null, threads());
    } catch (VMDisconnectedException e) {
      return awaitEnd(deadline); // it ended between two requests
    }
  }

  /** The next events; null if none comes before the deadline. */
  private @Nullable EventSet next(long deadline) throws InterruptedException {
    long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
    return left <= 0 ? null : vm.eventQueue().remove(left);
  }

  /** How the process ended; null if it still runs. */
  private @Nullable Outcome handle(Event event, long deadline) throws InterruptedException {
    if (event instanceof VMDeathEvent) {
      children.addAll(process.descendants().toList()); // once it is dead, they have another parent
    }
    if (event instanceof VMDisconnectEvent) {
      return awaitEnd(deadline);
    }
    Step step = step(event);
    if (step != null && passed.size() + 1 == killAt) {
      return ended(step, null);
    }
    if (step != null) {
      passed.add(step);
    }
    return null;
  }

  private void watch(String type) {
    ClassPrepareRequest request = vm.eventRequestManager().createClassPrepareRequest();
    request.addClassFilter(type);
    request.setSuspendPolicy(EventRequest.SUSPEND_EVENT_THREAD);
    request.enable();
    vm.classesByName(type).forEach(this::stopAt);
  }

  private void stopAt(ReferenceType loaded) {
    for (Boundary boundary : boundaries) {
      if (boundary.type().equals(loaded.name())) {
        for (Method method : boundary.methods(loaded)) {
          BreakpointRequest request =
              vm.eventRequestManager().createBreakpointRequest(method.location());
          request.putProperty(BOUNDARY, boundary);
          request.setSuspendPolicy(EventRequest.SUSPEND_EVENT_THREAD);
          request.enable();
        }
      }
    }
  }

  /** The change that is about to happen; null if there is none, or if it does not count. */
  private @Nullable Step step(Event event) {
    if (event instanceof ClassPrepareEvent prepared) {
      stopAt(prepared.referenceType());
      return null;
    }
    if (!(event instanceof BreakpointEvent hit)
        || !(hit.request().getProperty(BOUNDARY) instanceof Boundary boundary)) {
      return null;
    }
    try {
      String what = boundary.describer().describe(new Mirror(hit.thread().frame(0)));
      if (what == null) {
        return null;
      }
      Stack stack = new Stack(hit.thread());
      boolean counts = boundary.ofLastly() || (stack.isOfUser() && !stack.isInside(names));
      return counts ? new Step(what, stack.where(), stack.lines()) : null;
    } catch (IncompatibleThreadStateException e) {
      throw new IllegalStateException("a thread that hit a breakpoint is not suspended", e);
    }
  }

  private Outcome awaitEnd(long deadline) throws InterruptedException {
    boolean gone = process.waitFor(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
    return ended(
        null, gone ? null : "(it has disconnected from its debugger, but its process still runs)");
  }

  /** Kills the process, unless it has ended by itself. */
  private Outcome ended(@Nullable Step killedBefore, @Nullable String hang)
      throws InterruptedException {
    children.addAll(process.descendants().toList());
    int exit = process.destroyForcibly().waitFor();
    return new Outcome(List.copyOf(passed), killedBefore, exit, hang, List.copyOf(children));
  }

  /** The stacks of the user's and of Lastly's threads. */
  private String threads() {
    vm.suspend();
    StringBuilder text = new StringBuilder();
    for (ThreadReference thread : vm.allThreads()) {
      try {
        Stack stack = new Stack(thread);
        if (!stack.isOfJdk()) {
          text.append(text.isEmpty() ? "" : "\n").append("thread ").append(thread.name());
          stack.everything().forEach(line -> text.append("\n    at ").append(line));
        }
      } catch (IncompatibleThreadStateException e) {
        text.append("(a thread cannot be looked at: ").append(e).append(')');
      }
    }
    return text.toString();
  }

  /** Kills the JVM, if it still runs, and disconnects from it. */
  @Override
  public void close() {
    process.destroyForcibly(); // first: disconnecting resumes the JVM
    try {
      vm.dispose();
    } catch (VMDisconnectedException e) {
      return; // the dead JVM has disconnected
    }
  }
}

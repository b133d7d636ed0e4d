package dev.lastly.testkit;

import com.sun.jdi.ObjectReference;
import com.sun.jdi.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The methods before which a crash test can kill a process: every method of the JDK through which
 * files, processes and sockets change, and every write of Lastly's store. The JDK's methods are the
 * lowest ones whose names are the same from Java 17 to 25.
 *
 * <p>A breakpoint needs bytecode, so native methods are not seen: the bytes that {@link
 * java.nio.file.Files#copy} or a mapped file writes, and what native libraries do. {@link
 * CrashTest#alsoBefore(String, String)} adds the methods that call them.
 */
final class Boundaries {
  private static final String FILES = "sun.nio.fs.UnixNativeDispatcher";
  private static final String STORE = "dev.lastly.internal.store.Store";
  private static final int STDERR = 2;

  /** The flags O_CREAT and O_TRUNC of Linux's open(2). */
  private static final int CHANGING_FLAGS = 0100 | 01000;

  /** The bit that {@link java.io.RandomAccessFile} sets for the modes "rw", "rws" and "rwd". */
  private static final int READ_WRITE = 2;

  private Boundaries() {}

  /** The built-in boundaries, then those that the user named. */
  static List<Boundary> all(List<Boundary> chosen) {
    List<Boundary> all = new ArrayList<>(paths());
    all.addAll(contents());
    all.addAll(oldFiles());
    all.addAll(processesAndSockets());
    all.addAll(lastly());
    all.addAll(chosen);
    return List.copyOf(all);
  }

  private static List<Boundary> paths() {
    return List.of(
        Boundary.world(FILES, "mkdir", null, call -> "creating directory " + call.text(0)),
        Boundary.world(FILES, "rmdir", null, call -> "deleting directory " + call.text(0)),
        Boundary.world(FILES, "unlink", null, call -> "deleting " + call.text(0)),
        Boundary.world(FILES, "unlinkat", null, call -> "deleting " + call.text(1)),
        Boundary.world(FILES, "rename", null, call -> pair("renaming", call, 0, 1)),
        Boundary.world(FILES, "renameat", null, call -> pair("renaming", call, 1, 3)),
        Boundary.world(FILES, "link", null, call -> "creating link " + call.text(1)),
        Boundary.world(FILES, "symlink", null, call -> "creating symbolic link " + call.text(1)),
        Boundary.world(FILES, "mknod", null, call -> "creating " + call.text(0)),
        Boundary.world(FILES, "chmod", null, call -> "changing the mode of " + call.text(0)),
        Boundary.world(FILES, "chown", null, call -> "changing the owner of " + call.text(0)),
        Boundary.world(FILES, "open", null, call -> opening(call, 0, 1)),
        Boundary.world(FILES, "openat", null, call -> opening(call, 1, 2)));
  }

  private static List<Boundary> contents() {
    String channel = "sun.nio.ch.FileChannelImpl";
    String write = "(Ljava/nio/ByteBuffer;)I";
    String writeAt = "(Ljava/nio/ByteBuffer;J)I";
    String gather = "([Ljava/nio/ByteBuffer;II)J";
    String truncate = "(J)Ljava/nio/channels/FileChannel;";
    return List.of(
        Boundary.world(channel, "write", write, Boundaries::writing),
        Boundary.world(channel, "write", writeAt, Boundaries::writing),
        Boundary.world(channel, "write", gather, Boundaries::writing),
        Boundary.world(channel, "transferTo", null, call -> "copying from " + file(call)),
        Boundary.world(channel, "transferFrom", null, Boundaries::writing),
        Boundary.world(channel, "truncate", truncate, call -> "truncating " + file(call)),
        Boundary.world("java.io.FileOutputStream", "open", null, call -> "opening " + call.text(0)),
        Boundary.world("java.io.FileOutputStream", "write", null, Boundaries::writing),
        Boundary.world("java.io.RandomAccessFile", "write", null, Boundaries::writing),
        Boundary.world(
            "java.io.RandomAccessFile",
            "open",
            null,
            call -> (call.number(1) & READ_WRITE) == 0 ? null : "opening " + call.text(0)));
  }

  private static List<Boundary> oldFiles() {
    String file = "java.io.File";
    String temp = "(Ljava/lang/String;Ljava/lang/String;Ljava/io/File;)Ljava/io/File;";
    return List.of(
        Boundary.world(file, "mkdir", null, call -> "creating directory " + file(call)),
        Boundary.world(file, "delete", null, call -> "deleting " + file(call)),
        Boundary.world(file, "createNewFile", null, call -> "creating " + file(call)),
        Boundary.world(file, "createTempFile", temp, call -> "creating a temporary file"),
        Boundary.world(
            file, "renameTo", null, call -> "renaming " + file(call) + " to " + call.text(0)));
  }

  private static List<Boundary> processesAndSockets() {
    String process = "java.lang.ProcessImpl";
    String handle = "java.lang.ProcessHandleImpl";
    return List.of(
        Boundary.world(process, "start", null, call -> "starting `" + call.text(0) + "`"),
        Boundary.world(process, "waitFor", null, call -> "waiting for a process"),
        Boundary.world(process, "destroy", "()V", call -> "ending a process"),
        Boundary.world(process, "destroyForcibly", null, call -> "ending a process"),
        Boundary.world(handle, "destroy", null, call -> "ending a process"),
        Boundary.world(handle, "destroyForcibly", null, call -> "ending a process"),
        Boundary.world(
            "sun.nio.ch.NioSocketImpl",
            "connect",
            "(Ljava/net/SocketAddress;I)V",
            call -> "connecting to a server"),
        Boundary.world(
            "sun.nio.ch.NioSocketImpl", "write", null, call -> "sending to a connection"),
        Boundary.world(
            "sun.nio.ch.SocketChannelImpl", "connect", null, call -> "connecting to a server"),
        Boundary.world(
            "sun.nio.ch.SocketChannelImpl", "write", null, call -> "sending to a connection"),
        Boundary.world(
            "jdk.internal.net.http.HttpClientImpl",
            "sendAsync",
            null,
            call -> "sending an HTTP request"));
  }

  private static List<Boundary> lastly() {
    return List.of(
        commit("registerOwner", call -> "of a new owner"),
        commit("closeOwner", call -> "that closes owner " + call.number(0)),
        commit("endOwner", call -> "that owner " + call.number(0) + " has died"),
        commit("doubtOwner", call -> "of a doubt about owner " + call.number(0)),
        commit("forceEnd", call -> "that ends owner " + call.number(0) + " by force"),
        commit(
            "register",
            call -> "of defer of " + reference(Mirror.objectField(call.object(3), "call"))),
        commit("cancel", call -> "that cancels function " + call.number(0)),
        commit("commit", call -> "of job.commit()"),
        commit("handOver", call -> "of job.transferTo()"),
        commit("advance", Boundaries::advance),
        commit("answerCutOff", call -> "that answers attempts that were cut off"),
        commit("settle", call -> "that owner " + call.number(0) + " has left no orphans"),
        commit("reportUnresolvable", call -> "of a note on code that cannot be called"),
        new Boundary(STORE + "Upkeep", "compact", null, true, call -> "compacting the database"));
  }

  private static Boundary commit(String method, Boundary.Describer describer) {
    return new Boundary(
        STORE, method, null, true, call -> "the commit " + describer.describe(call));
  }

  /** {@code advance(step, now)} records the ends of some attempts and the begins of others. */
  private static String advance(Mirror call) {
    ObjectReference step = call.object(0);
    List<String> parts = new ArrayList<>();
    List<ObjectReference> ended = Mirror.elements(Mirror.objectField(step, "ended"));
    if (!ended.isEmpty()) {
      ObjectReference first = ended.get(0);
      parts.add(
          String.format(
              Locale.ROOT,
              "of the outcome %s of %s%s",
              Mirror.text(Mirror.field(Mirror.objectField(first, "result"), "outcome")),
              attempt(Mirror.objectField(first, "function")),
              others(ended)));
    }
    List<ObjectReference> next = Mirror.elements(Mirror.objectField(step, "next"));
    if (!next.isEmpty()) {
      parts.add("of " + attempt(next.get(0)) + others(next));
    }
    ObjectReference job = Mirror.objectField(step, "endedJob");
    if (parts.isEmpty() && job != null) {
      parts.add("of the end of job " + row(job));
    }
    return String.join(" and ", parts);
  }

  private static String others(List<ObjectReference> all) {
    return all.size() == 1 ? "" : " and " + (all.size() - 1) + " others";
  }

  private static String attempt(@Nullable ObjectReference function) {
    ObjectReference called = Mirror.objectField(Mirror.objectField(function, "call"), "code");
    String code = Mirror.text(Mirror.field(called, "function"));
    return String.format(
        Locale.ROOT,
        "attempt %d of function %d %s",
        Mirror.number(Mirror.field(function, "attempts")) + 1,
        row(Mirror.objectField(function, "id")),
        code.replaceFirst("\\(.*", ""));
  }

  /** The row number in an id object. */
  private static long row(@Nullable ObjectReference id) {
    return Mirror.number(Mirror.field(Mirror.objectField(id, "key"), "value"));
  }

  private static String reference(@Nullable ObjectReference call) {
    ObjectReference function = Mirror.objectField(call, "function");
    return Mirror.text(Mirror.field(function, "className"))
        + "#"
        + Mirror.text(Mirror.field(function, "methodName"));
  }

  private static String pair(String what, Mirror call, int from, int to) {
    return what + " " + call.text(from) + " to " + call.text(to);
  }

  private static @Nullable String opening(Mirror call, int path, int flags) {
    boolean changes = (call.number(flags) & CHANGING_FLAGS) != 0;
    return changes ? "creating or opening " + call.text(path) : null;
  }

  /** Null for standard output and error: what a person reads is no part of the world. */
  private static @Nullable String writing(Mirror call) {
    Value descriptor = Mirror.field(Mirror.objectField(call.self(), "fd"), "fd");
    long number = Mirror.number(descriptor);
    return number >= 0 && number <= STDERR ? null : "writing to " + file(call);
  }

  private static String file(Mirror call) {
    Value path = Mirror.field(call.self(), "path");
    return path == null ? "a pipe" : Mirror.text(path);
  }
}

package dev.lastly.guardian;

import dev.lastly.cleanup.StandInEngine;
import dev.lastly.support.WorkerProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/** A container, a child and a directory, which a worker has registered to be gone. */
record Things(StandInEngine engine, String container, Path tree, AtomicLong child) {
  static Things in(Path directory) throws Exception {
    StandInEngine engine = StandInEngine.in(directory, StandInEngine.Version.DOCKER_24);
    Path tree = Files.createDirectories(directory.resolve("tree/a/b")).resolve("../..").normalize();
    Files.writeString(tree.resolve("a/file"), "content");
    return new Things(engine, engine.create("aligner", "running", "job=1"), tree, new AtomicLong());
  }

  /** So that worker and guardian find the stand-in for docker. */
  Map<String, String> environment() {
    return Map.of("PATH", engine.directory() + ":" + System.getenv("PATH"));
  }

  void register(WorkerProcess worker) throws Exception {
    worker.call("tree j " + tree);
    worker.call("container j aligner");
    child.set(Long.parseLong(worker.call("start j sleep 1000")));
  }

  boolean isAnyGone() {
    return !isChildThere() || !engine.has(container) || !Files.exists(tree);
  }

  boolean areAllGone() {
    return !isChildThere() && !engine.has(container) && !Files.exists(tree);
  }

  /** A zombie is gone, too: no process here waits for it. */
  private boolean isChildThere() {
    String stat = Guarded.text(Path.of("/proc/" + child.get() + "/stat"));
    return stat != null && !stat.contains(") Z ");
  }
}

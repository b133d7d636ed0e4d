package dev.lastly.example;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.DeferredHandle;
import dev.lastly.JobContext;
import dev.lastly.cleanup.Cleanup;
import dev.lastly.cleanup.Command;
import dev.lastly.cleanup.Commands;
import dev.lastly.cleanup.Containers;
import dev.lastly.cleanup.Http;
import dev.lastly.cleanup.Locks;
import dev.lastly.cleanup.Mounts;
import dev.lastly.cleanup.ProcessGroup;
import dev.lastly.cleanup.Processes;
import dev.lastly.cleanup.Sql;
import dev.lastly.model.FunctionOptions;
import dev.lastly.model.OnReboot;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.RunContext;
import dev.lastly.model.Secret;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * What {@code docs/cleanup-cookbook.md} and the README's first lines show; {@code CookbookTest}
 * runs it.
 */
final class Cookbook {
  private final JobContext job;
  private final Path dir;

  private Cookbook(JobContext job, Path dir) {
    this.job = job;
    this.dir = dir;
  }

  /** With the state directory, a directory with files, and a server. */
  public static void main(String[] args) throws Exception {
    try (DeferredFunctionManager manager = DeferredFunctionManager.open(Path.of(args[0]))) {
      lead(manager, Path.of(args[1], "align-17"));
      cook(manager, args);
    }
  }

  private static void lead(DeferredFunctionManager manager, Path scratch) throws Exception {
    // tag::lead[]
    try (JobContext job = manager.openJob("align sample-17")) { // cleans up after dead workers
      job.deleteTree(scratch); // on the disk when this returns, before there is a tree
      job.removeContainer("align-17"); // before there is a container
      Files.createDirectory(scratch);
      Process aligner =
          job.start(new ProcessBuilder("touch", "aligned.bam").directory(scratch.toFile()));
      aligner.waitFor(); // kill -9 the worker here, and the next one does all that is below
    } // ends the process, removes the container, deletes the tree
    // end::lead[]
  }

  private static void cook(DeferredFunctionManager manager, String[] args) throws Exception {
    try (JobContext job = manager.openJob("cookbook")) {
      Cookbook all = new Cookbook(job, Path.of(args[1]));
      all.files();
      all.backup();
      all.lock();
      all.processes();
      all.commands();
      all.kept();
      all.options();
      all.published();
      job.defer(Cookbook::release, args[1] + "/lease");
      all.containers();
      all.mount();
      all.database(Secret.file(Path.of(args[1], "password")));
      all.server(URI.create(args[2]));
    }
  }

  private void files() throws IOException {
    Path scratch = dir.resolve("scratch");
    Path marker = dir.resolve("marker");
    Path log = Files.writeString(dir.resolve("log"), "text");
    // tag::files[]
    job.defer(Cleanup::deleteTree, scratch); // before it is created
    Files.createDirectories(scratch.resolve("parts"));
    job.defer(Cleanup::deleteFile, marker);
    Files.createFile(marker);
    job.defer(Cleanup::truncate, log);
    // end::files[]
  }

  private void backup() throws IOException {
    Path settings = dir.resolve("settings");
    Path backup = dir.resolve("settings.backup");
    // tag::restore[]
    job.defer(Cleanup::restore, backup, settings); // there is no backup yet: this would do nothing
    Path copy = dir.resolve("settings.copy");
    job.defer(Cleanup::deleteFile, copy);
    Files.copy(settings, copy);
    Files.move(copy, backup, StandardCopyOption.ATOMIC_MOVE); // from here on, this puts it back
    Files.writeString(settings, "changed for the test");
    // end::restore[]
  }

  private void lock() throws IOException {
    Path lock = dir.resolve("gpu-0.lock");
    // tag::lock[]
    String ours = UUID.randomUUID().toString();
    job.defer(Locks::release, lock, ours); // if we never get it, it is not ours: nothing is deleted
    Path written = dir.resolve("gpu-0." + ours);
    job.defer(Cleanup::deleteFile, written);
    Files.writeString(written, ours);
    Files.createLink(lock, written); // fails if another process has the lock
    // end::lock[]
  }

  private void processes() throws IOException, InterruptedException {
    Path results = dir.resolve("results");
    // tag::start[]
    job.deleteTree(results); // before the child that writes there: so this runs after its end
    Process aligner =
        job.start(
            new ProcessBuilder("sh", "-c", "mkdir results; sleep 1000").directory(dir.toFile()));
    // end::start[]
    // tag::processes[]
    Process server = new ProcessBuilder("sleep", "1000").start();
    job.terminate(server); // job.defer(Processes::terminate, ProcessId.of(server))

    Process pipeline = new ProcessBuilder("setsid", "sh", "-c", "echo; sleep 1000 | cat").start();
    pipeline.inputReader().readLine(); // setsid(1) has made the session
    job.defer(Processes::terminateGroup, ProcessGroup.of(pipeline), Duration.ofSeconds(5));
    // end::processes[]
    while (aligner.isAlive() && Files.notExists(results)) {
      Thread.sleep(10);
    }
    ProcessGroup group = ProcessGroup.of(pipeline);
    // tag::after[]
    Command remove = Command.of("rm", "-f", dir + "/socket").withTimeout(Duration.ofSeconds(10));
    job.defer(Commands::runAfter, group, Duration.ofSeconds(5), remove);
    // end::after[]
  }

  private void commands() {
    // tag::commands[]
    Command leave = Command.of("tmux", "kill-session", "-t", "run-17");
    job.defer(Commands::run, leave.withSuccessExitCodes(Set.of(0, 1))); // 1: there is none
    job.defer(
        Commands::run,
        List.of("sh", "-c", "rm -f \"$RUN\".*"),
        Map.of("RUN", "run-17"),
        dir,
        Duration.ofSeconds(30));
    // end::commands[]
  }

  private void kept() throws IOException {
    Path work = dir.resolve("work");
    // tag::keep[]
    job.keepOnFailure(f -> f.name().equals("Cleanup::deleteTree"), Duration.ofDays(1));
    job.deleteTree(work); // at the end of a job that commits; a day later if it fails
    // end::keep[]
    Files.createDirectory(work);
  }

  private void options() throws IOException {
    Path ram = Files.createDirectory(dir.resolve("ram-17"));
    Path parts = Files.createDirectory(dir.resolve("parts-17"));
    // tag::options[]
    FunctionOptions patient =
        FunctionOptions.defaults()
            .timeout(Duration.ofMinutes(10))
            .retry(RetryPolicy.builder().maxAttempts(3).build());
    job.with(patient).removeContainer("indexer-17");
    job.with(FunctionOptions.defaults().onReboot(OnReboot.SKIP)).deleteTree(ram); // on a tmpfs

    DeferredHandle merged = job.deleteTree(parts);
    merged.runNow(); // needed no more: gone before the job ends
    // end::options[]
  }

  private void published() throws IOException {
    Path published = dir.resolve("published");
    // tag::commit[]
    job.onlyIfFailed().deleteTree(published);
    Files.createDirectory(published);
    Files.writeString(published.resolve("part-1"), "…");
    job.commit(); // until here a failure or a crash removes it; from here on it stays
    // end::commit[]
  }

  // tag::again[]
  /** Deletes a lease that its dead owner may just have asked for. */
  static void release(String lease) throws IOException {
    RunContext run = RunContext.current();
    if (!Files.deleteIfExists(Path.of(lease)) && !run.isSettled(Duration.ofSeconds(5))) {
      throw run.askAgain(Duration.ofSeconds(1), "no lease " + lease + " yet");
    }
  }

  // end::again[]

  private void containers() {
    // tag::containers[]
    job.removeContainer("aligner-17"); // job.defer(Containers::remove, "aligner-17")
    job.defer(Containers::removeByLabel, "org.example.run=17");
    job.defer(Containers::stop, "database-17"); // it remains, with its logs
    job.defer(Containers::kill, "viewer-17");
    // end::containers[]
  }

  private void mount() throws IOException {
    Path point = dir.resolve("mnt");
    // tag::mounts[]
    job.defer(Cleanup::deleteTree, point); // runs second
    job.defer(Mounts::unmount, point); // runs first
    Files.createDirectory(point);
    // … mount(8) …
    // end::mounts[]
  }

  private void database(Secret password) {
    String url = "jdbc:h2:file:" + dir.resolve("results");
    // tag::sql[]
    job.defer(Sql::execute, url, "ali", password, "DROP SCHEMA IF EXISTS run_17 CASCADE");
    // end::sql[]
    // tag::sql-local[]
    job.defer(Sql::execute, "jdbc:sqlite:" + dir + "/runs.db", "DELETE FROM run WHERE id = 17");
    // end::sql-local[]
  }

  private void server(URI server) {
    Secret token = Secret.file(dir.resolve("token"));
    // tag::http[]
    job.defer(Http::delete, server.resolve("/uploads/17"));
    job.defer(Http::delete, server.resolve("/vms/17"), token); // "Bearer …"
    // end::http[]
  }
}

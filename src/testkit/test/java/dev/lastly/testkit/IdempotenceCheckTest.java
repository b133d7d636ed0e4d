package dev.lastly.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.DeferredFunction;
import dev.lastly.cleanup.Cleanup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The idempotence check finds each seeded fault at its step, and none in what is sound. */
@Tag("campaign")
class IdempotenceCheckTest {
  @TempDir private Path directory;

  @Test
  void check_deleteTree_passes() {
    IdempotenceCheck.in(directory)
        .given(
            () -> {
              Files.createDirectories(directory.resolve("tree/a"));
              Files.writeString(directory.resolve("tree/a/file"), "text");
              Files.writeString(directory.resolve("kept"), "text");
            })
        .check(DeferredFunction.create(Cleanup::deleteTree, directory.resolve("tree")));
    assertThat(directory.resolve("kept")).hasContent("text");
  }

  @Test
  void check_functionThatFailsTheSecondTime_saysSo() {
    assertThatThrownBy(
            () ->
                IdempotenceCheck.in(directory)
                    .given(() -> Files.createFile(directory.resolve("file")))
                    .check(DeferredFunction.create(Files::delete, directory.resolve("file"))))
        .isInstanceOf(AssertionError.class)
        .hasMessageContainingAll(
            "java.nio.file.Files#delete is not idempotent",
            "called twice: it fails: exit status 1",
            "NoSuchFileException: {directory}/file");
  }

  @Test
  void check_functionThatDoesNotBearAnInterruption_namesTheStepAndTheDifference() {
    assertThatThrownBy(
            () ->
                IdempotenceCheck.in(directory)
                    .given(() -> Files.writeString(directory.resolve("data"), "text"))
                    .check(DeferredFunction.create(Fixtures::removeOnce, directory)))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("dev.lastly.testkit.Fixtures#removeOnce is not idempotent.\n")
        .hasMessageContainingAll(
            "killed at step 2, after creating or opening {directory}/marker (Fixtures.removeOnce,",
            "before deleting {directory}/data",
            "left over: data (file")
        .hasMessageNotContainingAny("called twice", "killed at step 1");
  }

  @Test
  void check_snapshotOfTheUser_isWhatIsCompared() {
    AtomicInteger looks = new AtomicInteger();
    assertThatThrownBy(
            () ->
                IdempotenceCheck.in(directory)
                    .snapshot(looks::incrementAndGet)
                    .check(DeferredFunction.create(Fixtures::remove, directory.resolve("file"))))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("it is 2 instead of 1");
  }

  @Test
  void checkRegistered_jobOfAWorker_eachFunctionAloneButNotWhatItCancels() {
    assertThatThrownBy(
            () ->
                IdempotenceCheck.in(directory)
                    .given(() -> Files.writeString(directory.resolve("data"), "text"))
                    .checkRegistered(
                        job -> {
                          job.defer(Fixtures::remove, directory.resolve("data"));
                          job.defer(Fixtures::removeBoth, directory).cancel();
                          job.defer(Files::delete, directory.resolve("data"));
                        }))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("java.nio.file.Files#delete is not idempotent.\n")
        .hasMessageNotContaining("Fixtures");
  }

  @Test
  void checkRegistered_nothing_fails() {
    assertThatThrownBy(() -> IdempotenceCheck.in(directory).checkRegistered(job -> {}))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("nothing to check");
    assertThatThrownBy(
            () ->
                IdempotenceCheck.in(directory)
                    .checkRegistered(
                        job -> {
                          throw new IOException("no such volume");
                        }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("cannot be registered: java.io.IOException: no such volume");
  }

  @Test
  void check_functionThatFailsUndisturbed_saysSo() {
    assertThatThrownBy(
            () ->
                IdempotenceCheck.in(directory)
                    .check(DeferredFunction.create(Fixtures::removeBoth, directory)))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("Fixtures#removeBoth fails although nothing disturbs it");
  }
}

package dev.lastly.testkit.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.model.Durability;
import dev.lastly.model.Settings;
import dev.lastly.support.Database;
import dev.lastly.testkit.TestNode;
import java.lang.reflect.Method;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** The extension gives each test its own, judges it, and takes it away again. */
class LastlyExtensionTest {
  private static final List<Path> GIVEN = new ArrayList<>();

  @Test
  void parameters_ofOneTest_areTheSameAndGoneAfterwards() {
    GIVEN.clear();
    assertThat(run(Sample.class, "good")).isEmpty();
    assertThat(run(Sample.class, "good")).isEmpty();
    assertThat(GIVEN).hasSize(2).doesNotHaveDuplicates();
    assertThat(GIVEN).allSatisfy(path -> assertThat(path).doesNotExist());
  }

  @Test
  void afterEach_unfinishedFunction_failsTheTest() {
    assertThat(run(Sample.class, "unfinished"))
        .hasValueSatisfying(
            failure ->
                assertThat(failure)
                    .hasMessageContainingAll(
                        "has left functions that are not finished",
                        "function 1 LastlyExtensionTest.Sample::nothing: deferred",
                        "allowUnfinished()"));
    assertThat(run(Lenient.class, "unfinished")).isEmpty();
  }

  @Test
  void afterEach_brokenRule_failsTheTest() {
    assertThat(run(Lenient.class, "brokenRule"))
        .hasValueSatisfying(
            failure -> assertThat(failure).hasMessageContaining("attempts_are_counted"));
  }

  @Test
  void settings_ofTheField_areTheManagers() {
    assertThat(run(Lenient.class, "settings")).isEmpty();
  }

  /** With all defaults. */
  @ExtendWith(LastlyExtension.class)
  static final class Sample {
    private Path before;

    @BeforeEach
    void take(@StateDir Path state) {
      before = state;
    }

    @AfterEach
    void seen(DeferredFunctionManager manager) {
      assertThat(manager.reap()).isZero();
    }

    @Test
    void good(DeferredFunctionManager manager, @StateDir Path state) {
      GIVEN.add(state);
      assertThat(state).isEqualTo(before);
      manager.openJob().defer(Sample::nothing); // closing the manager ends the job
      assertThat(Database.file(state)).exists();
    }

    @Test
    void unfinished(TestNode node) {
      node.worker("a").openJob("sample").defer(Sample::nothing);
    }

    static void nothing() {}
  }

  /** With a field. */
  static final class Lenient {
    @RegisterExtension
    final LastlyExtension lastly =
        LastlyExtension.create()
            .allowUnfinished()
            .settings(
                Settings.builder().durability(Durability.PROCESS_CRASH).label("mine").build());

    @Test
    void unfinished(TestNode node) {
      node.worker("a").openJob("sample").defer(Sample::nothing);
    }

    @Test
    void settings(DeferredFunctionManager manager, @StateDir Path state) throws Exception {
      assertThat(manager.ownerId()).isPositive();
      try (Database database = Database.read(state)) {
        assertThat(database.text("SELECT label FROM owner")).isEqualTo("mine");
      }
    }

    @Test
    void brokenRule(DeferredFunctionManager manager, @StateDir Path state) throws Exception {
      manager.openJob().defer(Sample::nothing);
      manager.close();
      Database.edit(
          Database.file(state),
          "DROP TRIGGER function_changes_legally",
          "UPDATE deferred_function SET attempts = 3");
    }
  }

  private static Optional<Throwable> run(Class<?> type, String method) {
    List<TestExecutionResult> results = new ArrayList<>();
    LauncherFactory.create()
        .execute(
            LauncherDiscoveryRequestBuilder.request()
                .selectors(selectMethod(type, theOnly(type, method)))
                .build(),
            new TestExecutionListener() {
              @Override
              public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                if (test.isTest()) {
                  results.add(result);
                }
              }
            });
    assertThat(results).hasSize(1);
    return results.get(0).getThrowable();
  }

  private static Method theOnly(Class<?> type, String method) {
    for (Method candidate : type.getDeclaredMethods()) {
      if (candidate.getName().equals(method)) {
        return candidate;
      }
    }
    throw new AssertionError(type + " has no method " + method);
  }
}

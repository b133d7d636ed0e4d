package dev.lastly.testkit.junit;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.model.Settings;
import dev.lastly.testkit.StoreInvariants;
import dev.lastly.testkit.TestNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives each test a state directory of its own, and checks it after the test.
 *
 * <pre>{@code
 * @ExtendWith(LastlyExtension.class)
 * class MyTest {
 *   @Test
 *   void cleansUp(DeferredFunctionManager manager) { … }
 * }
 * }</pre>
 *
 * <p>Fills these parameters of test methods and of {@code @BeforeEach} and {@code @AfterEach}
 * methods, with the same objects within one test:
 *
 * <ul>
 *   <li>{@link DeferredFunctionManager}: an open manager
 *   <li>{@link StateDir @StateDir} {@link Path}: the base of that manager's state directory
 *   <li>{@link TestNode}: a node in another fresh directory
 * </ul>
 *
 * <p>After each test the extension closes the manager and the node, and checks the {@link
 * StoreInvariants} of each database. It fails the test with an {@link AssertionError} if a rule is
 * broken, or if a function is unfinished or quarantined. Then it deletes the directories. Defaults:
 * manager and node have {@link Settings#defaults()} (see {@link TestNode} for what is fixed there),
 * and no function may be unfinished. To change that, register an extension as a field:
 *
 * <pre>{@code
 * @RegisterExtension
 * final LastlyExtension lastly = LastlyExtension.create().allowUnfinished();
 * }</pre>
 *
 * <p>Immutable and thread-safe.
 */
public final class LastlyExtension implements ParameterResolver, AfterEachCallback {
  private static final Namespace NAMESPACE = Namespace.create(LastlyExtension.class);

  private final Settings settings;
  private final StoreInvariants invariants;
  private final boolean mayBeUnfinished;

  /** Makes an extension with all defaults, for {@code @ExtendWith}. */
  public LastlyExtension() {
    this(Settings.defaults(), StoreInvariants.all(), false);
  }

  private LastlyExtension(Settings settings, StoreInvariants invariants, boolean mayBeUnfinished) {
    this.settings = settings;
    this.invariants = invariants;
    this.mayBeUnfinished = mayBeUnfinished;
  }

  /**
   * Makes an extension with all defaults, for {@code @RegisterExtension}.
   *
   * @return an extension
   */
  public static LastlyExtension create() {
    return new LastlyExtension();
  }

  /**
   * Opens managers with other settings. Test nodes keep the defaults.
   *
   * @param value the settings of each manager
   * @return another extension
   */
  public LastlyExtension settings(Settings value) {
    return new LastlyExtension(value, invariants, mayBeUnfinished);
  }

  /**
   * Lets tests leave unfinished and quarantined functions.
   *
   * @return another extension
   */
  public LastlyExtension allowUnfinished() {
    return new LastlyExtension(settings, invariants, true);
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return parameter.getDeclaringExecutable() instanceof Method
        && context.getTestMethod().isPresent()
        && (type == DeferredFunctionManager.class
            || type == TestNode.class
            || (type == Path.class && parameter.isAnnotated(StateDir.class)));
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Fixture fixture = fixture(context);
    Class<?> type = parameter.getParameter().getType();
    if (type == DeferredFunctionManager.class) {
      return fixture.manager();
    }
    return type == TestNode.class ? fixture.node() : fixture.state();
  }

  private Fixture fixture(ExtensionContext context) {
    ExtensionContext.Store store = context.getStore(NAMESPACE);
    @Nullable Fixture known = store.get(Fixture.class, Fixture.class);
    if (known != null) {
      return known;
    }
    try {
      Fixture fixture = Fixture.create(settings);
      store.put(Fixture.class, fixture);
      return fixture;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make a state directory for this test", e);
    }
  }

  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    @Nullable Fixture fixture = context.getStore(NAMESPACE).remove(Fixture.class, Fixture.class);
    if (fixture != null) {
      fixture.end(invariants, mayBeUnfinished);
    }
  }
}

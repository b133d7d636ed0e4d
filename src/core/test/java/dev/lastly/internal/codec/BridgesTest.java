package dev.lastly.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.model.FunctionPolicy;
import dev.lastly.model.FunctionReference;
import dev.lastly.model.Named;
import dev.lastly.model.Settings;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A manager does not open with aliases or named functions that lead to no method. */
@SuppressWarnings({"UnusedMethod", "DoNotCallSuggester"}) // found by name
final class BridgesTest {
  private static final String HERE = BridgesTest.class.getName();

  static void here(String text) {}

  static void here(int number) {}

  static CompletableFuture<String> later() {
    return new CompletableFuture<>();
  }

  static void made$up() {}

  static class Base {
    public void inherited() {}
  }

  static final class Sub extends Base {}

  abstract static class Abstract {
    @Named("made")
    Abstract() {}
  }

  static final class Nameless {
    static void tidy() {}
  }

  static final class Promising {
    @Named("promising")
    static CompletableFuture<String> later() {
      return new CompletableFuture<>();
    }
  }

  private static void assertRefused(Settings.Builder settings, String... words) {
    Settings built = settings.build();
    assertThatThrownBy(() -> Codec.create(built))
        .isInstanceOf(IllegalArgumentException.class)
        .message()
        .contains(words);
  }

  private static Settings.Builder alias(String to) {
    return Settings.builder().alias("old.Place#tidy", to);
  }

  @Test
  void create_aliasToNowhere_isRefused() {
    assertRefused(alias("no.such.Type#x"), "'old.Place#tidy'", "no class no.such.Type");
    assertRefused(alias(HERE + "#absent"), "has no method called 'absent'");
    assertRefused(alias(HERE + "$Abstract#<init>"), "is of an abstract class");
    assertRefused(alias("java.lang.Object#clone"), "internal to the JDK");
    assertRefused(alias("java.lang.Runnable#<init>"), "has no constructor");
    assertRefused(alias("no/such#x"), "no/such");
  }

  @Test
  void create_aliasToWhatMustNotBeDeferred_isRefused() {
    assertRefused(alias(HERE + "#later"), "must not be deferred", "CompletableFuture");
    assertRefused(alias(HERE + "#made$up"), "in one class file only");
    assertRefused(
        alias(HERE + "#here").policy(FunctionPolicy.allowList().allowPackage("a").build()),
        "the policy does not allow " + HERE + "#here");
  }

  @Test
  void create_aliasesInAChainOrACircle_areRefused() {
    assertRefused(Settings.builder().alias("a.B#c", "a.B#c"), "the same method twice");
    assertRefused(
        alias("new.Place#tidy").alias("new.Place#tidy", HERE + "#here"),
        "'new.Place#tidy' is the old name of another alias");
    assertRefused(
        Settings.builder().alias("a.B#c", "a.B#d").alias("a.B#d", "a.B#c"),
        "Lastly follows only one");
  }

  @Test
  void create_aliasFromALambda_isRefused() {
    assertRefused(
        Settings.builder().alias("old.Place#lambda$main$0", HERE + "#here"),
        "a compiler made the old name",
        "keep a worker with the old release");
  }

  @Test
  void create_aliasToOverloadsOrInheritedMethods_isAccepted() {
    Codec codec =
        Codec.create(
            Settings.builder()
                .alias("old.Place$Nested#tidy", HERE + "#here")
                .alias("old.Place#sub", HERE + "$Sub#inherited")
                .alias("old.Place#<init>", HERE + "$Sub#<init>")
                .build());
    FunctionReference old = FunctionReference.parse("old.Place$Nested#tidy(I)V");
    assertThat(codec.resolve(old, null, "").reference()).hasToString(HERE + "#here(I)V");
  }

  @Test
  void create_classWithoutNamedFunctions_isRefused() {
    assertRefused(
        Settings.builder().namedFunctions(Nameless.class),
        "BridgesTest$Nameless",
        "no method or constructor with @Named");
    assertRefused(Settings.builder().namedFunctions(String.class), "java.lang.String");
  }

  @Test
  void create_namedFunctionThatCannotRun_isRefused() {
    assertRefused(
        Settings.builder().namedFunctions(Abstract.class), "'made'", "is of an abstract class");
    assertRefused(
        Settings.builder().namedFunctions(Promising.class), "'promising'", "CompletableFuture");
    record Local(String text) {
      @Named("local")
      void tidy() {}
    }
    assertRefused(Settings.builder().namedFunctions(Local.class), "'local'", "compiler made");
    assertRefused(
        Settings.builder()
            .namedFunctions(ResolveTest.Named1.class)
            .policy(FunctionPolicy.allowList().allowPackage("a").build()),
        "Named1",
        "the policy allows none");
  }
}

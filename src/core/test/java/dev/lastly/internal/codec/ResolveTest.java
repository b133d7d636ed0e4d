package dev.lastly.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.internal.row.EncodedCall;
import dev.lastly.model.Action;
import dev.lastly.model.FunctionPolicy;
import dev.lastly.model.FunctionReference;
import dev.lastly.model.FunctionRefusedException;
import dev.lastly.model.Settings;
import dev.lastly.model.UnresolvableFunctionException;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResolveTest {
  private static final String PACKAGE = "dev.lastly.internal.codec.";
  private static final String TEXT = "(Ljava/lang/String;)Ljava/lang/String;";

  private final Codec codec = Codec.create(Settings.defaults());

  private static FunctionReference function(String text) {
    return FunctionReference.parse(text);
  }

  private static void assertUnresolvable(Codec codec, String function, String... words) {
    assertThatThrownBy(() -> codec.resolve(function(function), null, ""))
        .isInstanceOf(UnresolvableFunctionException.class)
        .message()
        .contains(words);
  }

  private static Codec allowing(FunctionPolicy policy) {
    return Codec.create(Settings.builder().policy(policy).build());
  }

  @Test
  void resolve_encodedCall_runs() throws Throwable {
    EncodedCall call = Codec.encode((Action.Of1<String>) Functions::text, List.of("x"));
    Codec.ResolvedFunction found = codec.resolve(call.function(), null, call.name());
    assertThat(found.bind(call.arguments()).call()).isEqualTo("x");
    assertThat(codec.resolve(call.function(), null, call.name())).isSameAs(found);
  }

  @Test
  void resolve_textOfARow_isWhatItsReferenceIs() throws Throwable {
    EncodedCall call = Codec.encode((Action.Of1<String>) Functions::text, List.of("x"));
    String text = call.function().toString();
    Codec.ResolvedFunction found = codec.resolve(text, null, call.name());
    assertThat(found.reference()).isEqualTo(call.function());
    assertThat(found.bind(call.arguments()).call()).isEqualTo("x");
    assertThat(codec.resolve(text, null, call.name())).isSameAs(found);
  }

  @Test
  void resolve_textThatIsNoReference_isRefusedEachTime() {
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> codec.resolve("no reference", null, ""))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("not a function reference: 'no reference'");
    }
  }

  @Test
  void call_userCodeThrows_exceptionComesUnwrapped() {
    EncodedCall call = Codec.encode((Action.Of0) Functions::failing, List.of());
    Codec.Invocation invocation = codec.resolve(call.function(), null, "").bind("[]");
    assertThatThrownBy(invocation::call).isExactlyInstanceOf(IOException.class);
  }

  @Test
  void resolve_absent_unresolvable() {
    assertUnresolvable(codec, "no.such.Type#x()V", "no.such.Type#x", "class path");
    assertUnresolvable(codec, PACKAGE + "Functions#absent()V", "absent", "alias");
    assertUnresolvable(codec, PACKAGE + "Functions#text()V", "descriptor");
    assertUnresolvable(codec, PACKAGE + "Functions#text(Lno/such/Type;)V", "descriptor");
    assertUnresolvable(codec, PACKAGE + "Functions#<clinit>()V", "<clinit>");
    assertUnresolvable(codec, "dev.lastly#x()V", "class path");
    assertUnresolvable(codec, "dev.LASTLY.model.Action#x()V", "dev.LASTLY");
    assertUnresolvable(codec, "java.lang.Number#<init>()V", "abstract");
    assertUnresolvable(codec, "java.lang.Object#clone()Ljava/lang/Object;", "internal to the JDK");
    assertUnresolvable(
        codec, "java.lang.Class#forName(Ljava/lang/String;)Ljava/lang/Class;", "caller");
  }

  @Test
  void resolve_wrongCaseOfClassFile_linkageErrorDoesNotEscape(@TempDir Path directory)
      throws Exception {
    Path file = Files.createDirectories(directory.resolve("a")).resolve("Broken.class");
    Files.write(file, new byte[] {(byte) 0xCA, (byte) 0xFE, 1});
    try (URLClassLoader loader = new URLClassLoader(new URL[] {directory.toUri().toURL()})) {
      Codec broken = Codec.create(Settings.builder().classLoader(loader).build());
      assertUnresolvable(broken, "a.Broken#x()V", "cannot be used", "ClassFormatError");
    }
  }

  @Test
  void resolve_notAllowed_classIsNotInitialised() throws Throwable {
    FunctionPolicy policy = FunctionPolicy.allowList().allowMethod(Functions.class, "text").build();
    String initialising = PACKAGE + "Functions$Initialising#run()V";
    int before = Functions.initialised;
    assertUnresolvable(allowing(policy), initialising, "policy");
    assertThat(codec.resolve(function(initialising), null, "").reference()).isNotNull();
    assertThat(Functions.initialised).isEqualTo(before);
    codec.resolve(function(initialising), null, "").bind("[]").call();
    assertThat(Functions.initialised).isEqualTo(before + 1);
  }

  @Test
  void resolve_notAllowed_classIsNotLoaded() {
    ClassLoader loader =
        new ClassLoader(null) {
          @Override
          protected Class<?> findClass(String name) {
            throw new AssertionError("loaded " + name);
          }
        };
    FunctionPolicy policy = FunctionPolicy.allowList().allowPackage("a").build();
    Codec strict = Codec.create(Settings.builder().policy(policy).classLoader(loader).build());
    assertUnresolvable(strict, "b.Type#x()V", "policy");
  }

  @Test
  void resolve_allowList_inheritedMethodNeedsItsOwnClassAllowed() {
    FunctionPolicy sub = FunctionPolicy.allowList().allowClass(Functions.Sub.class).build();
    assertUnresolvable(allowing(sub), PACKAGE + "Functions$Sub#inherited()I", "Functions$Base");
    FunctionPolicy both =
        FunctionPolicy.allowList()
            .allowClass(Functions.Sub.class)
            .allowMethod(Functions.Base.class, "inherited")
            .build();
    assertThat(
            allowing(both)
                .resolve(function(PACKAGE + "Functions$Sub#inherited()I"), null, "")
                .reference()
                .className())
        .isEqualTo(PACKAGE + "Functions$Sub");
  }

  @Test
  void resolve_lambda_onlyWithTheSameDigest() {
    EncodedCall call = Codec.encode((Action.Of1<String>) text -> Functions.text(text), List.of(""));
    String digest = String.valueOf(call.classDigest());
    assertThat(codec.resolve(call.function(), digest, call.name())).isNotNull();
    String other = "0123456789abcdef".repeat(4);
    assertThatThrownBy(() -> codec.resolve(call.function(), other, call.name()))
        .isInstanceOf(UnresolvableFunctionException.class)
        .hasMessageContainingAll("0123456789ab", digest.substring(0, 12));
    assertUnresolvable(codec, call.function().toString(), "no class digest");
  }

  @Test
  void resolve_alias_newPlaceRunsUnderItsOwnPolicy() throws Throwable {
    FunctionReference old = function("old.Place#words" + TEXT);
    Settings.Builder settings =
        Settings.builder().alias("old.Place#words", PACKAGE + "Functions$Moved#words");
    Codec aliased = Codec.create(settings.build());
    assertThat(aliased.resolve(old, null, "").bind("[\"x\"]").call()).isEqualTo("moved x");
    FunctionPolicy onlyOld = FunctionPolicy.allowList().allowPackage("old").build();
    Settings forbidden = settings.policy(onlyOld).build();
    assertThatThrownBy(() -> Codec.create(forbidden))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("old.Place#words", "the policy does not allow", "Moved#words");
  }

  @Test
  void resolve_named_methodIsFoundByItsName() throws Throwable {
    Codec named = Codec.create(Settings.builder().namedFunctions(Named1.class).build());
    FunctionReference gone = function("gone.Place#x" + TEXT);
    assertThat(named.resolve(gone, null, "tidy").bind("[\"x\"]").call()).isEqualTo("tidied x");
    assertThatThrownBy(() -> named.resolve(function("gone.Place#x()V"), null, "tidy"))
        .isInstanceOf(UnresolvableFunctionException.class)
        .hasMessageContainingAll("1 parameters instead of 0");
    assertThatThrownBy(() -> named.resolve(function("gone.Place#x(junk)V"), null, "tidy"))
        .isInstanceOf(UnresolvableFunctionException.class);
    assertThatThrownBy(() -> named.resolve(gone, null, "other"))
        .isInstanceOf(UnresolvableFunctionException.class);
  }

  @Test
  void resolve_namedButNotAllowed_unresolvable() {
    FunctionPolicy policy = FunctionPolicy.allowList().allowMethod(Named2.class, "allowed").build();
    Settings.Builder settings = Settings.builder().policy(policy);
    Codec named = Codec.create(settings.namedFunctions(Named2.class).build());
    assertThatThrownBy(() -> named.resolve(function("gone.Place#x()V"), null, "forbidden"))
        .isInstanceOf(UnresolvableFunctionException.class)
        .hasMessageContainingAll("Named2#forbidden", "policy");
    assertThat(named.resolve(function("gone.Place#x()V"), null, "allowed")).isNotNull();
  }

  @Test
  void requireRunnable_nameLeadsToOtherParameters_argumentsMustFitThem() {
    Codec named = Codec.create(Settings.builder().namedFunctions(Functions.Counts.class).build());
    FunctionReference text = function(PACKAGE + "Functions#text" + TEXT);
    assertThatCode(() -> named.requireRunnable(call("count", text, "[1]")))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> named.requireRunnable(call("count", text, "[\"x\"]")))
        .isInstanceOf(FunctionRefusedException.class)
        .hasMessageContainingAll("count could not be run later", "argument 1");
  }

  private static EncodedCall call(String name, FunctionReference function, String arguments) {
    return new EncodedCall(name, function, null, "module", arguments);
  }

  @Test
  void resolve_lambdaOfAShortDigest_saysItWhole() {
    FunctionReference text = function(PACKAGE + "Functions#text" + TEXT);
    for (String digest : List.of("abc", "0123456789ab")) {
      assertThatThrownBy(() -> codec.resolve(text, digest, ""))
          .isInstanceOf(UnresolvableFunctionException.class)
          .hasMessageContaining("the class with digest " + digest + ", this process has ");
    }
  }

  @Test
  void create_duplicateOrIllFormedName_rejected() {
    assertThatThrownBy(
            () -> Codec.create(Settings.builder().namedFunctions(Functions.Twins.class).build()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'twin' names two functions");
    assertThatThrownBy(
            () -> Codec.create(Settings.builder().namedFunctions(Functions.class).build()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void requireRunnable_notAllowedOrOtherLoader_refused() {
    EncodedCall call = Codec.encode((Action.Of1<String>) Functions::text, List.of("x"));
    assertThatCode(() -> codec.requireRunnable(call)).doesNotThrowAnyException();
    Codec strict = allowing(FunctionPolicy.allowList().allowPackage("a").build());
    assertThatThrownBy(() -> strict.requireRunnable(call))
        .isInstanceOf(FunctionRefusedException.class)
        .hasMessageContainingAll("Functions::text", "policy");
  }

  @Test
  void resolve_classDeployedLater_failureIsNotRemembered(@TempDir Path directory) throws Throwable {
    String name = Functions.Moved.class.getName();
    String resource = name.replace('.', '/') + ".class";
    try (URLClassLoader loader = new URLClassLoader(new URL[] {directory.toUri().toURL()}, null)) {
      Codec late = Codec.create(Settings.builder().classLoader(loader).build());
      assertUnresolvable(late, name + "#words" + TEXT, "class path");
      // With the class around it: that tells whether the name is a person's.
      for (String file :
          List.of(resource, Functions.class.getName().replace('.', '/') + ".class")) {
        Files.createDirectories(directory.resolve(file).getParent());
        try (var in = Functions.class.getResourceAsStream("/" + file)) {
          Files.copy(java.util.Objects.requireNonNull(in), directory.resolve(file));
        }
      }
      Codec.ResolvedFunction found = late.resolve(function(name + "#words" + TEXT), null, "");
      assertThat(found.bind("[\"x\"]").call()).isEqualTo("moved x");
    }
  }

  /** Has a named function that a policy may allow, and one that it may not. */
  static final class Named2 {
    private Named2() {}

    @dev.lastly.model.Named("allowed")
    @SuppressWarnings("UnusedMethod") // found by its name
    private static void allowed() {}

    @dev.lastly.model.Named("forbidden")
    @SuppressWarnings("UnusedMethod") // found by its name
    private static void forbidden() {}
  }

  /** Has one well-formed name. */
  static final class Named1 {
    private Named1() {}

    @dev.lastly.model.Named("tidy")
    @SuppressWarnings("UnusedMethod") // found by its name
    private static String tidy(String value) {
      return "tidied " + value;
    }
  }
}

package dev.lastly.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.internal.row.EncodedCall;
import dev.lastly.model.Action;
import dev.lastly.model.FunctionRefusedException;
import dev.lastly.model.Precondition;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code DeferredFunction.of}: which method a name and arguments select. */
@SuppressWarnings({"NullAway", "UnusedMethod", "UnusedVariable", "serial"}) // found by their names
final class ByNameTest {
  static class Base {
    static String hidden(String text) {
      return "base " + text;
    }

    public String inherited(int number) {
      return "inherited " + number;
    }

    private String secret() {
      return "of the base class";
    }
  }

  record Lease(String name) {
    Lease {
      if (name.isEmpty()) {
        throw new IllegalArgumentException("a lease has a name");
      }
    }

    String release(int times) {
      return name + " " + times;
    }
  }

  static final class Sub extends Base {
    static String hidden(String text) {
      return "sub " + text;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Sub;
    }

    @Override
    public int hashCode() {
      return 1;
    }
  }

  interface Closer<T> {
    String close(T thing);

    static String helper() {
      return "of the interface";
    }
  }

  record PathCloser(String name) implements Closer<Path> {
    @Override
    public String close(Path thing) {
      return name + " " + thing;
    }
  }

  static final class Overloads {
    static String one(String text) {
      return "text " + text;
    }

    static String one(Path path) {
      return "path " + path;
    }

    static String one(String text, int number) {
      return text + number;
    }

    static String wide(long number) {
      return "long " + number;
    }

    static String boxed(Long number) {
      return "Long " + number;
    }

    static String numbers(int number) {
      return "int";
    }

    static String numbers(long number) {
      return "long";
    }

    static String rest(String first, String... more) {
      return first + Arrays.toString(more);
    }

    private static String own() {
      return "private";
    }

    static void nothing() {}

    @Precondition("noRoot")
    static void delete(Path path) {}

    static void noRoot(Path path) {
      if (path.getParent() == null) {
        throw new IllegalArgumentException("it is the root");
      }
    }
  }

  private static Object call(Class<?> type, String method, Object... arguments) throws Throwable {
    Codec.CapturedCall found = Codec.register(type, method, Arrays.asList(arguments));
    return found.function().bind(found.call().arguments()).call();
  }

  private static void assertRefused(
      Class<?> type, String method, List<Object> arguments, String... words) {
    assertThatThrownBy(() -> Codec.register(type, method, arguments))
        .isExactlyInstanceOf(FunctionRefusedException.class)
        .hasMessageContainingAll(words);
  }

  @Test
  void find_publicStatic_isTheRowOfAMethodReference() {
    EncodedCall byName =
        Codec.register(Files.class, "deleteIfExists", List.of(Path.of("/tmp/x"))).call();
    Action.Of1<Path> reference = Files::deleteIfExists;
    assertThat(byName).isEqualTo(Codec.encode(reference, List.of(Path.of("/tmp/x"))));
  }

  @Test
  void find_overloads_theOneThatTakesTheArguments() throws Throwable {
    assertThat(call(Overloads.class, "one", "x")).isEqualTo("text x");
    assertThat(call(Overloads.class, "one", Path.of("x"))).isEqualTo("path x");
    assertThat(call(Overloads.class, "one", "x", 7)).isEqualTo("x7");
  }

  @Test
  void find_nullThatTwoOverloadsTake_refusedWithBoth() {
    assertRefused(
        Overloads.class,
        "one",
        Arrays.asList((Object) null),
        "more than one method 'one'",
        "takes (null)",
        "one(java.lang.String)",
        "one(java.nio.file.Path)",
        "defer a method of your own");
  }

  @Test
  void find_nullForAReference_isPassed() throws Throwable {
    assertThat(call(Overloads.class, "boxed", (Object) null)).isEqualTo("Long null");
  }

  @Test
  void find_nullForAPrimitive_refused() {
    assertRefused(
        Overloads.class,
        "wide",
        Arrays.asList((Object) null),
        "no method 'wide'",
        "(null)",
        "wide(long)");
  }

  @Test
  void find_primitives_widenAsInACall() throws Throwable {
    assertThat(call(Overloads.class, "wide", 7)).isEqualTo("long 7");
    assertRefused(Overloads.class, "boxed", List.of(7), "(java.lang.Integer)", "boxed");
  }

  @Test
  void find_twoPrimitivesFit_refusedAlthoughACompilerWouldChoose() {
    assertRefused(Overloads.class, "numbers", List.of(7), "numbers(int)", "numbers(long)");
    assertThat(Codec.register(Overloads.class, "numbers", List.of(7L)).call().function())
        .hasToString(Overloads.class.getName() + "#numbers(J)Ljava/lang/String;");
  }

  @Test
  void find_variableArguments_areOneArray() throws Throwable {
    assertThat(call(Overloads.class, "rest", "a", new String[] {"b", "c"})).isEqualTo("a[b, c]");
    assertRefused(
        Overloads.class, "rest", List.of("a", "b", "c"), "variable arguments are one array");
  }

  @Test
  void find_privateMethodOfTheClass_isCalled() throws Throwable {
    assertThat(call(Overloads.class, "own")).isEqualTo("private");
  }

  @Test
  void find_privateMethodOfASuperclass_isNotInherited() {
    assertRefused(Sub.class, "secret", List.of(new Sub()), "has no method called 'secret'");
  }

  @Test
  void find_staticMethodOfAnInterface_isNotInherited() throws Throwable {
    assertRefused(PathCloser.class, "helper", List.of(), "has no method called 'helper'");
    assertThat(call(Closer.class, "helper")).isEqualTo("of the interface");
  }

  @Test
  void find_missingMethod_refused() {
    assertRefused(Overloads.class, "gone", List.of(), "Overloads has no method called 'gone'");
  }

  @Test
  void find_wrongCount_refusedWithWhatThereIs() {
    assertRefused(
        Overloads.class, "wide", List.of(1L, 2L), "takes (java.lang.Long, java.lang.Long)", "wide");
    assertRefused(Overloads.class, "nothing", List.of("x"), "nothing()");
  }

  @Test
  void find_instanceMethod_takesItsReceiverFirst() throws Throwable {
    assertThat(call(Lease.class, "release", new Lease("a"), 2)).isEqualTo("a 2");
    assertRefused(Lease.class, "release", List.of(2), "an instance method takes its receiver");
    assertRefused(Lease.class, "release", Arrays.asList(null, 2), "argument 1", "null was given");
  }

  @Test
  void find_inheritedMethod_isCalledOnTheReceiver() throws Throwable {
    assertThat(call(Sub.class, "inherited", new Sub(), 3)).isEqualTo("inherited 3");
    assertThat(Codec.register(Sub.class, "inherited", List.of(new Sub(), 3)).call().function())
        .hasToString(Sub.class.getName() + "#inherited(I)Ljava/lang/String;");
  }

  @Test
  void find_hiddenMethod_isThatOfTheClassThatWasNamed() throws Throwable {
    assertThat(call(Sub.class, "hidden", "x")).isEqualTo("sub x");
    assertThat(call(Base.class, "hidden", "x")).isEqualTo("base x");
  }

  @Test
  void find_methodOfAGenericInterface_isFoundOnceDespiteItsBridge() throws Throwable {
    assertThat(call(PathCloser.class, "close", new PathCloser("c"), Path.of("p"))).isEqualTo("c p");
  }

  @Test
  void find_constructor_isCalledNew() throws Throwable {
    assertThat(call(Lease.class, "new", "a")).isEqualTo(new Lease("a"));
    assertRefused(Lease.class, "new", List.of(), "no constructor of class", "Lease(java.lang");
    assertRefused(Closer.class, "new", List.of(), "Closer has no constructor");
  }

  @Test
  void find_nameThatACompilerMade_isBoundToTheClass() {
    Action.Of0 lambda = () -> {};
    EncodedCall captured = Codec.encode(lambda, List.of());
    EncodedCall byName =
        Codec.register(ByNameTest.class, captured.function().methodName(), List.of()).call();
    assertThat(byName).isEqualTo(captured);
    assertThat(byName.classDigest()).isNotNull();
  }

  @Test
  void find_precondition_isAsked() {
    assertRefused(Overloads.class, "delete", List.of(Path.of("/")), "it is the root");
  }

  @Test
  void find_argumentThatCannotBeStored_refused() {
    assertRefused(Functions.class, "any", List.of(new Thread()), "argument 1");
  }
}

package dev.lastly.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.internal.row.EncodedCall;
import dev.lastly.model.Action;
import dev.lastly.model.FunctionRefusedException;
import dev.lastly.model.UnresolvableFunctionException;
import java.lang.reflect.Executable;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The names of code, and the class under which a name is stored. */
@SuppressWarnings({
  "serial",
  "UnusedMethod",
  "EqualsGetClass",
  "ReturnValueIgnored"
}) // deferred, not called
final class NamesTest {
  private static final String HERE = "dev.lastly.internal.codec.NamesTest";

  /** A base with every kind of member that a subclass may be asked for. */
  public static class Base {
    public String open() {
      return "open";
    }

    String packaged() {
      return "packaged";
    }

    public static String first(Base base) {
      return "first";
    }

    @Override
    public boolean equals(@org.jspecify.annotations.Nullable Object other) {
      return other != null && getClass() == other.getClass();
    }

    @Override
    public int hashCode() {
      return 1;
    }
  }

  public static final class Sub extends Base {}

  abstract static class Abstract {
    Abstract() {}
  }

  private static EncodedCall encode(Action action, Object... arguments) {
    return Codec.encode(action, List.of(arguments));
  }

  private static String declaredIn(EncodedCall call) {
    return call.function().className();
  }

  private static Executable method(Class<?> type, String name) {
    for (Executable method : type.getDeclaredMethods()) {
      if (method.getName().equals(name)) {
        return method;
      }
    }
    throw new AssertionError(name);
  }

  @Test
  void encode_inheritedMethod_isFiledUnderTheReceiversClass() {
    Action.Of1<Base> open = Base::open;
    assertThat(declaredIn(encode(open, new Sub()))).isEqualTo(HERE + "$Sub");
    assertThat(declaredIn(encode(open, new Base()))).isEqualTo(HERE + "$Base");
  }

  @Test
  void encode_staticMethodWithASubclassInFront_isFiledWhereItIsDeclared() {
    Action.Of1<Base> first = Base::first;
    assertThat(declaredIn(encode(first, new Base()))).isEqualTo(HERE + "$Base");
    assertThatThrownBy(() -> encode(first, new Sub()))
        .isInstanceOf(FunctionRefusedException.class)
        .hasMessageContaining("argument 1 of " + HERE + "$Base#first");
  }

  @Test
  void encode_packagePrivateMethodOfASubclass_isRefused_forItWouldComeBackAsItsBase() {
    Action.Of1<Base> packaged = Base::packaged;
    assertThat(declaredIn(encode(packaged, new Base()))).isEqualTo(HERE + "$Base");
    assertThatThrownBy(() -> encode(packaged, new Sub()))
        .isInstanceOf(FunctionRefusedException.class)
        .hasMessageContainingAll("the receiver, a " + HERE + "$Sub", "came back as a " + HERE);
  }

  @Test
  void encode_receiverOfTheJdk_isRefusedUnlessItComesBackAsItself() {
    Action.Of1<List<Integer>> size = List::size;
    assertThatThrownBy(() -> encode(size, List.of(1)))
        .isInstanceOf(FunctionRefusedException.class)
        .hasMessageContainingAll("the receiver, a java.util.Immutable", "java.util.ArrayList");
    assertThat(declaredIn(encode(size, new java.util.ArrayList<>(List.of(1)))))
        .isEqualTo("java.util.List");
  }

  @Test
  @SuppressWarnings("NullAway") // the null is what is refused
  void encode_nullReceiver_isRefused() {
    Action.Of1<Base> open = Base::open;
    assertThatThrownBy(() -> Codec.encode(open, java.util.Collections.singletonList(null)))
        .isInstanceOf(FunctionRefusedException.class)
        .hasMessageContainingAll("argument 1", "null was given");
  }

  @Test
  void of_members_areReadable() throws Exception {
    assertThat(Names.of(Base.class, method(Base.class, "open"))).isEqualTo("NamesTest.Base::open");
    assertThat(Names.of(Sub.class, method(Base.class, "open"))).isEqualTo("NamesTest.Sub::open");
    assertThat(Names.of(Base.class, Base.class.getConstructor())).isEqualTo("NamesTest.Base::new");
    assertThat(Names.of(Functions.class, method(Functions.class, "named"))).isEqualTo("tidy.up-1");
    Object local = new Object() {};
    assertThat(Names.of(local.getClass(), method(Base.class, "open")))
        .as("a class without a name of its own")
        .isEqualTo("NamesTest$1::open");
  }

  @Test
  void of_lambda_isCalledLambda() {
    Action.Of0 lambda = () -> assertThat(HERE).isNotEmpty();
    EncodedCall call = encode(lambda);
    assertThat(call.name()).isEqualTo("NamesTest::lambda");
    assertThat(call.classDigest()).isEqualTo(CodeOrigin.classDigest(NamesTest.class));
  }

  @Test
  void index_classesWithoutNames_isEmpty() {
    assertThat(Names.index(Set.of(Base.class, Sub.class))).isEqualTo(Map.of());
  }

  @Test
  void handle_constructorOfAnAbstractClass_isUnresolvable() {
    assertThatThrownBy(() -> Members.handle(Abstract.class.getDeclaredConstructors()[0]))
        .isInstanceOf(UnresolvableFunctionException.class)
        .hasMessage(HERE + "$Abstract#<init> is of an abstract class");
  }
}

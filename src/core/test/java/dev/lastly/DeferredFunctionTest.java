package dev.lastly;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.model.FunctionRefusedException;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

@SuppressWarnings("NullAway") // null is an argument like others
class DeferredFunctionTest {
  @Test
  void create_treeMapConstructor_asInToilsExample() throws Exception {
    DeferredFunction function = DeferredFunction.create(TreeMap::new, Map.of("x", 1));
    assertThat(function).hasToString("DeferredFunction(TreeMap::new, ...)");
    assertThat(function.invoke()).isEqualTo(new TreeMap<>(Map.of("x", 1)));
    assertThat(function.invoke()).isNotSameAs(function.invoke());
    assertThat(function.name()).isEqualTo("TreeMap::new");
    assertThat(function.function().toString())
        .isEqualTo("java.util.TreeMap#<init>(Ljava/util/Map;)V");
    assertThat(function.module()).startsWith("jrt:/java.base#");
    assertThat(function.encoded().arguments()).isEqualTo("[{\"x\":1}]");
  }

  @Test
  void create_argumentChangedLater_hasNoEffect() throws Exception {
    List<String> list = new ArrayList<>(List.of("a"));
    DeferredFunction function = DeferredFunction.create(DeferredFunctionTest::size, list);
    list.add("b");
    assertThat(function.invoke()).isEqualTo(1);
  }

  @Test
  void create_zeroToFourArguments_allArriveInOrder() throws Exception {
    assertThat(DeferredFunction.create(DeferredFunctionTest::join0).invoke()).isEqualTo("");
    assertThat(DeferredFunction.create(DeferredFunctionTest::join4, "a", "b", "c", "d").invoke())
        .isEqualTo("abcd");
    assertThat(DeferredFunction.create(DeferredFunctionTest::join2, "a", null).arguments())
        .containsExactly("a", null);
  }

  @Test
  void of_nullInPlaceOfTheArguments_saysHowToPassASingleNull() {
    assertThatThrownBy(
            () -> DeferredFunction.of(DeferredFunctionTest.class, "size", (Object[]) null))
        .isInstanceOf(NullPointerException.class)
        .hasMessageContaining("(Object) null");
  }

  @Test
  void create_notRunnable_refused() {
    assertThatThrownBy(() -> DeferredFunction.create(DeferredFunctionTest::thread, new Thread()))
        .isInstanceOf(FunctionRefusedException.class)
        .hasMessageContaining("argument 1");
  }

  @Test
  void invoke_functionThrows_exceptionsAndErrorsComeAsTheyAre() {
    assertThatThrownBy(() -> DeferredFunction.create(DeferredFunctionTest::fail, 0).invoke())
        .isExactlyInstanceOf(IOException.class);
    assertThatThrownBy(() -> DeferredFunction.create(DeferredFunctionTest::fail, 1).invoke())
        .isExactlyInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> DeferredFunction.create(DeferredFunctionTest::fail, 2).invoke())
        .isExactlyInstanceOf(InvocationTargetException.class)
        .hasCauseExactlyInstanceOf(Throwable.class);
  }

  public static int size(List<String> list) {
    return list.size();
  }

  public static String join0() {
    return "";
  }

  public static String join2(String a, @Nullable String b) {
    return a + b;
  }

  public static String join4(String a, String b, String c, String d) {
    return a + b + c + d;
  }

  public static void thread(Thread thread) {
    thread.interrupt();
  }

  public static void fail(int kind) throws Exception {
    switch (kind) {
      case 0 -> throw new IOException("exception");
      case 1 -> throw new AssertionError("error");
      default -> sneak(new Throwable("neither"));
    }
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <T extends Throwable> void sneak(Throwable e) throws T {
    throw (T) e;
  }
}

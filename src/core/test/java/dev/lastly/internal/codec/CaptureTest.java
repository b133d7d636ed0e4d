package dev.lastly.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.model.Action;
import java.lang.reflect.Method;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The cached data of a lambda's class is correct for each of its objects. */
@SuppressWarnings("serial") // its lambdas are only looked at
class CaptureTest {
  @Test
  void of_twoLambdasOfOnePlace_keepWhatEachHasCaptured() {
    assertThat(Capture.of(greeting("a"), List.of()).arguments()).containsExactly("a");
    assertThat(Capture.of(greeting("b"), List.of()).arguments()).containsExactly("b");
  }

  private static Action.Of0 greeting(String text) {
    return () -> assertThat(text).isNotEmpty();
  }

  @Test
  void of_oneMethodReferenceWithOtherArguments_keepsNoneOfTheFirst() {
    Action.Of1<Integer> function = Functions::number;
    Capture first = Capture.of(function, List.of(1));
    assertThat(first.arguments()).containsExactly(1);
    assertThat(Capture.of(function, List.of(2)))
        .isEqualTo(new Capture(Functions.class, "number", first.descriptor(), false, List.of(2)));
  }

  @Test
  void of_objectsOfAClassThatReplacesItself_eachIsAsked() throws Exception {
    assertThat(Capture.of(new Chameleon(Functions::nothing), List.of()).methodName())
        .isEqualTo("nothing");
    assertThat(Capture.of(new Chameleon(Functions::illNamed), List.of()).methodName())
        .isEqualTo("illNamed");
  }

  /** Written by hand, with the serialized form of another. */
  private record Chameleon(Action.Of0 other) implements Action.Of0 {
    @Override
    public void call() throws Exception {
      other.call();
    }

    private Object writeReplace() throws ReflectiveOperationException {
      Method form = other.getClass().getDeclaredMethod("writeReplace");
      form.setAccessible(true);
      return form.invoke(other);
    }
  }
}

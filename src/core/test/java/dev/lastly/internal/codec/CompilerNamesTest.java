package dev.lastly.internal.codec;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.internal.row.EncodedCall;
import dev.lastly.model.Action;
import dev.lastly.model.Settings;
import dev.lastly.model.UnresolvableFunctionException;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Which names a compiler made, so that they are valid in one class file only. */
@SuppressWarnings({"serial", "UnusedMethod", "UnusedVariable"}) // deferred, not called
final class CompilerNamesTest {
  static void plain() {}

  static void my$method() {}

  /** Kotlin would call it f-abc123; no Java source can. */
  static final class Mangled {
    static void f_abc123() {}
  }

  interface Cleaner {
    default void clean() {}
  }

  record Nested(String text) {
    record Deeper(String text) {
      void clean() {}
    }
  }

  private static Method method(Class<?> type, String name) {
    for (Method method : type.getDeclaredMethods()) {
      if (method.getName().equals(name)) {
        return method;
      }
    }
    throw new AssertionError(name);
  }

  private static boolean needsDigest(Class<?> type, String name) {
    return CompilerNames.needsDigest(type, method(type, name));
  }

  private static byte[] bytes(Class<?> type) throws IOException {
    try (var in = type.getResourceAsStream("/" + type.getName().replace('.', '/') + ".class")) {
      return Objects.requireNonNull(in).readAllBytes();
    }
  }

  @Test
  void needsDigest_whatAPersonNamed_doesNot() throws Exception {
    assertThat(needsDigest(CompilerNamesTest.class, "plain")).isFalse();
    assertThat(needsDigest(Nested.Deeper.class, "clean")).isFalse();
    assertThat(CompilerNames.needsDigest(Nested.class, Nested.class.getDeclaredConstructors()[0]))
        .isFalse();
  }

  @Test
  void needsDigest_nameThatKotlinMadeOfDeclaredTypes_doesNot() throws Exception {
    ClassLoader loader =
        new ClassLoader(CompilerNamesTest.class.getClassLoader()) {
          @Override
          protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith(CompilerNamesTest.class.getName())) {
              return super.loadClass(name, resolve);
            }
            try {
              String code = new String(bytes(Class.forName(name)), ISO_8859_1);
              byte[] bytes = code.replace("f_abc123", "f-abc123").getBytes(ISO_8859_1);
              return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
              throw new ClassNotFoundException(name, e);
            }
          }
        };
    assertThat(needsDigest(loader.loadClass(Mangled.class.getName()), "f-abc123")).isFalse();
  }

  @Test
  void needsDigest_classThatACompilerNamed_does() throws Exception {
    record Local(String text) {
      void clean() {}

      record Inside(String text) {
        void clean() {}
      }
    }
    Cleaner anonymous = new Cleaner() {};
    Object proxy =
        Proxy.newProxyInstance(
            Cleaner.class.getClassLoader(), new Class<?>[] {Cleaner.class}, (p, m, a) -> null);
    Class<?> hidden =
        MethodHandles.lookup().defineHiddenClass(bytes(Mangled.class), false).lookupClass();
    assertThat(needsDigest(Local.class, "clean")).isTrue();
    assertThat(needsDigest(Local.Inside.class, "clean")).isTrue();
    assertThat(CompilerNames.needsDigest(Local.class, Local.class.getDeclaredConstructors()[0]))
        .isTrue();
    assertThat(CompilerNames.needsDigest(anonymous.getClass(), method(Cleaner.class, "clean")))
        .isTrue();
    assertThat(needsDigest(proxy.getClass(), "clean")).isTrue();
    assertThat(needsDigest(hidden, "f_abc123")).isTrue();
  }

  @Test
  void encode_methodWithADollar_isBoundToItsClassFile() {
    EncodedCall call = Codec.encode((Action.Of0) CompilerNamesTest::my$method, List.of());
    assertThat(call.name()).isEqualTo("CompilerNamesTest::my$method");
    assertThat(call.classDigest()).isEqualTo(CodeOrigin.classDigest(CompilerNamesTest.class));
    Codec codec = Codec.create(Settings.defaults());
    assertThat(codec.resolve(call.function(), call.classDigest(), call.name())).isNotNull();
    assertThatThrownBy(() -> codec.resolve(call.function(), null, call.name()))
        .isInstanceOf(UnresolvableFunctionException.class)
        .hasMessageContaining("a compiler made its name, and the row has no class digest");
  }

  @Test
  void resolve_methodOfALocalClass_needsTheDigestOfThatClass() {
    record Local(String text) {
      void clean() {}
    }
    EncodedCall call = Codec.encode((Action.Of1<Local>) Local::clean, List.of(new Local("x")));
    assertThat(call.classDigest()).isEqualTo(CodeOrigin.classDigest(Local.class));
    Codec codec = Codec.create(Settings.defaults());
    assertThatThrownBy(() -> codec.resolve(call.function(), null, call.name()))
        .isInstanceOf(UnresolvableFunctionException.class);
  }
}

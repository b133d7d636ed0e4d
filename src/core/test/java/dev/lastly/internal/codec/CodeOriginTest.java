package dev.lastly.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.model.FunctionRefusedException;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The origin of code, and what is stored of it. Each test loads its classes again, because the
 * origin of a class is cached as long as the class lives.
 */
final class CodeOriginTest {
  private static final String HERE = "dev.lastly.internal.codec.CodeOriginTest";

  @TempDir private Path directory;

  /** Copied, and loaded from the copy. */
  public static class Base {
    public void open() {}

    void packaged() {}

    public static void first(Base base) {}

    @SuppressWarnings("UnusedMethod") // has the name of a lambda
    private static void lambda$() {}
  }

  /** Inherits everything. */
  public static final class Sub extends Base {}

  /** Loads classes of this test again, without a code source. */
  private static final class Generated extends ClassLoader {
    Generated() {
      super(null);
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
      try {
        byte[] bytes = bytes(Class.forName(name));
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }

  private static byte[] bytes(Class<?> type) throws IOException {
    try (var in = type.getResourceAsStream("/" + resource(type))) {
      return Objects.requireNonNull(in).readAllBytes();
    }
  }

  private static String resource(Class<?> type) {
    return type.getName().replace('.', '/') + ".class";
  }

  private static String sha256(byte[] bytes) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  private void copy(Class<?>... types) throws IOException {
    for (Class<?> type : types) {
      Path file = directory.resolve(resource(type));
      Files.createDirectories(file.getParent());
      Files.write(file, bytes(type));
    }
  }

  private static URLClassLoader from(Path place) throws IOException {
    return new URLClassLoader(new URL[] {place.toUri().toURL()}, null);
  }

  private static Capture capture(
      Class<?> owner, String method, String descriptor, boolean hasReceiver, Object... arguments) {
    List<@Nullable Object> list = Arrays.asList(arguments);
    return new Capture(owner, method, descriptor, hasReceiver, list);
  }

  /** A loader of this build's own directory, whose files are older than this process. */
  private static URLClassLoader ofThisBuild() {
    return new URLClassLoader(
        new URL[] {CodeOriginTest.class.getProtectionDomain().getCodeSource().getLocation()}, null);
  }

  @Test
  void module_classOfADirectory_namesItAndTheDigestOfTheClass() throws Exception {
    try (URLClassLoader loader = ofThisBuild()) {
      Class<?> fresh = loader.loadClass(Base.class.getName());
      String digest = sha256(bytes(Base.class));
      assertThat(CodeOrigin.classDigest(fresh)).isEqualTo(digest);
      Path place = Path.of(loader.getURLs()[0].toURI());
      assertThat(CodeOrigin.module(fresh)).isEqualTo(place + "#" + digest.substring(0, 16));
    }
  }

  @Test
  void module_classOfADirectoryThatIsYoungerThanThisProcess_hasNoDigest() throws Exception {
    copy(Base.class);
    try (URLClassLoader loader = from(directory)) {
      Class<?> fresh = loader.loadClass(Base.class.getName());
      assertThat(CodeOrigin.module(fresh)).isEqualTo(directory + "#changed-since-start");
      assertThat(CodeOrigin.classDigest(fresh)).isNull();
    }
  }

  @Test
  void module_classesOfAJar_nameTheJarAndItsDigest() throws Exception {
    Class<?> type = org.assertj.core.api.Assertions.class;
    Path jar = Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    String expected = jar + "#" + sha256(Files.readAllBytes(jar)).substring(0, 16);
    assertThat(CodeOrigin.module(type)).isEqualTo(expected);
    assertThat(CodeOrigin.module(org.assertj.core.api.Assert.class))
        .as("of the same jar")
        .isEqualTo(expected);
    assertThat(CodeOrigin.classDigest(type)).isEqualTo(sha256(bytes(type)));
  }

  @Test
  void module_classesOfAJarThatIsYoungerThanThisProcess_haveNoDigest() throws Exception {
    Path jar = directory.resolve("code.jar");
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
      out.putNextEntry(new JarEntry(resource(Base.class)));
      out.write(bytes(Base.class));
    }
    try (URLClassLoader loader = from(jar)) {
      Class<?> fresh = loader.loadClass(Base.class.getName());
      assertThat(CodeOrigin.module(fresh)).isEqualTo(jar + "#changed-since-start");
      assertThat(CodeOrigin.digest(fresh).problem()).contains("changed or replaced at");
    }
  }

  @Test
  void module_classWhoseFileIsGone_isUnknown() throws Exception {
    copy(Base.class);
    try (URLClassLoader loader = from(directory)) {
      Class<?> fresh = loader.loadClass(Base.class.getName());
      Files.delete(directory.resolve(resource(Base.class)));
      assertThat(CodeOrigin.module(fresh)).isEqualTo("unknown");
      assertThat(CodeOrigin.classDigest(fresh)).isNull();
    }
  }

  @Test
  void module_classWithoutAPlace_isUnknown() throws Exception {
    Class<?> generated = new Generated().loadClass(Base.class.getName());
    assertThat(CodeOrigin.module(generated)).isEqualTo("unknown");
    assertThatThrownBy(() -> Code.of(capture(generated, "lambda$", "()V", false)))
        .isInstanceOf(FunctionRefusedException.class)
        .hasMessageContainingAll(HERE + "$Base#lambda$", "defer a named method");
  }

  @Test
  void module_classOfTheJdk_namesItsModule() {
    assertThat(CodeOrigin.module(java.util.BitSet.class))
        .isEqualTo("jrt:/java.base#" + Runtime.version());
  }

  @Test
  void codeOf_members_areFiledUnderTheReceiversClassIfItInheritsThem() throws Exception {
    copy(CodeOriginTest.class, Base.class, Sub.class);
    try (URLClassLoader loader = from(directory)) {
      Class<?> base = loader.loadClass(Base.class.getName());
      Object sub = loader.loadClass(Sub.class.getName()).getConstructor().newInstance();
      Code open = Code.of(capture(base, "open", "()V", true, sub));
      assertThat(open.target().reference()).hasToString(HERE + "$Sub#open()V");
      assertThat(open.name()).isEqualTo("CodeOriginTest.Sub::open");
      assertThat(open.classDigest()).isNull();
      assertThat(Code.of(capture(base, "open", "()V", true, sub))).as("known").isSameAs(open);
      Code packaged = Code.of(capture(base, "packaged", "()V", true, sub));
      assertThat(packaged.target().reference()).hasToString(HERE + "$Base#packaged()V");
      String descriptor = "(L" + Base.class.getName().replace('.', '/') + ";)V";
      Code first = Code.of(capture(base, "first", descriptor, false, sub));
      assertThat(first.target().reference()).hasToString(HERE + "$Base#first" + descriptor);
    }
  }

  @Test
  void codeOf_lambda_keepsTheDigestOfItsClass() throws Exception {
    try (URLClassLoader loader = ofThisBuild()) {
      Class<?> base = loader.loadClass(Base.class.getName());
      Code lambda = Code.of(capture(base, "lambda$", "()V", false));
      assertThat(lambda.classDigest()).isEqualTo(sha256(bytes(Base.class)));
      assertThat(lambda.name()).isEqualTo("CodeOriginTest.Base::lambda");
    }
  }

  @Test
  void codeOf_lambdaOfAFileThatIsYoungerThanThisProcess_isRefused() throws Exception {
    copy(CodeOriginTest.class, Base.class);
    try (URLClassLoader loader = from(directory)) {
      Class<?> base = loader.loadClass(Base.class.getName());
      assertThatThrownBy(() -> Code.of(capture(base, "lambda$", "()V", false)))
          .isInstanceOf(FunctionRefusedException.class)
          .hasMessageContainingAll(
              HERE + "$Base#lambda$",
              directory.toString(),
              "was changed or replaced at",
              "and this process started at",
              "defer a named method",
              "or restart this process");
      Code named = Code.of(capture(base, "open", "()V", true, base.getConstructor().newInstance()));
      assertThat(named.module()).isEqualTo(directory + "#changed-since-start");
    }
  }

  @Test
  void codeOf_classWithTheFileOfAnother_isRefused() throws Exception {
    // Its loader finds the file of the class path, and made the class of other bytes.
    ClassLoader loader =
        new ClassLoader(CodeOriginTest.class.getClassLoader()) {
          @Override
          protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.equals(Base.class.getName())) {
              return super.loadClass(name, resolve);
            }
            try {
              byte[] bytes = bytes(Base.class);
              return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
              throw new ClassNotFoundException(name, e);
            }
          }
        };
    ClassFile.Digest digest = CodeOrigin.digest(loader.loadClass(Base.class.getName()));
    assertThat(digest.hex()).isNull();
    assertThat(digest.problem()).contains("its class file is file:", "was loaded from null");
  }

  @Test
  void place_urlsOfJarsInJars_isTheOutermostFile() throws Exception {
    Path jar = Files.writeString(directory.resolve("app !.jar"), "");
    String text = jar.toUri().getRawPath();
    for (String url :
        List.of(
            "jar:file:" + text + "!/BOOT-INF/classes!/a/B.class",
            "jar:file:" + text + "!/BOOT-INF/lib/c.jar!/a/B.class",
            "jar:file:" + text + "!/a/B.class",
            "file:" + text)) {
      assertThat(ClassFile.place(new URL(url))).as(url).isEqualTo(jar);
    }
    assertThat(ClassFile.place(new URL("http://localhost/a/B.class"))).isNull();
    assertThat(ClassFile.place(new URL("jrt:/java.base/java/lang/String.class"))).isRegularFile();
  }

  @Test
  void codeOf_classThatCannotBeLinked_saysWhatIsMissing() throws Exception {
    copy(Base.class); // and not the class around it
    try (URLClassLoader loader = from(directory)) {
      Class<?> base = loader.loadClass(Base.class.getName());
      assertThatThrownBy(() -> Code.of(capture(base, "lambda$", "()V", false)))
          .isInstanceOf(FunctionRefusedException.class)
          .hasMessageContaining("java.lang.NoClassDefFoundError: " + HERE.replace('.', '/'));
    }
  }

  @Test
  void codeOf_methodOfTheJdk_isFiledWhereItIsDeclared() {
    Code size = Code.of(capture(List.class, "isEmpty", "()Z", true, new java.util.ArrayList<>()));
    assertThat(size.target().reference()).hasToString("java.util.List#isEmpty()Z");
    assertThatThrownBy(() -> Code.of(capture(List.class, "absent", "()Z", true, List.of())))
        .isInstanceOf(FunctionRefusedException.class)
        .hasMessageStartingWith("java.util.List#absent could not be called later");
  }
}

package dev.lastly.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UserClassPathTest {
  @TempDir private Path dir;

  @Test
  void loader_jarsDirectoriesAndStars_areInThatOrder() throws Exception {
    Files.createFile(dir.resolve("b.jar"));
    Files.createFile(dir.resolve("a.jar"));
    Files.createFile(dir.resolve("c.txt"));
    Path classes = Files.createDirectory(dir.resolve("classes"));
    try (URLClassLoader loader = UserClassPath.loader(classes + "::" + dir + "/*")) {
      assertThat(loader.getURLs())
          .extracting(URL::getPath)
          .containsExactly(classes + "/", dir + "/a.jar", dir + "/b.jar");
      assertThat(loader.loadClass(Lastly.class.getName())).isSameAs(Lastly.class);
    }
  }

  @Test
  void loader_somethingThatIsNotThere_isAUsageError() {
    assertThatThrownBy(() -> UserClassPath.loader(dir + "/none.jar"))
        .isInstanceOf(CommandException.class)
        .hasMessageContaining(dir + "/none.jar, which does not exist");
  }

  @Test
  void use_untilItIsClosed_isTheContextClassPathOfTheThread() throws Exception {
    Path file = Files.writeString(dir.resolve("resource"), "x");
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    ClassLoader users;
    try (UserClassPath used = UserClassPath.use(dir.toString())) {
      users = Objects.requireNonNull(used.loader());
      assertThat(users).isSameAs(Thread.currentThread().getContextClassLoader());
      assertThat(users.getResource("resource")).isEqualTo(file.toUri().toURL());
    }
    assertThat(Thread.currentThread().getContextClassLoader()).isSameAs(before);
    assertThat(users.getResource("resource")).as("it is closed").isNull();
    try (UserClassPath none = UserClassPath.use(null)) {
      assertThat(none.loader()).isNull();
      assertThat(Thread.currentThread().getContextClassLoader()).isSameAs(before);
    }
  }
}

package dev.lastly.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
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
    try (URLClassLoader loader =
        (URLClassLoader) UserClassPath.loader(classes + "::" + dir + "/*")) {
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
}

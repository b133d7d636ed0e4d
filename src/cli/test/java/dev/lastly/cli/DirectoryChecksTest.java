package dev.lastly.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.cli.CheckResult.Severity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the doctor says of the permissions is what managers ask at open. */
class DirectoryChecksTest {
  @TempDir private Path temp;
  private Path above;
  private Path directory;

  @BeforeEach
  void prepare() throws Exception {
    above = Files.createDirectory(temp.toRealPath().resolve("above"));
    directory = Files.createDirectories(above.resolve("base/deferred"));
    mode(directory, "rwx------");
    mode(above.resolve("base"), "rwxr-xr-x");
    mode(above, "rwxr-xr-x");
  }

  private static void mode(Path path, String permissions) throws Exception {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
  }

  private CheckResult permissions() {
    return new DirectoryChecks(directory)
        .all()
        .filter(check -> check.name().equals("permissions"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void all_onlyThisUserMayWrite_isOk() {
    assertThat(permissions().level()).as(permissions().text()).isEqualTo(Severity.OK);
  }

  @Test
  void all_othersMayWriteTheDirectory_fails() throws Exception {
    mode(directory, "rwxrwx---");
    assertThat(permissions().level()).isEqualTo(Severity.FAIL);
    assertThat(permissions().text()).startsWith(directory + " has mode rwxrwx---");
  }

  @Test
  void all_othersMayRenameInADirectoryAbove_fails() throws Exception {
    mode(above, "rwxrwxr-x");
    assertThat(permissions().level()).isEqualTo(Severity.FAIL);
    assertThat(permissions().text())
        .startsWith(above + ", a directory above the state directory, is not firm")
        .contains("rwxrwxr-x", "chmod +t");
    Files.setAttribute(above, "unix:mode", 01775); // sticky
    assertThat(permissions().level()).as(permissions().text()).isEqualTo(Severity.OK);
  }
}

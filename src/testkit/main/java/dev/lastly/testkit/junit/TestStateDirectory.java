package dev.lastly.testkit.junit;

import dev.lastly.model.Guardian;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Where the tests of a JVM keep what is to be cleaned up. Immutable.
 *
 * @param base what managers are opened with, absolute
 * @param isGuarded whether there is a guardian
 */
record TestStateDirectory(Path base, boolean isGuarded) {

  /** As the configuration says. */
  static TestStateDirectory of(ExtensionContext context) {
    return new TestStateDirectory(
        parameter(context, CleanUpExtension.STATE_DIR_PROPERTY_NAME)
            .map(TestStateDirectory::given)
            .orElseGet(TestStateDirectory::ofTheUser),
        parameter(context, CleanUpExtension.GUARDIAN_PROPERTY_NAME)
            .map(TestStateDirectory::isTrue)
            .orElse(true));
  }

  static Optional<String> parameter(ExtensionContext context, String name) {
    return context.getConfigurationParameter(name).map(String::strip).filter(s -> !s.isEmpty());
  }

  private static Path given(String path) {
    try {
      return Path.of(path).toAbsolutePath().normalize();
    } catch (InvalidPathException e) {
      throw new ExtensionConfigurationException(
          CleanUpExtension.STATE_DIR_PROPERTY_NAME + " is no path: " + e.getMessage(), e);
    }
  }

  private static boolean isTrue(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "true" -> true;
      case "false" -> false;
      default ->
          throw new ExtensionConfigurationException(
              CleanUpExtension.GUARDIAN_PROPERTY_NAME
                  + " must be true or false; got '"
                  + text
                  + "'");
    };
  }

  /**
   * One for each working directory, because builds have one for each module, and processes that
   * share a state directory need the same classes. By the XDG Base Directory Specification.
   */
  private static Path ofTheUser() {
    Path project = Path.of("").toAbsolutePath();
    Path name = Objects.requireNonNullElse(project.getFileName(), Path.of("root"));
    return stateHome()
        .resolve("lastly/junit")
        .resolve(String.format(Locale.ROOT, "%s-%08x", name, project.toString().hashCode()));
  }

  private static Path stateHome() {
    String state = System.getenv("XDG_STATE_HOME");
    if (state != null && state.startsWith("/")) { // the specification says to ignore others
      return Path.of(state);
    }
    String home = System.getProperty("user.home", "");
    if (home.startsWith("/")) { // "?" means that there is none
      return Path.of(home, ".local", "state");
    }
    throw new ExtensionConfigurationException(
        String.format(
            Locale.ROOT,
            "there is no place for the state directory of the tests: user.home is '%s', and"
                + " XDG_STATE_HOME is not set. Set the configuration parameter %s to a directory"
                + " that outlives this JVM",
            home,
            CleanUpExtension.STATE_DIR_PROPERTY_NAME));
  }

  Guardian guardian() {
    return isGuarded ? Guardian.sameClassPath() : Guardian.none();
  }
}

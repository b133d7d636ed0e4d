package dev.lastly.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.model.FunctionPolicy;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.Settings;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The statements of the README are true. */
class ReadmeTest {
  @Test
  void javaBlocks_regionsOfTheExamples_areTheSameText() throws Exception {
    assertThat(Markdown.read("README.md").blocks("java"))
        .containsExactly(
            Markdown.region("Cookbook", "lead"),
            Markdown.region("CrashAndRecover", "crash"),
            Markdown.region("Leases", "function"));
  }

  @Test
  void quickStart_block_isExactlyTwoTargetsOfTheMakefile() throws Exception {
    assertThat(Markdown.read("README.md").blocks("sh").get(1)).isEqualTo("make demo\nmake test\n");
    assertThat(Files.readString(Markdown.ROOT.resolve("Makefile")))
        .containsPattern("(?m)^demo:.*##")
        .containsPattern("(?m)^test:.*##");
  }

  @Test
  void dependency_version_isTheOneOfThePom() throws Exception {
    String version = ofThePom("version");
    Markdown readme = Markdown.read("README.md");
    assertThat(readme.blocks("xml").get(0)).contains("<version>" + version + "</version>");
    assertThat(readme.blocks("kotlin").get(0))
        .contains("dev.lastly:lastly:" + version, "dev.lastly:lastly-testkit:" + version);
    assertThat(readme.text()).contains("Status: " + version);
  }

  @Test
  void pinnedDriver_version_isTheOneOfThePom() throws Exception {
    String driver = ofThePom("sqlite-jdbc.version");
    assertThat(Markdown.read("README.md").text())
        .contains(
            "<sqlite-jdbc.version>" + driver + "</sqlite-jdbc.version>",
            "extra[\"sqlite-jdbc.version\"] = \"" + driver + "\"");
  }

  private static String ofThePom(String element) throws IOException {
    Matcher found =
        Pattern.compile("<" + element + ">([^<]+)</")
            .matcher(Files.readString(Markdown.ROOT.resolve("pom.xml")));
    assertThat(found.find()).isTrue();
    return found.group(1);
  }

  @Test
  void configuration_everySetting_withItsDefault() throws Exception {
    Settings settings = Settings.defaults();
    RetryPolicy retry = RetryPolicy.defaults();
    Map<String, String> expected = new TreeMap<>();
    expected.put("durability", "`" + settings.durability() + "`");
    expected.put("order", "`" + settings.order() + "`");
    expected.put("reapInterval", text(settings.reapInterval()));
    expected.put("functionTimeout", text(settings.functionTimeout()));
    expected.put("storeTimeout", text(settings.storeTimeout()));
    expected.put("finishedRetention", text(settings.finishedRetention()));
    expected.put("finishedLimit", String.format(Locale.ROOT, "%,d", settings.finishedLimit()));
    expected.put("logLimit", Long.toString(settings.logLimit()));
    expected.put("onDamage", "`" + settings.onDamage() + "`");
    expected.put("onFailure", "`" + settings.onFailure() + "`");
    expected.put("onShutdown", "`" + settings.onShutdown() + "`");
    expected.put("shutdownGrace", text(settings.shutdownGrace()));
    expected.put("label", settings.label().isEmpty() ? "empty" : settings.label());
    expected.put("alias", settings.aliases().isEmpty() ? "none" : "some");
    expected.put("namedFunctions", settings.namedFunctions().isEmpty() ? "none" : "some");
    expected.put("fleet", settings.fleet() == null ? "unset" : "set");
    expected.put("carrier", settings.carriers().isEmpty() ? "none" : "some");
    expected.put("listener", settings.listeners().isEmpty() ? "none" : "some");
    expected.put("classLoader", settings.classLoader() == null ? "unset" : "set");
    expected.put("guardian", settings.guardian().isWanted() ? "some" : "`Guardian.none()`");
    assertThat(settings.retry()).isSameAs(RetryPolicy.defaults());
    expected.put("retry", "`RetryPolicy.defaults()`");
    assertThat(settings.policy()).isSameAs(FunctionPolicy.privateDirectory());
    assertThat(settings.allowedFileSystems()).isEmpty();
    expected.put("allowFileSystem", "none");
    expected.put("policy", "`FunctionPolicy.privateDirectory()`");
    expected.put("maxAttempts", Integer.toString(retry.maxAttempts()));
    expected.put("initialBackoff", text(retry.backoffAfter(1)));
    expected.put("maxBackoff", text(retry.backoffAfter(100)));
    long factor = retry.backoffAfter(2).dividedBy(retry.backoffAfter(1));
    expected.put("multiplier", Long.toString(factor));

    String javadoc =
        Files.readString(Markdown.ROOT.resolve("src/core/main/java/dev/lastly/model/Settings.java"))
            + Files.readString(
                Markdown.ROOT.resolve("src/core/main/java/dev/lastly/model/RetryPolicy.java"));
    expected.values().stream()
        .filter(value -> value.matches("[1-9].*"))
        .forEach(value -> assertThat(javadoc).contains("Default " + value + "."));

    Map<String, String> documented = new TreeMap<>();
    for (List<String> row : Markdown.rows(Markdown.read("README.md").section("## Configuration"))) {
      documented.put(Markdown.code(row.get(0)).get(0), row.get(1));
    }
    assertThat(documented).isEqualTo(expected);
    assertThat(documented.keySet())
        .containsExactlyInAnyOrderElementsOf(
            Stream.of(Settings.Builder.class, RetryPolicy.Builder.class)
                .flatMap(builder -> Arrays.stream(builder.getDeclaredMethods()))
                .filter(method -> Modifier.isPublic(method.getModifiers()))
                .filter(method -> method.getParameterCount() > 0)
                .map(Method::getName)
                .toList());
  }

  @Test
  void architecture_everyPackage_isNamed() throws Exception {
    String packages = Markdown.read("docs/architecture.md").section("## Packages");
    for (String module : List.of("core", "testkit", "cli")) {
      Path main = Markdown.ROOT.resolve("src").resolve(module).resolve("main/java/dev/lastly");
      try (Stream<Path> files = Files.walk(main)) {
        files
            .filter(file -> file.endsWith("package-info.java") && !main.equals(file.getParent()))
            .map(file -> main.relativize(file).resolveSibling("").toString().replace('/', '.'))
            .forEach(name -> assertThat(packages).containsPattern("(?m)^" + name + " "));
      }
    }
  }

  private static String text(Duration duration) {
    if (duration.isZero()) {
      return "0";
    }
    if (duration.toHours() % 24 == 0 && duration.toDays() > 0) {
      return duration.toDays() + " days";
    }
    return duration.toSeconds() % 60 == 0
        ? duration.toMinutes() + " min"
        : duration.toSeconds() + " s";
  }
}

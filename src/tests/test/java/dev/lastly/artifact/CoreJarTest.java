package dev.lastly.artifact;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** No library inside the core jar can conflict with another version in an application. */
class CoreJarTest {
  private static List<String> entries() throws Exception {
    try (JarFile jar = new JarFile(CoreJar.path().toFile())) {
      return jar.stream().filter(e -> !e.isDirectory()).map(JarEntry::getName).toList();
    }
  }

  private static String text(String entry) throws Exception {
    try (JarFile jar = new JarFile(CoreJar.path().toFile())) {
      return new String(
          jar.getInputStream(jar.getJarEntry(entry)).readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void classes_ofTheJar_areAllBelowDevLastly() throws Exception {
    assertThat(entries())
        .filteredOn(name -> name.endsWith(".class") && !name.equals("module-info.class"))
        .hasSizeGreaterThan(1000)
        .allMatch(name -> name.startsWith("dev/lastly/"));
  }

  @Test
  void resources_ofTheJar_areBelowDevLastlyOrMetaInf() throws Exception {
    assertThat(entries())
        .filteredOn(name -> !name.endsWith(".class"))
        .allMatch(name -> name.startsWith("dev/lastly/") || name.startsWith("META-INF/"));
  }

  @Test
  void services_ofTheJar_areThoseOfRelocatedLibraries() throws Exception {
    List<String> services =
        entries().stream().filter(name -> name.startsWith("META-INF/services/")).toList();
    assertThat(services)
        .isNotEmpty()
        .allMatch(name -> name.startsWith("META-INF/services/dev.lastly.internal.shaded."));
    for (String service : services) {
      assertThat(text(service).lines().map(String::strip))
          .filteredOn(line -> !line.isEmpty() && !line.startsWith("#"))
          .allMatch(line -> line.startsWith("dev.lastly.internal.shaded."));
    }
  }

  @Test
  void licences_ofWhatIsRelocated_areKept() throws Exception {
    assertThat(entries())
        .contains(
            "META-INF/LICENSE",
            "META-INF/LICENSE.txt",
            "META-INF/FastDoubleParser-LICENSE",
            "META-INF/Schubfach-LICENSE");
    assertThat(text("META-INF/LICENSE")).contains("Apache License");
    assertThat(text("META-INF/NOTICE")).contains("HikariCP", "Flyway", "Jackson");
  }

  @Test
  void dependencies_ofThePublishedPom_areThreeAndOptionalOnes() throws Exception {
    Path pom = CoreJar.path().resolveSibling("reduced-pom.xml");
    Element project =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(pom.toFile())
            .getDocumentElement();
    List<String> brought = new ArrayList<>();
    List<String> optional = new ArrayList<>();
    NodeList dependencies = project.getElementsByTagName("dependency");
    for (int i = 0; i < dependencies.getLength(); i++) {
      Element dependency = (Element) dependencies.item(i);
      boolean ofTheProject = dependency.getParentNode().getParentNode().equals(project);
      if (ofTheProject && !text(dependency, "scope").equals("test")) {
        (text(dependency, "optional").equals("true") ? optional : brought)
            .add(text(dependency, "artifactId"));
      }
    }
    assertThat(brought).containsExactlyInAnyOrder("sqlite-jdbc", "slf4j-api", "jspecify");
    assertThat(optional).containsExactlyInAnyOrder("opentelemetry-api", "micrometer-core");
  }

  private static String text(Element element, String name) {
    NodeList found = element.getElementsByTagName(name);
    return found.getLength() == 0 ? "" : found.item(0).getTextContent().strip();
  }

  /** The modules above the core are tested with the jar, not with its classes before relocation. */
  @Test
  void classPath_ofTheseTests_hasTheJarAndNoHikari() throws Exception {
    assertThat(Files.isRegularFile(CoreJar.path())).isTrue();
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    assertThat(classPath.split(File.pathSeparator, -1))
        .noneMatch(entry -> entry.contains("Hikari"));
  }
}

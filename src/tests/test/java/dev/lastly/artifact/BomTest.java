package dev.lastly.artifact;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The pom with the versions of all artifacts, which no other pom inherits from. */
class BomTest {
  private static final Path ROOT = Path.of(System.getProperty("lastly.basedir", ""));

  private static String read(String pom) throws Exception {
    return Files.readString(ROOT.resolve(pom));
  }

  private static List<String> all(String pattern, String text) {
    List<String> found = new ArrayList<>();
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    while (matcher.find()) {
      found.add(matcher.group(1));
    }
    return found;
  }

  @Test
  void bom_everyArtifactThatIsDeployed_isInItWithItsVersion() throws Exception {
    List<String> deployed = new ArrayList<>();
    String parent = read("pom.xml");
    for (String module : all("<module>(.*?)</module>", parent)) {
      String pom = read(module + "/pom.xml");
      if (!pom.contains("<packaging>pom<") && !pom.contains("<maven.deploy.skip>true<")) {
        deployed.add(all("(?m)^  <artifactId>(.*?)</artifactId>", pom).get(0));
      }
    }
    String version = all("(?m)^  <version>(.*?)</version>", parent).get(0);
    String bom = read("src/bom/pom.xml");
    String managed =
        bom.substring(bom.indexOf("<dependencyManagement>"), bom.indexOf("<profiles>"));
    assertThat(deployed).contains("lastly", "lastly-testkit");
    assertThat(all("<artifactId>(.*?)</artifactId>", managed))
        .containsExactlyInAnyOrderElementsOf(deployed);
    assertThat(all("<version>(.*?)</version>", bom.substring(0, bom.indexOf("<profiles>"))))
        .containsOnly(version)
        .hasSize(deployed.size() + 1);
    assertThat(all("<groupId>(.*?)</groupId>", managed)).containsOnly("dev.lastly");
  }
}

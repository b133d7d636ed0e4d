package dev.lastly.site;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SiteTest {
  private static final Path ROOT = Path.of(System.getProperty("lastly.basedir", ""));

  @TempDir private Path directory;

  @Test
  void pages_ofThisRepository_haveNoFault() throws Exception {
    assertThat(Site.read(ROOT).faults()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          README.md:3: the link 'absent.md' leads to absent.md, which is not there | # T\\n\\n[x](absent.md)
          README.md:3: the link 'docs/b.md#c' leads to docs/b.md, which has no #c | # T\\n\\n[x](docs/b.md#c)
          README.md:3: the link '#b' leads to README.md, which has no #b | # T\\n\\n[x](#b)
          README.md:3: the link '../b.svg' leads out of the repository | # T\\n\\n![x](../b.svg)
          README.md:3: the link '/b.svg' leads out of the repository | # T\\n\\n[x](/b.svg)
          README.md:3: the link 'target/a' leads to target/a, which is not in the repository | # T\\n\\n[x](target/a)
          README.md:3: the link 'LICENSE#a' leads to a place in LICENSE, which is no page | # T\\n\\n[x](LICENSE#a)
          README.md:3: the link 'ftp://a/b' leads to another scheme | # T\\n\\n[x](ftp://a/b)
          README.md:3: the link 'absent' leads to absent, which is not there | # T\\n\\n[x]\\n\\n[x]: absent
          README.md:3: this code block has no language | # T\\n\\n```\\ncode\\n```
          README.md:5: this fence is not closed | # T\\n\\n- a\\n\\n  ```sh\\n  b\\n
          README.md:5: this indented code block has no language | # T\\n\\nx\\n\\n    code
          README.md:3: HTML that is no comment | # T\\n\\n<b>x</b>
          README.md:1: expected a heading, as the page's title | x\\n\\n# T
          """)
  void faults_ofAPage_nameFileLineAndWhatIsWrong(String fault, String page) throws Exception {
    Files.createDirectories(directory.resolve("docs"));
    Files.createDirectory(directory.resolve("target"));
    Files.createFile(directory.resolve("target/a"));
    Files.createFile(directory.resolve("LICENSE"));
    Files.writeString(directory.resolve("docs/guardian.md"), "# G\n\n[a](../README.md#t)\n");
    Files.writeString(directory.resolve("docs/b.md"), "# B\n");
    Files.writeString(directory.resolve("README.md"), page.translateEscapes() + "\n");
    assertThat(Site.read(directory).faults())
        .hasSizeLessThan(4)
        .anyMatch(line -> line.startsWith(fault))
        .contains("docs/b.md:1: no list of pages names it; add it to Frame.GROUPS")
        .noneMatch(line -> line.startsWith("docs/guardian.md"));
  }

  @Test
  void site_everyPage_leadsToFilesOfItsOwnAlone() throws Exception {
    Site.read(ROOT).write(directory);
    Pattern loaded = Pattern.compile("<(?:img|script|link)\\b[^>]*(?:src|href)=\"([^\"]*)\"");
    Pattern followed = Pattern.compile("<a\\b[^>]*href=\"([^\"#]*)");
    List<Path> pages = pages();
    assertThat(pages).hasSizeGreaterThan(25);
    for (Path page : pages) {
      String html = Files.readString(page);
      for (Pattern pattern : List.of(loaded, followed)) {
        pattern
            .matcher(html)
            .results()
            .map(match -> match.group(1))
            .filter(address -> pattern == loaded || !address.startsWith("https://"))
            .forEach(address -> assertThat(page.resolveSibling(address)).as("%s", page).exists());
      }
      assertThat(html).as("%s", page).contains("aria-current=\"page\"");
    }
  }

  private List<Path> pages() throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.filter(file -> file.toString().endsWith(".html")).toList();
    }
  }

  /** In Chromium, from the disk, as a reader would: needs the program {@code chromium}. */
  @Test
  @Tag("campaign")
  void search_termInAHeading_leadsToItsSectionFirst() throws Exception {
    Path site = directory.resolve("site");
    Site.read(ROOT).write(site);
    assertThat(shown(site.resolve("docs/faq.html").toUri() + "?q=CLAIM+fence"))
        .containsPattern(
            "<ol id=\"found\" aria-live=\"polite\">"
                + "<li><a href=\"\\.\\./docs/ownership\\.html#what-a-claim-is\">"
                + "<strong>Ownership: What a claim is</strong><span>[^<]*<mark>");
  }

  private String shown(String address) throws Exception {
    Path out = directory.resolve("dom");
    Process browser =
        new ProcessBuilder(
                "chromium",
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-dev-shm-usage",
                "--user-data-dir=" + directory.resolve("profile"),
                "--dump-dom",
                address)
            .redirectOutput(out.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      assertThat(browser.waitFor(2, TimeUnit.MINUTES)).isTrue();
    } finally {
      browser.descendants().forEach(ProcessHandle::destroyForcibly);
      browser.destroyForcibly();
    }
    return Files.readString(out);
  }
}

package dev.lastly.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnitAccess;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * What the program writes and reads means the same in every locale: digits are ASCII, the i has a
 * dot, and bytes are UTF-8. So no code may use a default locale or charset.
 */
final class LocaleTest {
  private static final JavaClasses MAIN = Shipped.CLASSES;

  private static final String TEXT = "java.lang.String";
  private static final String STREAM = "java.io.InputStream";
  private static final String OUTPUT = "java.io.OutputStream";

  /** Full names, as regular expressions, of what asks for the default locale or charset. */
  private static final Pattern BY_DEFAULT =
      Pattern.compile(
          String.join(
              "|",
              List.of(
                  quote(TEXT + ".formatted([L" + TEXT.replace("String", "Object") + ";)"),
                  quote(TEXT + ".format(" + TEXT + ", [Ljava.lang.Object;)"),
                  quote(TEXT + ".toLowerCase()"),
                  quote(TEXT + ".toUpperCase()"),
                  quote(TEXT + ".getBytes()"),
                  "java\\.lang\\.String\\.<init>\\(\\[B(, int, int)?\\)",
                  "java\\.io\\.Print(Stream|Writer)\\.(printf|format)\\(java\\.lang\\.String, .*",
                  "java\\.io\\.PrintStream\\.<init>\\((java\\.io\\.OutputStream(, boolean)?"
                      + "|java\\.lang\\.String|java\\.io\\.File)\\)",
                  "java\\.io\\.PrintWriter\\.<init>\\((java\\.io\\.OutputStream(, boolean)?"
                      + "|java\\.lang\\.String|java\\.io\\.File)\\)",
                  quote("java.io.InputStreamReader.<init>(" + STREAM + ")"),
                  quote("java.io.OutputStreamWriter.<init>(" + OUTPUT + ")"),
                  "java\\.io\\.File(Reader|Writer)\\.<init>\\([^,]*(, boolean)?\\)",
                  quote("java.io.ByteArrayOutputStream.toString()"),
                  quote("java.nio.charset.Charset.defaultCharset()"),
                  "java\\.lang\\.Process\\.(inputReader|errorReader|outputWriter)\\(\\)",
                  "java\\.util\\.Formatter\\.<init>\\((java\\.lang\\.(Appendable|String)"
                      + "|java\\.io\\.(File|OutputStream|PrintStream))?\\)",
                  "java\\.util\\.Scanner\\.<init>\\([^,]*\\)",
                  "java\\.util\\.Locale\\.getDefault\\(.*",
                  "java\\.time\\.format\\.DateTimeFormatter\\.ofPattern\\(java\\.lang\\.String\\)",
                  "java\\.time\\.format\\.DateTimeFormatter\\.ofLocalized.*",
                  "java\\.text\\.(DecimalFormat|SimpleDateFormat)\\.<init>\\((java\\.lang\\.String)?\\)",
                  "java\\.text\\.\\w*Format\\.get\\w*Instance\\((int(, int)?)?\\)",
                  "java\\.text\\.MessageFormat\\.format\\(.*")));

  /** Those that have to ask, and why. */
  private static final Map<String, String> MAY =
      Map.of(
          "dev.lastly.internal.posix.NativeText", "it finds out what the charset is",
          "dev.lastly.internal.sqlite.DriverLoader$Preload", "it loads what the driver will load");

  private static String quote(String name) {
    return Pattern.quote(name);
  }

  @Test
  void mainCode_takesNoLocaleAndNoCharsetByDefault() {
    Set<String> found = new TreeSet<>();
    for (JavaClass each : MAIN) {
      if (!MAY.containsKey(each.getName())) {
        for (JavaCodeUnitAccess<?> access : each.getCodeUnitAccessesFromSelf()) {
          if (BY_DEFAULT.matcher(access.getTarget().getFullName()).matches()) {
            found.add(access.getDescription());
          }
        }
      }
    }
    assertThat(found).as("say Locale.ROOT, or StandardCharsets.UTF_8").isEmpty();
  }

  /** Else a name that has been mistyped above would hold for ever. */
  @Test
  void rule_itsOwnExamples_areFound() {
    JavaClass examples = new ClassFileImporter().importClass(Examples.class);
    assertThat(
            examples.getCodeUnitAccessesFromSelf().stream()
                .map(access -> access.getTarget().getFullName())
                .filter(name -> BY_DEFAULT.matcher(name).matches()))
        .hasSize(14);
  }

  /** What the rule is about. */
  @SuppressWarnings({
    "unused",
    "DefaultCharset",
    "StringCaseLocaleUsage",
    "JdkObsolete",
    "FormatStringConcatenation"
  })
  private static final class Examples {
    static Object all(byte[] bytes, java.io.InputStream in, Process process) throws Exception {
      String text = new String(bytes) + new String(bytes, 0, 1);
      text += "%d".formatted(1) + String.format("%d", 2) + text.toLowerCase() + text.toUpperCase();
      text += new java.io.InputStreamReader(in).read() + process.inputReader().readLine();
      text += java.time.format.DateTimeFormatter.ofPattern("uuuu") + "" + text.getBytes().length;
      text += java.text.NumberFormat.getInstance().format(1) + new java.text.DecimalFormat("0");
      System.out.printf("%d", 1);
      return java.nio.charset.Charset.defaultCharset().name() + text;
    }
  }
}

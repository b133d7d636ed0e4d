package dev.lastly.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URL;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The starters, which are not among {@link Shipped}: no Boot is on this class path. */
final class StarterLayersTest {
  private static final JavaClasses STARTERS = new ClassFileImporter().importUrls(packages());

  private static List<URL> packages() {
    try {
      return Collections.list(
          StarterLayersTest.class.getClassLoader().getResources("dev/lastly/spring/"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void starters_useTheLibraryAsAnApplicationDoes() {
    noClasses()
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("dev.lastly..")
                .and(
                    DescribedPredicate.describe(
                        "are not for applications",
                        (JavaClass c) ->
                            !List.of(
                                    "dev.lastly",
                                    "dev.lastly.context",
                                    "dev.lastly.model",
                                    "dev.lastly.metrics",
                                    "dev.lastly.report",
                                    "dev.lastly.spring")
                                .contains(c.getPackageName()))))
        .check(STARTERS);
  }

  @Test
  void concreteClasses_areFinal() {
    classes().that().areNotInterfaces().should().haveModifier(JavaModifier.FINAL).check(STARTERS);
  }

  @Test
  void bothStarters_areLookedAt() {
    assertThat(STARTERS.stream().map(JavaClass::getSimpleName))
        .contains("Boot3HealthAutoConfiguration", "Boot4HealthAutoConfiguration");
  }
}

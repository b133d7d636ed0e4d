package dev.lastly.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Arrows between packages point one way: see {@code docs/architecture.md}. */
final class LayersTest {
  private static final JavaClasses MAIN = Shipped.CLASSES;

  private static final String ROOT = "dev.lastly";

  /** The built-in clean-up of databases, whichever they are. */
  private static final DescribedPredicate<JavaClass> ARE_NOT_SQL =
      DescribedPredicate.describe(
          "are not Sql", type -> !type.getName().equals("dev.lastly.cleanup.Sql"));

  /** The program's server of metrics. */
  private static final DescribedPredicate<JavaClass> ARE_NOT_THE_SCRAPE =
      DescribedPredicate.describe(
          "are not MetricsServer", type -> !type.getName().equals("dev.lastly.cli.MetricsServer"));

  /** Each package, and the only packages of ours that it may know. */
  private static final Map<String, List<String>> ARROWS =
      Map.ofEntries(
          Map.entry("dev.lastly.model", List.of("dev.lastly.internal.text")),
          Map.entry("dev.lastly.internal.text", List.of()),
          Map.entry("dev.lastly.internal.classpath", List.of("dev.lastly.model")),
          Map.entry(
              "dev.lastly.internal.row", List.of("dev.lastly.model", "dev.lastly.internal.text")),
          Map.entry("dev.lastly.internal.jfr", List.of("dev.lastly.model")),
          Map.entry(
              "dev.lastly.cleanup",
              List.of("dev.lastly.model", "dev.lastly.internal.posix", "dev.lastly.internal.proc")),
          Map.entry("dev.lastly.context", List.of("dev.lastly.model")),
          Map.entry("dev.lastly.internal.posix", List.of()),
          Map.entry("dev.lastly.internal.proc", List.of("dev.lastly.internal.posix")),
          Map.entry(
              "dev.lastly.internal.codec",
              List.of(
                  "dev.lastly.model",
                  "dev.lastly.internal.row",
                  "dev.lastly.internal.posix",
                  "dev.lastly.internal.proc",
                  "dev.lastly.internal.text")),
          Map.entry(
              "dev.lastly.internal.owner",
              List.of(
                  "dev.lastly.model",
                  "dev.lastly.internal.row",
                  "dev.lastly.internal.posix",
                  "dev.lastly.internal.proc")),
          Map.entry(
              "dev.lastly.internal.sqlite",
              List.of(
                  "dev.lastly.model",
                  "dev.lastly.internal.classpath",
                  "dev.lastly.internal.jfr",
                  "dev.lastly.internal.posix")),
          Map.entry(
              "dev.lastly.internal.store",
              List.of(
                  "dev.lastly.model",
                  "dev.lastly.internal.classpath",
                  "dev.lastly.internal.row",
                  "dev.lastly.internal.text",
                  "dev.lastly.internal.posix",
                  "dev.lastly.internal.spi",
                  "dev.lastly.internal.sqlite")),
          Map.entry(
              "dev.lastly.internal.spi",
              List.of("dev.lastly.model", "dev.lastly.internal.row", "dev.lastly.internal.text")),
          Map.entry(
              "dev.lastly.internal.directory",
              List.of("dev.lastly.model", "dev.lastly.internal.posix", "dev.lastly.internal.proc")),
          Map.entry(
              "dev.lastly.internal.engine", // no store of its own: another may stand behind the spi
              List.of(
                  "dev.lastly.model",
                  "dev.lastly.internal.jfr",
                  "dev.lastly.internal.row",
                  "dev.lastly.internal.text",
                  "dev.lastly.internal.codec",
                  "dev.lastly.internal.posix",
                  "dev.lastly.internal.spi")),
          Map.entry(
              "dev.lastly.internal.node",
              List.of(
                  "dev.lastly.model",
                  "dev.lastly.internal.row",
                  "dev.lastly.internal.text",
                  "dev.lastly.internal.directory",
                  "dev.lastly.internal.engine",
                  "dev.lastly.internal.owner",
                  "dev.lastly.internal.posix",
                  "dev.lastly.internal.proc",
                  "dev.lastly.internal.spi",
                  "dev.lastly.internal.store")),
          Map.entry(
              "dev.lastly.internal.audit",
              List.of(
                  "dev.lastly.model",
                  "dev.lastly.internal.row",
                  "dev.lastly.internal.text",
                  "dev.lastly.internal.owner",
                  "dev.lastly.internal.spi",
                  "dev.lastly.internal.store",
                  "dev.lastly.internal.directory")),
          Map.entry(
              "dev.lastly.internal.child",
              List.of("dev.lastly.cleanup", "dev.lastly.internal.posix")),
          Map.entry(
              "dev.lastly.internal.guardian",
              List.of(
                  "dev.lastly.model",
                  "dev.lastly.internal.audit",
                  "dev.lastly.internal.codec",
                  "dev.lastly.internal.directory",
                  "dev.lastly.internal.engine",
                  "dev.lastly.internal.node",
                  "dev.lastly.internal.owner",
                  "dev.lastly.internal.posix",
                  "dev.lastly.internal.spi")),
          Map.entry(
              ROOT,
              List.of(
                  "dev.lastly.model",
                  "dev.lastly.cleanup",
                  "dev.lastly.internal.child",
                  "dev.lastly.internal.guardian",
                  "dev.lastly.internal.row",
                  "dev.lastly.internal.audit",
                  "dev.lastly.internal.classpath",
                  "dev.lastly.internal.codec",
                  "dev.lastly.internal.engine",
                  "dev.lastly.internal.node",
                  "dev.lastly.internal.spi")),
          Map.entry(
              "dev.lastly.metrics",
              List.of(ROOT, "dev.lastly.model", "dev.lastly.internal.spi")), // the log
          Map.entry(
              "dev.lastly.testkit",
              List.of(
                  ROOT,
                  "dev.lastly.model",
                  "dev.lastly.cleanup",
                  "dev.lastly.internal.row",
                  "dev.lastly.internal.codec",
                  "dev.lastly.internal.engine",
                  "dev.lastly.internal.node",
                  "dev.lastly.internal.owner",
                  "dev.lastly.internal.spi",
                  "dev.lastly.internal.sqlite",
                  "dev.lastly.internal.store")),
          Map.entry(
              "dev.lastly.testkit.junit",
              List.of(
                  ROOT,
                  "dev.lastly.model",
                  "dev.lastly.cleanup",
                  "dev.lastly.internal.spi", // the log
                  "dev.lastly.internal.sqlite",
                  "dev.lastly.testkit")),
          Map.entry(
              "dev.lastly.fleet.model", List.of("dev.lastly.model", "dev.lastly.internal.text")),
          Map.entry(
              "dev.lastly.fleet.internal", // the node's store is behind an interface
              List.of(
                  "dev.lastly.fleet.model",
                  "dev.lastly.model",
                  "dev.lastly.internal.row",
                  "dev.lastly.internal.text",
                  "dev.lastly.internal.spi")),
          Map.entry(
              "dev.lastly.fleet",
              List.of(
                  "dev.lastly.model",
                  "dev.lastly.internal.spi",
                  "dev.lastly.fleet.internal",
                  "dev.lastly.fleet.model")),
          Map.entry(
              "dev.lastly.report",
              List.of(
                  ROOT,
                  "dev.lastly.model",
                  "dev.lastly.internal.text",
                  "dev.lastly.fleet",
                  "dev.lastly.fleet.model")),
          Map.entry("dev.lastly.cli.output", List.of("dev.lastly.internal.text")),
          Map.entry("dev.lastly.cli.log", List.of("dev.lastly.cli.output")),
          Map.entry("dev.lastly.cli.view", List.of("dev.lastly.model", "dev.lastly.cli.output")),
          Map.entry(
              "dev.lastly.cli.fleet",
              List.of(
                  ROOT,
                  "dev.lastly.model",
                  "dev.lastly.fleet",
                  "dev.lastly.fleet.model",
                  "dev.lastly.internal.text",
                  "dev.lastly.cli.output",
                  "dev.lastly.cli.view")),
          Map.entry(
              "dev.lastly.cli",
              List.of(
                  ROOT,
                  "dev.lastly.model",
                  "dev.lastly.cleanup",
                  "dev.lastly.internal.child",
                  "dev.lastly.internal.posix", // whose locale children get
                  "dev.lastly.internal.proc", // the children of process 1
                  "dev.lastly.internal.sqlite", // the demonstration shows rows
                  "dev.lastly.internal.store", // salvage: there is no store that a manager could
                  // open
                  "dev.lastly.metrics",
                  "dev.lastly.report",
                  "dev.lastly.testkit",
                  "dev.lastly.fleet",
                  "dev.lastly.fleet.model",
                  "dev.lastly.cli.fleet",
                  "dev.lastly.cli.output",
                  "dev.lastly.cli.view",
                  "dev.lastly.cli.log")));

  @Test
  void everyPackage_knowsOnlyThoseBelowIt() {
    for (Map.Entry<String, List<String>> entry : ARROWS.entrySet()) {
      List<String> allowed = entry.getValue();
      noClasses()
          .that()
          .resideInAPackage(entry.getKey())
          .should()
          .dependOnClassesThat(
              resideInAnyPackage("dev.lastly..")
                  .and(
                      DescribedPredicate.describe(
                          "are outside " + allowed,
                          (JavaClass c) ->
                              !c.getPackageName().equals(entry.getKey())
                                  && !c.getPackageName().startsWith(Shipped.RELOCATED)
                                  && !allowed.contains(c.getPackageName()))))
          .allowEmptyShould(true)
          .check(MAIN);
    }
  }

  @Test
  void everyPackage_isInTheTable() {
    assertThat(MAIN.stream().map(JavaClass::getPackageName).collect(Collectors.toSet()))
        .isSubsetOf(ARROWS.keySet());
  }

  /** A name that two classes share says of neither what it is; nor does another spelling of it. */
  @Test
  void topLevelClasses_haveNamesOfTheirOwn() {
    assertThat(shared(MAIN.stream().filter(JavaClass::isTopLevelClass))).isEmpty();
  }

  @Test
  void nestedClasses_haveNoNameOfATopLevelClass() {
    Set<String> topLevel =
        MAIN.stream()
            .filter(JavaClass::isTopLevelClass)
            .map(LayersTest::name)
            .collect(Collectors.toSet());
    assertThat(MAIN.stream().filter(JavaClass::isNestedClass).filter(c -> !c.isAnonymousClass()))
        .filteredOn(c -> topLevel.contains(name(c)))
        .isEmpty();
  }

  @Test
  void publicNestedClasses_haveNamesOfTheirOwn() {
    Set<String> ofTheirOuterClass = Set.of("builder", "draft", "kind");
    assertThat(
            shared(
                MAIN.stream()
                    .filter(JavaClass::isNestedClass)
                    .filter(LayersTest::isApi)
                    .filter(c -> !ofTheirOuterClass.contains(name(c)))))
        .isEmpty();
  }

  /** Tests, the test kit and the benchmarks, too: a name in a stack trace means one file. */
  @Test
  void files_haveNamesOfTheirOwn() throws IOException {
    Map<String, List<Path>> byName = new HashMap<>();
    for (String top : List.of("src", "fuzz")) {
      try (Stream<Path> files =
          Files.walk(Path.of(System.getProperty("lastly.basedir", ""), top))) {
        files
            .filter(file -> file.toString().endsWith(".java"))
            .filter(file -> !file.getFileName().toString().endsWith("-info.java"))
            .filter(file -> !file.toString().contains("/target/"))
            .forEach(
                file ->
                    byName
                        .computeIfAbsent(
                            file.getFileName().toString().toLowerCase(Locale.ROOT),
                            name -> new ArrayList<>())
                        .add(file));
      }
    }
    assertThat(byName.values()).filteredOn(files -> files.size() > 1).isEmpty();
  }

  private static Map<String, List<String>> shared(Stream<JavaClass> classes) {
    Map<String, List<String>> byName =
        classes
            .filter(c -> !c.getSimpleName().equals("package-info"))
            .collect(
                Collectors.groupingBy(
                    LayersTest::name, Collectors.mapping(JavaClass::getName, Collectors.toList())));
    byName.values().removeIf(names -> names.size() == 1);
    return byName;
  }

  private static String name(JavaClass type) {
    return type.getSimpleName().toLowerCase(Locale.ROOT);
  }

  private static boolean isApi(JavaClass type) {
    return type.getModifiers().contains(JavaModifier.PUBLIC)
        && !type.getPackageName().contains(".internal")
        && type.getEnclosingClass()
            .filter(outer -> outer.isNestedClass() ? isApi(outer) : isPublic(outer))
            .isPresent();
  }

  private static boolean isPublic(JavaClass type) {
    return type.getModifiers().contains(JavaModifier.PUBLIC);
  }

  @Test
  void packages_haveNoCycles() {
    SlicesRuleDefinition.slices().matching("dev.lastly.(**)").should().beFreeOfCycles().check(MAIN);
  }

  @Test
  void internalPackages_haveOnePublicFrontClassEach() {
    Map<String, List<String>> fronts =
        MAIN.stream()
            .filter(c -> c.getPackageName().startsWith("dev.lastly.internal."))
            .filter(c -> c.isTopLevelClass() && c.getModifiers().contains(JavaModifier.PUBLIC))
            .collect(
                Collectors.groupingBy(
                    JavaClass::getPackageName,
                    Collectors.mapping(
                        JavaClass::getSimpleName,
                        Collectors.collectingAndThen(
                            Collectors.toList(), names -> names.stream().sorted().toList()))));
    assertThat(fronts)
        .containsOnly(
            Map.entry("dev.lastly.internal.audit", List.of("Audit")),
            Map.entry(
                "dev.lastly.internal.row",
                List.of(
                    "Circumstances",
                    "EncodedCall",
                    "Explanation",
                    "OwnerIdentity",
                    "OwnerRecord",
                    "Registration")),
            Map.entry("dev.lastly.internal.child", List.of("GatedProgram")),
            Map.entry("dev.lastly.internal.classpath", List.of("ClassPath")),
            Map.entry("dev.lastly.internal.codec", List.of("Codec", "OptionsText")),
            // The directory, and the line in it that outlives the guardian.
            Map.entry("dev.lastly.internal.directory", List.of("GuardianNews", "StateDirectory")),
            Map.entry("dev.lastly.internal.guardian", List.of("GuardianPost")),
            // Whether there is a recording, and each kind of event.
            Map.entry(
                "dev.lastly.internal.jfr",
                List.of("ClaimEvent", "CommitEvent", "DeferEvent", "Flight", "RunEvent")),
            Map.entry("dev.lastly.internal.engine", List.of("Engine", "LateEngine")),
            Map.entry("dev.lastly.internal.node", List.of("Node")),
            // Owners examines an owner; a finding says what was seen.
            Map.entry("dev.lastly.internal.owner", List.of("Finding", "Owners")),
            // Texts for people: what they write, and what they read; and for programs.
            Map.entry(
                "dev.lastly.internal.text",
                List.of("CallText", "JsonWriter", "LookedUpSecrets", "Text")),
            // Facts, each of its own kind, for every package that meets the kernel.
            Map.entry(
                "dev.lastly.internal.posix",
                List.of(
                    "Descriptors",
                    "FileId",
                    "LockBytes",
                    "NativeText",
                    "OwnStatus",
                    "PathBytes",
                    "Posix",
                    "StorageFault",
                    "UserLocale")),
            // Readers of text that the kernel writes, and what they throw.
            Map.entry(
                "dev.lastly.internal.proc",
                List.of("BootClock", "LockTable", "MountTable", "ProcFormatException", "ProcStat")),
            // Connections, transactions and who waits for whom: tools, each for one thing.
            Map.entry(
                "dev.lastly.internal.sqlite",
                List.of(
                    "Checkpoints",
                    "Compaction",
                    "DriverLoader",
                    "FailedSync",
                    "HeldConnection",
                    "LogFile",
                    "OpenedFile",
                    "Readers",
                    "Room",
                    "SqlErrors",
                    "SqliteCopies",
                    "SqliteFile",
                    "SqliteSource",
                    "Statements",
                    "TicketLine",
                    "Writer")),
            // Records for those who are no owners, Store for owners, and what that takes and gives.
            Map.entry(
                "dev.lastly.internal.store",
                List.of(
                    "OwnerVerdicts", "Records", "Salvage", "Store", "StoreConfig", "StoreUpkeep")),
            // The interfaces between the engine and a store, and the values that cross them.
            Map.entry(
                "dev.lastly.internal.spi",
                List.of(
                    "ActTarget",
                    "AttemptStep",
                    "EndedAttempt",
                    "FailureLog",
                    "FunctionId",
                    "FunctionStore",
                    "Id",
                    "JobId",
                    "Listeners",
                    "Liveness",
                    "LocalOwner",
                    "Log",
                    "Membership",
                    "Moment",
                    "Opening",
                    "OwnerId",
                    "SharedStore",
                    "StoredFunction",
                    "Upkeep")));
  }

  @Test
  void concreteClasses_areFinal() {
    classes()
        .that()
        .areNotInterfaces()
        .and()
        .areNotEnums()
        .and()
        .doNotHaveModifier(JavaModifier.ABSTRACT)
        .and()
        .areNotAnonymousClasses()
        .and(DescribedPredicate.describe("are not sealed", type -> !type.reflect().isSealed()))
        .should()
        .haveModifier(JavaModifier.FINAL)
        .check(MAIN);
  }

  /** Nine positional arguments are too many to tell apart: such a record is made with its draft. */
  @Test
  void recordsWithManyComponents_areMadeByNameAlone() {
    classes()
        .that()
        .resideInAnyPackage(
            "dev.lastly.model",
            "dev.lastly.testkit..",
            "dev.lastly.cleanup",
            "dev.lastly.internal.spi",
            "dev.lastly.fleet..",
            ROOT)
        .and()
        .areRecords()
        .should(
            new ArchCondition<>("not be constructed elsewhere if it has nine components or more") {
              @Override
              public void check(JavaClass type, ConditionEvents events) {
                type.getConstructorCallsToSelf().stream()
                    .filter(call -> call.getTarget().getRawParameterTypes().size() > 8)
                    .filter(call -> !isWithin(type, call.getOriginOwner()))
                    .forEach(
                        call -> events.add(SimpleConditionEvent.violated(type, call.toString())));
              }
            })
        .check(MAIN);
  }

  private static boolean isWithin(JavaClass outer, JavaClass inner) {
    return inner.equals(outer)
        || inner.getEnclosingClass().filter(next -> isWithin(outer, next)).isPresent();
  }

  @Test
  void sqlite_isKnownToTheStoreAlone() {
    noClasses()
        .that()
        .resideOutsideOfPackages(
            "dev.lastly.internal.sqlite",
            "dev.lastly.internal.store",
            "dev.lastly.testkit..",
            "dev.lastly.cli")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "org.sqlite..",
            "dev.lastly.internal.shaded.hikari..",
            "dev.lastly.internal.shaded.flyway..")
        .check(MAIN);
  }

  @Test
  void jdbc_isKnownToStoresAndToTheCleanupOfDatabasesAlone() {
    noClasses()
        .that()
        .resideOutsideOfPackages(
            "dev.lastly.internal.sqlite",
            "dev.lastly.internal.store",
            "dev.lastly.testkit..",
            "dev.lastly.fleet.internal",
            "dev.lastly.cli",
            "dev.lastly.cli.fleet") // the connections
        .and(ARE_NOT_SQL)
        .should()
        .dependOnClassesThat()
        .resideInAPackage("java.sql..")
        .check(MAIN);
  }

  /** Else the driver would unpack its native library into the temp directory. */
  @Test
  void connections_areOpenedWhereTheNativeLibraryIsPrepared() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.lastly.internal.sqlite")
        .and(ARE_NOT_SQL) // it runs in a process whose manager has prepared it
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.sql.DriverManager")
        .check(MAIN);
  }

  @Test
  void junit_isKnownToItsExtensionAlone() {
    noClasses()
        .that()
        .resideOutsideOfPackages("dev.lastly.testkit.junit")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.junit..", "org.opentest4j..")
        .check(MAIN);
  }

  /** It is optional: a class that knows it cannot be loaded without it. */
  @Test
  void micrometer_isKnownToTheMetricsAlone() {
    noClasses()
        .that()
        .resideOutsideOfPackages("dev.lastly.metrics")
        .and(ARE_NOT_THE_SCRAPE)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.micrometer..")
        .check(MAIN);
  }

  @Test
  void picocli_isKnownToTheCommandLineAlone() {
    noClasses()
        .that()
        .resideOutsideOfPackages("dev.lastly.cli")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("picocli..")
        .check(MAIN);
  }

  @Test
  void testKit_isUsedByTheProgramForItsRulesAlone() {
    noClasses()
        .that()
        .resideInAPackage("dev.lastly.cli..")
        .should()
        .dependOnClassesThat(
            resideInAnyPackage("dev.lastly.testkit..")
                .and(
                    DescribedPredicate.describe(
                        "are not the rules of the store",
                        (JavaClass c) -> !c.getName().contains("StoreInvariants"))))
        .check(MAIN);
  }

  @Test
  void debugger_isKnownToTheTestKitAlone() {
    noClasses()
        .that()
        .resideOutsideOfPackages("dev.lastly.testkit")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("com.sun.jdi..")
        .check(MAIN);
  }

  @Test
  void httpServer_isKnownToTheReportAndTheScrapeAlone() {
    noClasses()
        .that()
        .resideOutsideOfPackages("dev.lastly.report")
        .and(ARE_NOT_THE_SCRAPE)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("com.sun.net.httpserver..")
        .check(MAIN);
  }

  @Test
  void javaSerialization_isUsedForCapturingOnly() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.io.ObjectInputStream")
        .check(MAIN);
  }
}

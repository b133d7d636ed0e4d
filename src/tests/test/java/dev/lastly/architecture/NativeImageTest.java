package dev.lastly.architecture;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import dev.lastly.DeferredFunctionManager;
import dev.lastly.cleanup.Cleanup;
import dev.lastly.model.Action;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What the core's own code reflects on, and the metadata for GraalVM's {@code native-image} in its
 * jar. There is no GraalVM here: this holds the one to the other, and runs no image.
 */
final class NativeImageTest {
  private static final String PLACE =
      "META-INF/native-image/dev.lastly/lastly/reachability-metadata.json";
  private static final String ROOT = "dev.lastly.";
  private static final String FLYWAY = Shipped.RELOCATED + ".flyway.core.";

  /** What finds a class, a member or a resource by a name. */
  private static final Map<String, Pattern> REFLECTION =
      Map.ofEntries(
          entry(
              "java.lang.Class",
              Pattern.compile(
                  "forName|newInstance|getResource.*|getClasses|getNestMembers|getRecordComponents"
                      + "|getPermittedSubclasses|get(Declared)?(Method|Field|Constructor|Classe)s?")),
          entry("java.lang.ClassLoader", Pattern.compile("loadClass|get(System)?Resource.*")),
          entry("java.lang.invoke.MethodHandles$Lookup", Pattern.compile("(find|unreflect|def).*")),
          entry("java.lang.invoke.MethodHandleProxies", Pattern.compile(".*")),
          entry("java.lang.reflect.Proxy", Pattern.compile(".*")),
          entry("java.util.ServiceLoader", Pattern.compile("load.*")),
          entry("java.util.ResourceBundle", Pattern.compile("getBundle")),
          entry("java.io.ObjectOutputStream", Pattern.compile("<init>")),
          entry("java.io.ObjectInputStream", Pattern.compile("<init>")));

  private static final String APPLICATION = "the application's classes, which it registers itself";
  private static final String GUARDIAN = "a guardian is a JVM, which no image starts";

  /** Each call site, and what the metadata has for it, or why it has nothing. */
  private static final Map<String, String> SITES =
      Map.ofEntries(
          entry("internal.classpath.ClassPath Class.forName", "4 types"),
          entry("internal.classpath.ClassPath Class.getResource", "what it lists"),
          entry("internal.classpath.ClassPath ClassLoader.getResources", "only for a message"),
          entry("internal.codec.Bridges Class.forName", APPLICATION),
          entry("internal.codec.Capture Class.forName", APPLICATION),
          entry(
              "internal.codec.Capture$Probe ObjectOutputStream.<init>",
              "SerializedLambda; the lambdas are the application's, and those of Deferrer and"
                  + " JobContext"),
          entry(
              "internal.codec.ClassFile Class.getResource", "for lambdas, which an image refuses"),
          entry("internal.codec.JacksonAnnotations Class.getDeclaredConstructors", APPLICATION),
          entry("internal.codec.JacksonAnnotations Class.getDeclaredFields", APPLICATION),
          entry("internal.codec.JacksonAnnotations Class.getDeclaredMethods", APPLICATION),
          entry("internal.codec.JacksonAnnotations Class.getMethod", APPLICATION),
          entry("internal.codec.Members Class.getDeclaredConstructors", APPLICATION),
          entry("internal.codec.Members Class.getDeclaredMethods", "built-ins, and Object"),
          entry("internal.codec.Members MethodHandles$Lookup.unreflect", "built-ins"),
          entry("internal.codec.Members MethodHandles$Lookup.unreflectConstructor", APPLICATION),
          entry("internal.codec.Names Class.getDeclaredConstructors", APPLICATION),
          entry("internal.codec.Names Class.getDeclaredMethods", APPLICATION),
          entry("internal.codec.OtherLanguages Class.getDeclaredFields", "only for a message"),
          entry("internal.codec.OtherLanguages Class.getDeclaredMethods", "only for a message"),
          entry("internal.codec.Resolver Class.forName", "built-ins"),
          entry("internal.codec.RoundTrip Class.getMethod", APPLICATION),
          entry("internal.codec.RoundTrip Class.getRecordComponents", "records of built-ins"),
          entry("internal.codec.Secrets Class.getRecordComponents", "records of built-ins"),
          entry("internal.guardian.GuardianCommand ClassLoader.getResource", GUARDIAN),
          entry("internal.guardian.GuardianSettings Class.forName", GUARDIAN),
          entry("internal.owner.Anchor MethodHandleProxies.asInterfaceInstance", "not in an image"),
          entry("internal.owner.Anchor MethodHandles$Lookup.findConstructor", "not in an image"),
          entry("internal.owner.Anchor MethodHandles$Lookup.findVirtual", "not in an image"),
          entry("internal.sqlite.DriverLoader Class.getDeclaredField", "the field"),
          entry("internal.sqlite.DriverLoader$Preload Class.forName", "what it lists"),
          entry("internal.sqlite.NativeLibrary Class.getResource", "the driver's own metadata"),
          entry("internal.store.MigrationFiles$Script Class.getResourceAsStream", "the migrations"),
          entry("model.FunctionPolicy$Builder Class.getDeclaredConstructors", APPLICATION),
          entry("model.FunctionPolicy$Builder Class.getDeclaredMethods", APPLICATION));

  private static JsonNode metadata() throws IOException {
    URL jar = DeferredFunctionManager.class.getProtectionDomain().getCodeSource().getLocation();
    try (InputStream in = new URL("jar:" + jar + "!/" + PLACE).openStream()) {
      return JsonMapper.builder().build().readTree(in);
    }
  }

  /** The types of the metadata that have a name, with their entries. */
  private static Map<String, JsonNode> types() throws IOException {
    Map<String, JsonNode> types = new TreeMap<>();
    for (JsonNode one : metadata().get("reflection")) {
      if (one.get("type").isString()) {
        assertThat(types.put(one.get("type").asString(), one)).isNull();
      }
    }
    return types;
  }

  private static JsonNode of(Map<String, JsonNode> types, String name) {
    return Objects.requireNonNull(types.get(name), name);
  }

  private static Set<String> globs() throws IOException {
    Set<String> globs = new TreeSet<>();
    metadata().get("resources").forEach(one -> globs.add(one.get("glob").asString()));
    return globs;
  }

  private static Stream<JavaClass> core() {
    URL jar = DeferredFunctionManager.class.getProtectionDomain().getCodeSource().getLocation();
    return Shipped.CLASSES.stream()
        .filter(
            type ->
                type.getSource().orElseThrow().getUri().toString().contains(jar.getPath() + "!"));
  }

  @Test
  void callSites_ofReflection_areThoseOfTheTable() {
    Set<String> found = new TreeSet<>();
    core()
        .flatMap(
            type ->
                Stream.of(type.getCodeUnitCallsFromSelf(), type.getCodeUnitReferencesFromSelf())
                    .flatMap(Set::stream))
        .filter(NativeImageTest::isReflective)
        .forEach(
            access ->
                found.add(
                    access.getOriginOwner().getName().substring(ROOT.length())
                        + ' '
                        + simple(access.getTargetOwner().getName())
                        + '.'
                        + access.getTarget().getName()));
    assertThat(found).isEqualTo(new TreeSet<>(SITES.keySet()));
  }

  private static boolean isReflective(JavaAccess<?> access) {
    return REFLECTION.entrySet().stream()
        .anyMatch(
            kind ->
                access.getTargetOwner().getName().equals(kind.getKey())
                    && kind.getValue().matcher(access.getTarget().getName()).matches());
  }

  private static String simple(String name) {
    return name.substring(name.lastIndexOf('.') + 1);
  }

  @Test
  void names_ofTheMetadata_exist() throws Exception {
    ClassLoader loader = getClass().getClassLoader();
    for (Map.Entry<String, JsonNode> one : types().entrySet()) {
      Class<?> type = Class.forName(one.getKey(), false, loader);
      for (JsonNode field : one.getValue().path("fields")) {
        assertThat(type.getDeclaredField(field.get("name").asString())).isNotNull();
      }
      if (one.getValue().has("methods")) {
        assertThat(one.getValue().get("methods").toString())
            .isEqualTo("[{\"name\":\"<init>\",\"parameterTypes\":[]}]");
        assertThat(type.getDeclaredConstructor()).isNotNull();
      }
    }
    for (String glob : globs()) {
      assertThat(loader.getResource(glob.replace("*.sql", "V1__lastly.sql"))).as(glob).isNotNull();
    }
    for (String part : List.of("reflection", "resources")) {
      for (JsonNode one : metadata().get(part)) {
        String condition = one.get("condition").get("typeReached").asString();
        assertThat(Class.forName(condition, false, loader)).isNotNull();
      }
    }
  }

  /** The keys of reachability-metadata-schema-v1.2.0.json, which allows no others. */
  @Test
  void metadata_andTheExampleOfThePage_areOfTheSchema() throws Exception {
    String page =
        Files.readString(Path.of(System.getProperty("lastly.basedir", ""), "docs/native-image.md"));
    String example = page.substring(page.indexOf("```json") + 7, page.lastIndexOf("```"));
    for (JsonNode file : List.of(metadata(), JsonMapper.builder().build().readTree(example))) {
      assertThat(file.propertyNames()).isSubsetOf("comment", "reflection", "resources");
      for (JsonNode one : file.path("reflection")) {
        assertThat(one.propertyNames())
            .isSubsetOf(
                "condition",
                "type",
                "methods",
                "fields",
                "allDeclaredMethods",
                "allDeclaredFields",
                "allDeclaredConstructors",
                "serializable")
            .contains("type");
        JsonNode lambda = one.get("type").path("lambda");
        assertThat(lambda.propertyNames()).isSubsetOf("declaringClass", "interfaces");
        for (JsonNode type : lambda.path("interfaces")) {
          assertThat(Action.class).isAssignableFrom(Class.forName(type.asString()));
        }
      }
      for (JsonNode one : file.path("resources")) {
        assertThat(one.propertyNames()).containsExactlyInAnyOrder("condition", "glob");
      }
    }
  }

  @Test
  void whatTheCodeLists_isRegistered() throws Exception {
    assertThat(types().keySet())
        .containsAll(listed("dev.lastly.internal.sqlite.DriverLoader$Preload", "CLASSES"))
        .contains("java.sql.Connection", "javax.naming.NamingException")
        .contains("org.slf4j.LoggerFactory", "org.sqlite.SQLiteConnection");
    Set<String> parts = new TreeSet<>();
    parts.addAll(listed("dev.lastly.internal.classpath.ClassPath", "OWN_PARTS"));
    parts.addAll(listed("dev.lastly.internal.classpath.ClassPath", "PARTS_FOR_MIGRATION"));
    parts.remove("dev/lastly/migrations/V1__lastly.sql");
    assertThat(globs()).containsAll(parts).contains("dev/lastly/migrations/*.sql");
  }

  /** A private constant of the core. */
  private static List<String> listed(String type, String constant) throws Exception {
    Field field = Class.forName(type).getDeclaredField(constant);
    field.setAccessible(true);
    Object value = field.get(null);
    return value instanceof String[] array
        ? List.of(array)
        : ((List<?>) value).stream().map(String.class::cast).toList();
  }

  @Test
  void builtIns_andTheirArguments_areRegistered() throws Exception {
    Map<String, JsonNode> types = types();
    Set<String> arguments = new TreeSet<>();
    List<JavaClass> builtIns =
        core()
            .filter(type -> type.getPackageName().equals(Cleanup.class.getPackageName()))
            .filter(type -> type.getModifiers().toString().contains("PUBLIC"))
            .filter(type -> !type.isRecord() && !type.isAssignableTo(Throwable.class))
            .toList();
    assertThat(builtIns).hasSizeGreaterThan(5);
    for (JavaClass builtIn : builtIns) {
      assertThat(of(types, builtIn.getName()).get("allDeclaredMethods").asBoolean()).isTrue();
      for (Method method : Class.forName(builtIn.getName()).getDeclaredMethods()) {
        if (Modifier.isPublic(method.getModifiers())) {
          Arrays.stream(method.getParameterTypes()).map(Class::getName).forEach(arguments::add);
        }
      }
    }
    for (String argument : arguments) {
      if (Class.forName(argument).isRecord()) {
        assertThat(of(types, argument).toString())
            .contains("allDeclaredConstructors", "allDeclaredMethods", "allDeclaredFields");
      }
    }
  }

  /** Of what {@code defer} captures; the interface is that of the overload. */
  @Test
  void referencesThatTheCoreDefers_areRegistered() throws Exception {
    Set<String> wanted =
        core()
            .filter(type -> !type.getPackageName().equals(Cleanup.class.getPackageName()))
            .flatMap(type -> type.getMethodReferencesFromSelf().stream())
            .filter(
                reference ->
                    reference
                        .getTargetOwner()
                        .getPackageName()
                        .equals(Cleanup.class.getPackageName()))
            .map(reference -> reference.getOriginOwner().getName())
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> registered = new TreeSet<>();
    for (JsonNode one : metadata().get("reflection")) {
      JsonNode lambda = one.get("type").path("lambda");
      if (lambda.isObject()) {
        assertThat(one.get("serializable").asBoolean()).isTrue();
        registered.add(lambda.get("declaringClass").asString());
      }
    }
    assertThat(registered).isEqualTo(wanted).isNotEmpty();
  }

  /** Flyway copies the configuration of its parts by reflection. */
  @Test
  void partsOfFlyway_thatHaveConfiguration_areRegistered() throws Exception {
    String services = "META-INF/services/" + FLYWAY + "extensibility.Plugin";
    Class<?> configured = Class.forName(FLYWAY + "extensibility.ConfigurationExtension");
    Set<String> parts = new TreeSet<>();
    try (InputStream in = getClass().getClassLoader().getResourceAsStream(services)) {
      assertThat(in).isNotNull();
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList()) {
        String name = line.strip();
        if (name.startsWith(FLYWAY) && configured.isAssignableFrom(Class.forName(name))) {
          parts.add(name);
        }
      }
    }
    assertThat(parts).isNotEmpty();
    assertThat(types().keySet()).containsAll(parts);
  }
}

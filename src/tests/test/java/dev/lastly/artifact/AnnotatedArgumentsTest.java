package dev.lastly.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.annotation.JsonView;
import dev.lastly.DeferredFunction;
import dev.lastly.model.FunctionRefusedException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.annotation.JsonSerialize;

/** An application with its own Jackson beside the relocated one that writes arguments. */
class AnnotatedArgumentsTest {
  record Renamed(@JsonProperty("x") String path, @JsonIgnore(false) int size) {}

  @JsonIgnoreProperties(ignoreUnknown = true)
  record Tolerant(String path) {}

  record Login(String user, @JsonIgnore String password) {}

  record Server(String host, List<Login> logins) {}

  @JsonIgnoreProperties("password")
  record Account(String user, String password) {}

  record Viewed(@JsonView(Object.class) String part) {}

  record Custom(@JsonSerialize(using = ValueSerializer.None.class) String part) {}

  static class Secret {
    @JsonIgnore
    public String getPassword() {
      return "secret";
    }
  }

  static final class Derived extends Secret {}

  /** What is no part of its JSON may have any type. */
  static final class Caching {
    static final Login LAST = new Login("u", "p");
    private final transient Login login = LAST;
    public String path = "p";

    @Override
    public boolean equals(Object other) {
      return other instanceof Caching caching && caching.path.equals(path);
    }

    @Override
    public int hashCode() {
      return Objects.hash(path);
    }

    boolean isOf(Login other) {
      return login.equals(other);
    }
  }

  /** A part without a field. */
  static final class Computed {
    public Login getLogin() {
      return new Login("u", "p");
    }
  }

  /** Made by a factory that nothing finds without its annotation. */
  static final class Name {
    private final String text;

    private Name(String text, int unused) {
      this.text = text;
    }

    @JsonCreator
    static Name of(String text) {
      return new Name(text, 0);
    }

    @JsonValue
    String text() {
      return text;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Name name && name.text.equals(text);
    }

    @Override
    public int hashCode() {
      return Objects.hash(text);
    }
  }

  static void renamed(Renamed argument) {}

  static void tolerant(Tolerant argument) {}

  static void login(Login argument) {}

  static void server(Server argument) {}

  static void servers(Map<String, Server[]> argument) {}

  static void account(Account argument) {}

  static void viewed(Viewed argument) {}

  static void custom(Custom argument) {}

  static void derived(Derived argument) {}

  static void name(Name argument) {}

  static void caching(Caching argument) {}

  static void computed(Computed argument) {}

  private static void assertRefused(ThrowingCallable defer, String annotation, String type) {
    assertThatThrownBy(defer)
        .isInstanceOf(FunctionRefusedException.class)
        .hasMessageContainingAll(
            annotation + " on " + type, "reads no annotations of Jackson", "pass a record");
  }

  @Test
  void create_annotationsThatChangeNamesAlone_accepted() {
    DeferredFunction renamed =
        DeferredFunction.create(AnnotatedArgumentsTest::renamed, new Renamed("p", 1));
    assertThat(renamed).asString().contains("renamed");
    assertThat(DeferredFunction.create(AnnotatedArgumentsTest::tolerant, new Tolerant("p")))
        .asString()
        .contains("tolerant");
  }

  @Test
  void create_annotationsOfWhatIsNoPart_accepted() {
    Caching caching = new Caching();
    assertThat(caching.isOf(Caching.LAST)).isTrue();
    assertThat(DeferredFunction.create(AnnotatedArgumentsTest::caching, caching))
        .asString()
        .contains("caching");
  }

  @Test
  void create_annotationsThatKeepPartsOut_refused() {
    String prefix = AnnotatedArgumentsTest.class.getName() + "$";
    Login login = new Login("u", "p");
    Server server = new Server("h", List.of(login));
    assertRefused(
        () -> DeferredFunction.create(AnnotatedArgumentsTest::login, login),
        "@JsonIgnore",
        prefix + "Login");
    assertRefused(
        () -> DeferredFunction.create(AnnotatedArgumentsTest::server, server),
        "@JsonIgnore",
        prefix + "Login");
    assertRefused(
        () ->
            DeferredFunction.create(
                AnnotatedArgumentsTest::servers, Map.of("a", new Server[] {server})),
        "@JsonIgnore",
        prefix + "Login");
    assertRefused(
        () -> DeferredFunction.create(AnnotatedArgumentsTest::account, new Account("u", "p")),
        "@JsonIgnoreProperties",
        prefix + "Account");
    assertRefused(
        () -> DeferredFunction.create(AnnotatedArgumentsTest::viewed, new Viewed("p")),
        "@JsonView",
        prefix + "Viewed");
    assertRefused(
        () -> DeferredFunction.create(AnnotatedArgumentsTest::custom, new Custom("p")),
        "@JsonSerialize",
        prefix + "Custom");
    assertRefused(
        () -> DeferredFunction.create(AnnotatedArgumentsTest::derived, new Derived()),
        "@JsonIgnore",
        prefix + "Secret");
    assertRefused(
        () -> DeferredFunction.create(AnnotatedArgumentsTest::computed, new Computed()),
        "@JsonIgnore",
        prefix + "Login");
  }

  @Test
  void create_annotationThatTheTypeNeeds_refusedWithWhatToWriteInstead() {
    assertRefused(
        () -> DeferredFunction.create(AnnotatedArgumentsTest::name, Name.of("n")),
        "@JsonCreator",
        AnnotatedArgumentsTest.class.getName() + "$Name");
  }
}

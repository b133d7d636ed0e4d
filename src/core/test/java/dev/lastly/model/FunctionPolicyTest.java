package dev.lastly.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** What an allow-list lets through, what not, and which entries are refused. */
final class FunctionPolicyTest {
  private static FunctionReference method(Class<?> type, String name) {
    return new FunctionReference(type.getName(), name, "()V");
  }

  private static FunctionPolicy.Builder list() {
    return FunctionPolicy.allowList();
  }

  @Test
  void privateDirectory_anyMethod_isAllowedButTheDirectoryMustBePrivate() {
    FunctionPolicy any = FunctionPolicy.privateDirectory();
    assertThat(any.allows(method(Runtime.class, "halt"))).isTrue();
    assertThat(any.requiresPrivateDirectory()).isTrue();
    assertThat(any).hasToString("FunctionPolicy[private directory]");
  }

  @Test
  void allowClass_method_isAllowedThere_notInNestedOrOtherClasses() {
    FunctionPolicy policy = list().allowClass(Map.class).build();
    assertThat(policy.requiresPrivateDirectory()).isFalse();
    assertThat(policy.allows(method(Map.class, "of"))).isTrue();
    assertThat(policy.allows(method(Map.class, "<init>"))).isTrue();
    assertThat(policy.allows(method(Map.Entry.class, "comparingByKey"))).isFalse();
    assertThat(policy.allows(method(java.util.List.class, "of"))).isFalse();
    assertThat(policy).hasToString("FunctionPolicy[java.util.Map]");
  }

  @Test
  void allowMethod_name_isAllowedForThatClassOnly() {
    FunctionPolicy policy =
        list().allowMethod(Map.class, "of").allowMethod(String.class, "<init>").build();
    assertThat(policy.allows(method(Map.class, "of"))).isTrue();
    assertThat(policy.allows(method(String.class, "<init>"))).isTrue();
    assertThat(policy.allows(method(Map.class, "copyOf"))).isFalse();
    assertThat(policy.allows(method(java.util.List.class, "of"))).isFalse();
  }

  @Test
  void allowMethod_thatTheClassDoesNotDeclare_isRefused() {
    assertThatThrownBy(() -> list().allowMethod(String.class, "lenght"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("java.lang.String declares no method called 'lenght'");
    assertThatThrownBy(() -> list().allowMethod(Map.class, "<init>"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("java.util.Map declares no method called '<init>'");
  }

  @Test
  void allowPackage_class_isAllowedIfDirectlyInIt() {
    FunctionPolicy policy = list().allowPackage("java.util").build();
    assertThat(policy.allows(method(Map.class, "of"))).isTrue();
    assertThat(policy.allows(method(Map.Entry.class, "comparingByKey"))).isTrue();
    assertThat(policy.allows(method(java.util.concurrent.TimeUnit.class, "of"))).isFalse();
    assertThat(policy.allows(method(String.class, "valueOf"))).isFalse();
    assertThat(policy.allows(new FunctionReference("java.utility", "x", "()V"))).isFalse();
    assertThat(policy.allows(new FunctionReference("NoPackage", "x", "()V"))).isFalse();
  }

  @Test
  void allowPackage_illFormed_isRefused() {
    for (String name : new String[] {"", "com.acme.", "com.acme.*", "*"}) {
      assertThatThrownBy(() -> list().allowPackage(name))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("got '" + name + "'");
    }
  }

  @Test
  void build_nothingAllowed_isRefused() {
    assertThatThrownBy(() -> list().build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("empty allow-list");
  }

  @Test
  void build_builderGoesOn_policyStaysAsItWas() {
    FunctionPolicy.Builder builder = list().allowClass(Map.class);
    FunctionPolicy policy = builder.build();
    builder.allowClass(String.class);
    assertThat(policy.allows(method(String.class, "valueOf"))).isFalse();
  }
}

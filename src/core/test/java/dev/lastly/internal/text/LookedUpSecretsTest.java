package dev.lastly.internal.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LookedUpSecretsTest {
  private static String hidden(String text) {
    return LookedUpSecrets.hidden(text);
  }

  @Test
  void hidden_withinTheWork_namesStandForTheValues() {
    LookedUpSecrets.add("sesame", "S");
    assertThat(hidden("sesame")).isEqualTo("sesame");
    String seen =
        LookedUpSecrets.during(
            () -> {
              LookedUpSecrets.add("sesame", "S");
              LookedUpSecrets.add("open sesame", "O");
              LookedUpSecrets.add("pin", "P");
              return hidden("a pin, sesame, open sesame, open");
            });
    assertThat(seen).isEqualTo("a pin, S, O, open");
    assertThat(hidden("sesame")).isEqualTo("sesame");
  }

  @Test
  void hidden_headerWithASchemeAndAToken_theTokenIsHiddenByItself() {
    String seen =
        LookedUpSecrets.during(
            () -> {
              LookedUpSecrets.add("Bearer t0ken", "H");
              return hidden("Bearer t0ken was refused: t0ken is too old");
            });
    assertThat(seen).isEqualTo("H was refused: H is too old");
  }

  @Test
  void during_withinAnother_bothKnowWhatEitherLookedUp() {
    String seen =
        LookedUpSecrets.during(
            () -> {
              LookedUpSecrets.add("outer", "O");
              String inner =
                  LookedUpSecrets.during(
                      () -> {
                        LookedUpSecrets.add("inner", "I");
                        return hidden("outer inner");
                      });
              return inner + "; " + hidden("outer inner");
            });
    assertThat(seen).isEqualTo("O I; O I");
  }
}

package dev.lastly.internal.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class TextTest {
  @Test
  void checked_halfOfASurrogatePair_isRefused() {
    for (String text : new String[] {"\ud83d", "a\ude00", "\ude00\ud83d", "a\ud83db"}) {
      assertThatThrownBy(() -> Text.checked("job name", text, 200))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("job name contains half of a surrogate pair");
    }
    assertThat(Text.checked("job name", "\ud83d\ude00", 200)).isEqualTo("\ud83d\ude00");
  }
}

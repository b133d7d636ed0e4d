package dev.lastly.cli.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class TextTableTest {
  private static TextTable table() {
    TextTable table = TextTable.of(">ID", "STATE", "~NAME", "~NOTE");
    table.add(7, "done", "Cleanup::deleteTree", "");
    table.addStyled(Style.BAD, 1, 12, "quarantined", "Commands::run", "exited with 4: docker rm");
    return table;
  }

  @Test
  void lines_wideEnough_showEverythingInColumns() {
    assertThat(table().lines(Terminal.ENDLESS, false))
        .containsExactly(
            "ID  STATE        NAME                 NOTE",
            " 7  done         Cleanup::deleteTree",
            "12  quarantined  Commands::run        exited with 4: docker rm");
  }

  @Test
  void lines_tooNarrow_cutTheWidestFlexibleColumnsFirst() {
    assertThat(table().lines(45, false))
        .containsExactly(
            "ID  STATE        NAME           NOTE",
            " 7  done         Cleanup::del…",
            "12  quarantined  Commands::run  exited with …");
  }

  @Test
  void lines_anyWidth_areNeverWider() {
    for (int width = 1; width < 80; width++) {
      List<String> lines = table().lines(width, false);
      for (String line : lines) {
        assertThat(Cells.width(line)).isLessThanOrEqualTo(width);
      }
    }
  }

  @Test
  void lines_colours_areAroundTheCellAloneAndTakeNoRoom() {
    List<String> lines = table().lines(45, true);
    assertThat(lines.get(2)).contains("\u001b[31m  quarantined\u001b[0m");
    assertThat(lines.get(1)).doesNotContain("\u001b");
    assertThat(lines.get(2).replaceAll("\u001b\\[\\d*m", ""))
        .isEqualTo(table().lines(45, false).get(2));
  }

  @Test
  void add_hostileText_isCleaned_andWrongNumberOfCells_isRefused() {
    TextTable table = TextTable.of("A");
    table.add("x\u001b[2J\ny");
    assertThat(table.lines(80, false)).containsExactly("A", "x?[2J y");
    assertThatThrownBy(() -> table.add(1, 2)).isInstanceOf(IllegalArgumentException.class);
  }
}

package dev.lastly.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.support.NastyNames;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class JobTicketTest {
  @Test
  void parse_whatToStringWrites_isTheSame() {
    for (String name : NastyNames.ALL) {
      for (boolean startedByInit : new boolean[] {false, true}) {
        JobTicket ticket = new JobTicket(1, 2, 3, 4, 5, startedByInit, Path.of("/", name));
        assertThat(JobTicket.parse(ticket.toString())).isEqualTo(ticket);
        assertThat(ticket.toString()).matches("[!-~]+");
      }
    }
  }

  @Test
  void parse_anythingElse_isAUsageError() {
    for (String text :
        List.of(
            "",
            "1:2:3:4:5",
            "1:2:3:4:5:/x",
            "1:2:3:4:5:0:x",
            "a:2:3:4:5:0:/x",
            "1:2:3:4:5:0:/%0",
            "1:2:3:4:5:0:/?",
            "1:2:3:4:5:2:/x",
            "-1:2:3:4:5:0:/x")) {
      assertThatThrownBy(() -> JobTicket.parse(text))
          .isInstanceOf(CommandException.class)
          .hasMessageContaining("LASTLY_JOB");
    }
  }
}

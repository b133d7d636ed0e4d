package dev.lastly.internal.posix;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.security.auth.module.UnixSystem;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class OwnStatusTest {
  @Test
  void read_thisProcess_isWhatTheJdkSays() throws IOException {
    assertThat(OwnStatus.read())
        .isEqualTo(new OwnStatus(ProcessHandle.current().pid(), new UnixSystem().getUid()));
    assertThat(Posix.pid()).isEqualTo(ProcessHandle.current().pid());
  }

  @Test
  void parse_nestedNamespaces_takesTheInnermostPidAndTheRealUser() throws IOException {
    String status =
        """
        Name:\tNSpid:\t1
        Umask:\t0022
        Tgid:\t4242
        Pid:\t4242
        Uid:\t1000\t0\t0\t0
        Gid:\t5\t5\t5\t5
        NStgid:\t4242\t17\t8
        NSpid:\t4242\t17\t7
        NSpgid:\t4242\t17\t9
        """;
    assertThat(OwnStatus.parse(status)).isEqualTo(new OwnStatus(7, 1000));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Name:\tjava\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\n", // before Linux 4.1
        "Name:\tjava\nNSpid:\t7\nGid:\t0\t0\t0\t0\n",
        "Name:\tjava\nUid:\t\nNSpid:\t7\n",
        "Name:\tjava\nUid:\t0\nNSpid:\tseven\n"
      })
  void parse_factsAreMissing_failsSoThatTheJdkIsAsked(String status) {
    assertThatThrownBy(() -> OwnStatus.parse(status)).isInstanceOf(IOException.class);
  }
}

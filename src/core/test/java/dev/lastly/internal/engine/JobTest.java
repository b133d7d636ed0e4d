package dev.lastly.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.internal.node.Node;
import dev.lastly.model.OnShutdown;
import dev.lastly.model.Settings;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A job and the thread that opened it. */
final class JobTest {
  @TempDir private Path base;
  private Engine engine;

  @BeforeEach
  void open() {
    Settings settings =
        Settings.builder().reapInterval(Duration.ZERO).onShutdown(OnShutdown.NOTHING).build();
    engine = Node.open(base, "deferred", settings, Node.Seams.real());
  }

  @AfterEach
  void close() {
    assertThat(Thread.interrupted()).isFalse();
    engine.close();
  }

  @Test
  void interrupt_openJob_itsThreadIsInterrupted() {
    Job job = (Job) engine.openJob("open");
    assertThat(job.interrupt(thread -> false)).isTrue();
    assertThat(Thread.interrupted()).isTrue();
  }

  /** A pool thread may already work for another caller. */
  @Test
  void interrupt_jobThatHasEnded_itsThreadIsLeftAlone() {
    Job job = (Job) engine.openJob("short");
    job.close();
    assertThat(job.interrupt(thread -> false)).isTrue();
  }

  @Test
  void interrupt_threadIsBusy_isLeftAloneAndHasToBeTriedAgain() {
    Job job = (Job) engine.openJob("open");
    assertThat(job.interrupt(thread -> thread == Thread.currentThread())).isFalse();
  }

  @Test
  void isLeft_threadThatOpenedItIsGone_anotherMayStillEndIt() throws Exception {
    Job[] opened = new Job[1];
    Thread thread = new Thread(() -> opened[0] = (Job) engine.openJob("of another"));
    thread.start();
    thread.join();
    assertThat(opened[0].isLeft(Closing::isInExit)).isFalse();
  }

  @Test
  void openJob_managerIsClosed_isRefused() {
    engine.close();
    assertThatThrownBy(() -> engine.openJob("late"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("is closed; open a new one");
  }
}

package dev.lastly.internal.spi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.model.WorkerEvent;
import dev.lastly.model.WorkerMeter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A meter that is broken. */
final class GuardedMeterTest {
  /** Throws from each method. */
  private record Broken(Throwable failure) implements WorkerMeter {
    @SuppressWarnings("unchecked")
    private <X extends Throwable> void fail() throws X {
      throw (X) failure;
    }

    @Override
    public void happened(WorkerEvent event) {
      this.<RuntimeException>fail();
    }

    @Override
    public void committed(Duration took, int writes) {
      this.<RuntimeException>fail();
    }

    @Override
    public void cleanedUp(long ownerId, int functions, Duration sinceDeath) {
      this.<RuntimeException>fail();
    }

    @Override
    public void closing() {
      this.<RuntimeException>fail();
    }
  }

  @Test
  void everyMethod_meterThrowsAnything_isReportedAndThrowsNothing() {
    for (Throwable failure :
        List.of(new IllegalStateException(), new Exception(), new StackOverflowError())) {
      List<Throwable> reported = new ArrayList<>();
      WorkerMeter guarded =
          new GuardedMeter(
              new Broken(failure),
              (what, e) -> {
                assertThat(what).isEqualTo("a meter failed: " + Broken.class.getName());
                reported.add(e);
              });
      guarded.happened(new WorkerEvent.Cancelled(1));
      guarded.committed(Duration.ZERO, 1);
      guarded.cleanedUp(1, 1, Duration.ZERO);
      guarded.closing();
      assertThat(reported).hasSize(4).containsOnly(failure);
    }
  }
}

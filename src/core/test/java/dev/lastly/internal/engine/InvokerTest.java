package dev.lastly.internal.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lastly.internal.codec.Codec;
import dev.lastly.internal.row.EncodedCall;
import dev.lastly.internal.spi.EndedAttempt.AttemptResult;
import dev.lastly.internal.spi.FunctionId;
import dev.lastly.internal.spi.JobId;
import dev.lastly.internal.spi.StoredFunction;
import dev.lastly.internal.spi.StoredFunction.CalledCode;
import dev.lastly.internal.spi.StoredFunction.StoredCall;
import dev.lastly.model.AttemptOutcome;
import dev.lastly.model.FunctionState;
import dev.lastly.model.RetryPolicy;
import dev.lastly.model.RunContext;
import dev.lastly.model.Settings;
import dev.lastly.model.UnresolvableFunctionException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The next state of a function, for each outcome of its attempt. */
@Timeout(20)
@SuppressWarnings({"DoNotCallSuggester", "FutureReturnValueIgnored"}) // what is called by rows
final class InvokerTest {
  private static final Duration SHORT = Duration.ofMillis(1);
  private static final Duration LONG = Duration.ofDays(1);
  private static final Duration AGES = Duration.ofHours(1);
  private static final int MAX_ATTEMPTS = 3;
  private static final FunctionId ID = new FunctionId(1L);
  private static final JobId JOB = new JobId(1L);
  private static final CountDownLatch NEVER = new CountDownLatch(1);

  private static Invoker invoker(TimeLimit limit) {
    RetryPolicy retry = RetryPolicy.builder().initialBackoff(Duration.ofMillis(500)).build();
    return new Invoker(
        (f, options, late) ->
            RunContext.builder().function(1, f.nextAttempt()).cancelled(late).build(),
        new Carried(List.of()),
        Codec.create(Settings.defaults()),
        retry,
        limit,
        id -> Duration.ofMillis(70));
  }

  private static AttemptResult invoke(String method, int attempts) {
    return invoker(new TimeLimit(Duration.ZERO)).invoke(function(method, attempts));
  }

  private static StoredFunction function(String method, int attempts) {
    String reference = InvokerTest.class.getName() + "#" + method;
    return new StoredFunction(
        ID,
        JOB,
        () -> 0,
        new StoredCall(new CalledCode(reference, null, "f"), "[]", null, null),
        attempts,
        MAX_ATTEMPTS);
  }

  static int answer() {
    return 42;
  }

  static void unable() {
    throw new UnresolvableFunctionException("not in the process of InvokerTest");
  }

  static void nul() {
    Path unused = Path.of("a\0b");
  }

  static Object promising() {
    return CompletableFuture.failedFuture(new java.io.IOException("the disk is gone"));
  }

  static Object lazy() {
    return List.of("never deleted").stream().map(String::length);
  }

  static void notYet() {
    throw RunContext.current().askAgain(AGES, "the lease may still appear");
  }

  static void notYetCaught() {
    try {
      notYet();
    } catch (RuntimeException e) {
      throw new IllegalStateException(e);
    }
  }

  static int notYetSwallowed() {
    try {
      notYet();
    } catch (RuntimeException e) {
      return 1;
    }
    return 2;
  }

  static void notYetThenFails() {
    int unused = notYetSwallowed();
    throw new IllegalStateException("the lease is broken");
  }

  static void tooSoon() {
    throw RunContext.current().askAgain(Duration.ZERO);
  }

  static void notYetForTooLong() {
    stubborn();
    notYet();
  }

  static void failing() throws Exception {
    throw new java.io.IOException("the disk is gone");
  }

  static void interrupted() throws InterruptedException {
    throw new InterruptedException("enough");
  }

  static void overflowing() {
    throw new StackOverflowError();
  }

  static void hanging() throws InterruptedException {
    NEVER.await();
  }

  static void stubborn() {
    boolean unused = Patience.await(NEVER, Duration.ofSeconds(2));
  }

  @ParameterizedTest
  @ValueSource(strings = {"notYet()V", "notYetCaught()V", "notYetSwallowed()I"})
  void invoke_asksAgain_waitsAndUsesUpNoAttempt(String method) {
    AttemptResult result = invoke(method, MAX_ATTEMPTS - 1);
    assertThat(result.outcome()).as(result.error()).isEqualTo(AttemptOutcome.ASKED_AGAIN);
    assertThat(result.next()).isEqualTo(FunctionState.RETRY_WAIT);
    assertThat(result.retryAfter()).isEqualTo(AGES);
    assertThat(result.error()).isEqualTo("the lease may still appear");
    assertThat(RunContext.find()).isEmpty();
  }

  @Test
  void invoke_asksAgainAndThenFails_hasFailed() {
    AttemptResult result = invoke("notYetThenFails()V", 0);
    assertThat(result.outcome()).isEqualTo(AttemptOutcome.THREW);
    assertThat(result.error()).contains("the lease is broken");
    assertThat(invoke("tooSoon()V", 0).error())
        .contains("asks again after PT0.01S at the earliest");
  }

  @Test
  void invoke_asksAgainAfterItsTime_hasTimedOut() {
    TimeLimit limit = new TimeLimit(SHORT, LONG, LONG);
    AttemptResult result = invoker(limit).invoke(function("notYetForTooLong()V", 0));
    assertThat(result.outcome()).isEqualTo(AttemptOutcome.TIMED_OUT);
  }

  private static void assertQuarantined(AttemptResult result, AttemptOutcome outcome, String why) {
    assertThat(result.next()).isEqualTo(FunctionState.QUARANTINED);
    assertThat(result.outcome()).isEqualTo(outcome);
    assertThat(result.retryAfter()).isNull();
    assertThat(result.error()).contains(why);
    assertThat(result.output()).isNull();
  }

  @Test
  void invoke_returns_isDoneWithItsValue() {
    assertThat(invoke("answer()I", 0))
        .isEqualTo(
            new AttemptResult(AttemptOutcome.RETURNED, FunctionState.DONE, null, null, "42"));
  }

  @Test
  void invoke_returnsAFutureThatItsTypeHides_isNotDone() {
    AttemptResult first = invoke("promising()Ljava/lang/Object;", 0);
    assertThat(first.outcome()).isEqualTo(AttemptOutcome.THREW);
    assertThat(first.next()).isEqualTo(FunctionState.RETRY_WAIT);
    assertThat(first.errorLine())
        .contains("java.util.concurrent.CompletableFuture", "wait for it in the function");
    assertQuarantined(
        invoke("promising()Ljava/lang/Object;", MAX_ATTEMPTS - 1),
        AttemptOutcome.THREW,
        "does not show that its work is done");
  }

  @Test
  void invoke_returnsAnUnreadStream_isNotDone() {
    assertThat(invoke("lazy()Ljava/lang/Object;", 0).errorLine())
        .contains("nothing has happened when it returns");
  }

  @Test
  void invoke_throws_waitsForItsRetry() {
    AttemptResult first = invoke("failing()V", 0);
    assertThat(first.outcome()).isEqualTo(AttemptOutcome.THREW);
    assertThat(first.next()).isEqualTo(FunctionState.RETRY_WAIT);
    assertThat(first.retryAfter()).hasMillis(500);
    assertThat(first.errorLine()).isEqualTo("java.io.IOException: the disk is gone");
    assertThat(first.output()).isNull();
    assertThat(invoke("failing()V", 1).retryAfter()).hasMillis(1_000);
  }

  @Test
  void invoke_throwsInItsLastAttempt_isQuarantined() {
    assertQuarantined(
        invoke("failing()V", MAX_ATTEMPTS - 1), AttemptOutcome.THREW, "the disk is gone");
  }

  @Test
  void invoke_throwsAnError_isJudgedLikeAnyOther() {
    AttemptResult result = invoke("overflowing()V", 0);
    assertThat(result.outcome()).isEqualTo(AttemptOutcome.THREW);
    assertThat(result.next()).isEqualTo(FunctionState.RETRY_WAIT);
    assertThat(Thread.interrupted()).isFalse();
  }

  @Test
  void invoke_throwsInterruptedException_passesTheInterruptOn() {
    AttemptResult result = invoke("interrupted()V", 0);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(result.next()).isEqualTo(FunctionState.RETRY_WAIT);
  }

  @Test
  void invoke_rowThatIsNoCallHere_waitsForAnotherProcessAndUsesUpNothing() {
    for (String reference : new String[] {"absent()V", "answer(I)I", "answer", "unable()V"}) {
      AttemptResult result = invoke(reference, MAX_ATTEMPTS - 1);
      assertThat(result.outcome()).isEqualTo(AttemptOutcome.UNRESOLVABLE);
      assertThat(result.next()).isEqualTo(FunctionState.RETRY_WAIT);
      assertThat(result.retryAfter()).hasMillis(70);
      assertThat(result.error()).contains("InvokerTest");
    }
  }

  @Test
  void invoke_pathThatTheLocaleSpells_failsLikeAnyOther() {
    assertThat(invoke("nul()V", 0).outcome()).isEqualTo(AttemptOutcome.THREW);
  }

  @Test
  void invoke_tooLong_waitsForItsRetry() {
    AttemptResult result =
        invoker(new TimeLimit(SHORT, LONG, AGES)).invoke(function("hanging()V", 0));
    assertThat(result.outcome()).isEqualTo(AttemptOutcome.TIMED_OUT);
    assertThat(result.next()).isEqualTo(FunctionState.RETRY_WAIT);
    assertThat(result.retryAfter()).hasMillis(500);
  }

  @Test
  void invoke_tooLongAndStillRunning_isQuarantinedAtOnce() {
    AttemptResult result =
        invoker(new TimeLimit(SHORT, SHORT, AGES)).invoke(function("stubborn()V", 0));
    assertQuarantined(result, AttemptOutcome.TIMED_OUT, "did not heed its interrupt");
  }

  /** An exception whose methods throw, also when a logger calls them. */
  private static final class Silent extends Exception {
    private static final long serialVersionUID = 1L;

    @Override
    public String getMessage() {
      throw new NoClassDefFoundError("gone since the redeploy");
    }
  }

  static void silent() throws Silent {
    throw new Silent();
  }

  /** What a function may return. */
  static final class Unprintable {
    @Override
    public String toString() {
      throw new AssertionError("not to be printed");
    }
  }

  static Object unprintable() {
    return new Unprintable();
  }

  /** Cannot be read while memory is short. */
  public record Large(int size) {
    public Large {
      if (size > 0) {
        throw new OutOfMemoryError("on purpose");
      }
    }
  }

  static void large(Large large) {
    assertThat(large).isNotNull();
  }

  @Test
  void invoke_throwsWhatCannotBePrinted_isJudgedLikeAnyOther() {
    AttemptResult result = invoke("silent()V", 0);
    assertThat(result.outcome()).isEqualTo(AttemptOutcome.THREW);
    assertThat(result.next()).isEqualTo(FunctionState.RETRY_WAIT);
    assertThat(result.error()).isEqualTo(Silent.class.getName());
    assertQuarantined(
        invoke("silent()V", MAX_ATTEMPTS - 1), AttemptOutcome.THREW, Silent.class.getName());
  }

  @Test
  void invoke_returnsWhatCannotBePrinted_isDoneAllTheSame() {
    AttemptResult result = invoke("unprintable()Ljava/lang/Object;", 0);
    assertThat(result.outcome()).isEqualTo(AttemptOutcome.RETURNED);
    assertThat(result.next()).isEqualTo(FunctionState.DONE);
    assertThat(result.output()).contains("toString() of", "failed", "AssertionError");
  }

  @Test
  void invoke_noMemoryToReadTheArguments_waitsForItsRetry() {
    String reference = InvokerTest.class.getName() + "#large(L%s;)V";
    StoredFunction function =
        new StoredFunction(
            ID,
            JOB,
            () -> 0,
            new StoredCall(
                new CalledCode(
                    reference.formatted(Large.class.getName().replace('.', '/')), null, "f"),
                "[{\"size\":1}]",
                null,
                null),
            0,
            MAX_ATTEMPTS);
    AttemptResult result = invoker(new TimeLimit(Duration.ZERO)).invoke(function);
    assertThat(result.outcome()).isEqualTo(AttemptOutcome.THREW);
    assertThat(result.next()).as("no fault of the row").isEqualTo(FunctionState.RETRY_WAIT);
    assertThat(result.error()).startsWith("java.lang.OutOfMemoryError: on purpose");
  }

  @Test
  void invoke_rowThatWasDamaged_isQuarantinedAndNotCalled() {
    String answer = InvokerTest.class.getName() + "#answer()I";
    long checksum = EncodedCall.checksum("f", answer, null, "[]", null);
    Invoker invoker = invoker(new TimeLimit(Duration.ZERO));
    StoredFunction whole = stored("f", answer, null, "[]", checksum);
    assertThat(invoker.invoke(whole).outcome()).isEqualTo(AttemptOutcome.RETURNED);
    for (StoredFunction damaged :
        List.of(
            stored("g", answer, null, "[]", checksum),
            stored("f", InvokerTest.class.getName() + "#failing()V", null, "[]", checksum),
            stored("f", answer, "", "[]", checksum),
            stored("f", answer, null, "[ ]", checksum),
            stored("f", answer, null, "[]", checksum + 1))) {
      AttemptResult result = invoker.invoke(damaged);
      assertThat(result.outcome()).isEqualTo(AttemptOutcome.UNDECODABLE);
      assertThat(result.next()).isEqualTo(FunctionState.QUARANTINED);
      assertThat(result.error()).contains("does not say what was registered", "discard");
    }
  }

  /** Who has called methods of what a function has returned or thrown. */
  private static final Set<String> CALLERS = ConcurrentHashMap.newKeySet();

  private static String called() {
    CALLERS.add(Thread.currentThread().getName());
    return "text";
  }

  /** Every method of it is noted. */
  private static final class Noted extends InvalidPathException {
    private static final long serialVersionUID = 1L;

    Noted() {
      super("a", "b");
    }

    @Override
    public String getInput() {
      return called();
    }

    @Override
    public String getReason() {
      return called();
    }

    @Override
    public String getMessage() {
      return called();
    }

    @Override
    public String getLocalizedMessage() {
      return called();
    }

    @Override
    public StackTraceElement[] getStackTrace() {
      called();
      return new StackTraceElement[0];
    }

    @Override
    public synchronized @Nullable Throwable getCause() {
      called();
      return null;
    }

    @Override
    public String toString() {
      return called();
    }
  }

  static void noted() {
    throw new Noted();
  }

  static void notedInside() {
    throw new UnresolvableFunctionException("with a cause", new Noted());
  }

  static Object notedResult() {
    return new Object() {
      @Override
      public String toString() {
        return called();
      }
    };
  }

  @Test
  void invoke_withALimit_callsNothingOfTheUsersInThisThread() {
    Invoker invoker = invoker(new TimeLimit(LONG));
    for (String method : List.of("noted()V", "notedInside()V", "notedResult()Ljava/lang/Object;")) {
      CALLERS.clear();
      for (int attempts : new int[] {0, MAX_ATTEMPTS - 1}) {
        assertThat(invoker.invoke(function(method, attempts)).outcome()).isNotNull();
      }
      assertThat(CALLERS).as(method).containsExactly("lastly-function-1");
    }
  }

  static Object slowlyDescribed() {
    return new Object() {
      @Override
      public String toString() {
        return "" + Patience.await(NEVER, Duration.ofSeconds(5));
      }
    };
  }

  static void slowlyFailing() {
    throw new IllegalStateException() {
      private static final long serialVersionUID = 1L;

      @Override
      public String getMessage() {
        return "" + Patience.await(NEVER, Duration.ofSeconds(5));
      }
    };
  }

  static void slowlyHeeding() throws InterruptedException {
    try {
      NEVER.await();
    } catch (InterruptedException e) {
      slowlyFailing();
    }
  }

  @Test
  void invoke_resultIsNotDescribedInTime_isDoneAllTheSame() {
    AttemptResult result =
        invoker(new TimeLimit(Duration.ofMillis(200), LONG, Duration.ofSeconds(2)))
            .invoke(function("slowlyDescribed()Ljava/lang/Object;", 0));
    assertThat(result.next()).isEqualTo(FunctionState.DONE);
    assertThat(result.outcome()).isEqualTo(AttemptOutcome.RETURNED);
    assertThat(result.output())
        .startsWith("(toString() of dev.lastly.internal.engine.InvokerTest$")
        .contains("did not return: describing its result took longer than PT2S");
  }

  @Test
  void invoke_failureIsNotDescribedInTime_hasFailedAllTheSame() {
    Invoker invoker = invoker(new TimeLimit(Duration.ofMillis(200), LONG, Duration.ofSeconds(2)));
    AttemptResult result = invoker.invoke(function("slowlyFailing()V", 0));
    assertThat(result.next()).isEqualTo(FunctionState.RETRY_WAIT);
    assertThat(result.outcome()).as(result.error()).isEqualTo(AttemptOutcome.THREW);
    assertThat(result.error())
        .startsWith("dev.lastly.internal.engine.InvokerTest$")
        .contains("describing its failure took longer than PT2S");
    AttemptResult late = invoker.invoke(function("slowlyHeeding()V", 0));
    assertThat(late.outcome()).isEqualTo(AttemptOutcome.TIMED_OUT);
    assertThat(late.next()).isEqualTo(FunctionState.RETRY_WAIT);
    assertThat(late.error())
        .startsWith("running it took longer than PT0.2S and was interrupted")
        .contains("describing its failure took longer than PT2S");
  }

  private static StoredFunction stored(
      String name, String function, @Nullable String digest, String arguments, long checksum) {
    return new StoredFunction(
        ID,
        JOB,
        () -> 0,
        new StoredCall(new CalledCode(function, digest, name), arguments, null, checksum),
        0,
        3);
  }
}

package dev.lastly.testkit;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The options of a {@link CrashTest}. Only a fresh copy is changed, before it is shared, so a
 * shared plan is constant.
 */
final class CrashPlan {
  String main;
  List<String> arguments;
  String recoveryMain = Recovery.class.getName();
  List<String> recoveryArguments = List.of("{state}");
  Jvm jvm = Jvm.inherited();
  List<Boundary> chosen = List.of();
  int onlyPoint;
  int onlyInRecovery;
  boolean duringRecovery;
  int maxPoints = CrashTest.DEFAULT_MAX_POINTS;
  int parallelism = 1;
  Duration childPatience = Duration.ofSeconds(1);
  @Nullable Path directory;

  CrashPlan(String main, List<String> arguments) {
    this.main = main;
    this.arguments = arguments;
  }

  /** Whether the recovery is the test kit's own. */
  boolean isRecoveryDefault() {
    return recoveryMain.equals(Recovery.class.getName());
  }

  CrashPlan copy() {
    CrashPlan copy = new CrashPlan(main, arguments);
    copy.recoveryMain = recoveryMain;
    copy.recoveryArguments = recoveryArguments;
    copy.jvm = jvm;
    copy.chosen = chosen;
    copy.onlyPoint = onlyPoint;
    copy.onlyInRecovery = onlyInRecovery;
    copy.duringRecovery = duringRecovery;
    copy.maxPoints = maxPoints;
    copy.parallelism = parallelism;
    copy.childPatience = childPatience;
    copy.directory = directory;
    return copy;
  }
}

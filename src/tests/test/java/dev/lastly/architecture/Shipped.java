package dev.lastly.architecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.lastly.DeferredFunctionManager;
import dev.lastly.cli.Lastly;
import dev.lastly.fleet.Fleet;
import dev.lastly.testkit.StoreInvariants;
import java.util.stream.Stream;

/** The code that users get: the core, the test kit, the program and the fleet. */
final class Shipped {
  /** Libraries that are relocated into the core's jar: not our code. */
  static final String RELOCATED = "dev.lastly.internal.shaded";

  static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(location -> !location.contains(RELOCATED.replace('.', '/')))
          .importUrls(
              Stream.of(
                      DeferredFunctionManager.class,
                      StoreInvariants.class,
                      Lastly.class,
                      Fleet.class)
                  .map(type -> type.getProtectionDomain().getCodeSource().getLocation())
                  .toList());

  private Shipped() {}
}

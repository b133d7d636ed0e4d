/**
 * A {@code finally} block that survives {@code kill -9}. An application needs {@code requires
 * dev.lastly} alone, and opens the packages of its deferred functions and of their arguments to it.
 *
 * <p>Compiled against the finished jar, whose {@code shaded} packages are HikariCP, Flyway and
 * Jackson: the parts of a module find each other by its descriptor, not by {@code
 * META-INF/services}.
 */
module dev.lastly {
  requires java.logging; // Flyway and HikariCP
  requires java.management; // HikariCP
  requires java.naming; // HikariCP
  requires java.sql;
  requires java.xml; // Jackson
  requires jdk.jfr; // without it, as on a class path, nothing is recorded
  requires jdk.security.auth; // the number of the user, without another process
  requires org.slf4j;
  requires org.xerial.sqlitejdbc;
  requires static io.opentelemetry.api; // dev.lastly.context.TraceCarrier, where the application has it
  requires static io.opentelemetry.context;
  requires static micrometer.core; // for an application that uses dev.lastly.metrics
  requires static java.desktop; // Jackson reads annotations of java.beans where they are
  requires transitive org.jspecify;

  exports dev.lastly;
  exports dev.lastly.cleanup;
  exports dev.lastly.context;
  exports dev.lastly.metrics;
  exports dev.lastly.model;
  exports dev.lastly.internal.child to
      dev.lastly.cli;
  exports dev.lastly.internal.codec to
      dev.lastly.testkit;
  exports dev.lastly.internal.engine to
      dev.lastly.testkit;
  exports dev.lastly.internal.node to
      dev.lastly.testkit;
  exports dev.lastly.internal.owner to
      dev.lastly.testkit;
  exports dev.lastly.internal.posix to
      dev.lastly.cli;
  exports dev.lastly.internal.proc to
      dev.lastly.cli;
  exports dev.lastly.internal.row to
      dev.lastly.fleet,
      dev.lastly.testkit;
  exports dev.lastly.internal.spi to
      dev.lastly.fleet,
      dev.lastly.testkit;
  exports dev.lastly.internal.sqlite to
      dev.lastly.cli,
      dev.lastly.testkit;
  exports dev.lastly.internal.store to
      dev.lastly.cli,
      dev.lastly.testkit;
  exports dev.lastly.internal.text to
      dev.lastly.cli,
      dev.lastly.fleet;

  opens dev.lastly.internal.shaded.flyway.core.internal; // the file with its version

  uses dev.lastly.internal.shaded.flyway.core.extensibility.Plugin;

  provides dev.lastly.internal.shaded.flyway.core.extensibility.Plugin with
          dev.lastly.internal.shaded.flyway.core.internal.database.h2.H2DatabaseType,
          dev.lastly.internal.shaded.flyway.core.internal.database.sqlite.SQLiteDatabaseType,
          dev.lastly.internal.shaded.flyway.core.internal.database.base.TestContainersDatabaseType,
          dev.lastly.internal.shaded.flyway.core.internal.schemahistory.BaseAppliedMigration,
          dev.lastly.internal.shaded.flyway.core.internal.resource.CoreResourceTypeProvider,
          dev.lastly.internal.shaded.flyway.core.internal.configuration.resolvers.EnvironmentVariableResolver,
          dev.lastly.internal.shaded.flyway.core.internal.configuration.resolvers.EnvironmentProvisionerNone,
          dev.lastly.internal.shaded.flyway.core.internal.configuration.resolvers.PlaceholderPropertyResolver,
          dev.lastly.internal.shaded.flyway.core.internal.proprietaryStubs.CheckCommandExtensionStub,
          dev.lastly.internal.shaded.flyway.core.internal.proprietaryStubs.UndoCommandExtensionStub,
          dev.lastly.internal.shaded.flyway.core.api.migration.baseline.BaselineAppliedMigration,
          dev.lastly.internal.shaded.flyway.core.api.migration.baseline.BaselineMigrationConfigurationExtension,
          dev.lastly.internal.shaded.flyway.core.api.migration.baseline.BaselineMigrationResolver,
          dev.lastly.internal.shaded.flyway.core.api.migration.baseline.BaselineResourceTypeProvider,
          dev.lastly.internal.shaded.flyway.core.internal.proprietaryStubs.LicensingConfigurationExtensionStub,
          dev.lastly.internal.shaded.flyway.core.internal.proprietaryStubs.AuthCommandExtensionStub,
          dev.lastly.internal.shaded.flyway.core.internal.proprietaryStubs.DeployCommandExtensionStub,
          dev.lastly.internal.shaded.flyway.core.internal.proprietaryStubs.InitCommandExtensionStub,
          dev.lastly.internal.shaded.flyway.core.internal.proprietaryStubs.DiffCommandExtensionStub,
          dev.lastly.internal.shaded.flyway.core.internal.proprietaryStubs.ModelCommandExtensionStub,
          dev.lastly.internal.shaded.flyway.core.internal.proprietaryStubs.DiffTextCommandExtensionStub,
          dev.lastly.internal.shaded.flyway.core.internal.proprietaryStubs.GenerateCommandExtensionStub,
          dev.lastly.internal.shaded.flyway.core.internal.proprietaryStubs.PrepareCommandExtensionStub,
          dev.lastly.internal.shaded.flyway.core.internal.proprietaryStubs.PATTokenConfigurationExtensionStub,
          dev.lastly.internal.shaded.flyway.core.internal.proprietaryStubs.OfflinePermitConfigurationExtensionStub,
          dev.lastly.internal.shaded.flyway.core.internal.proprietaryStubs.CherryPickConfigurationExtensionStub,
          dev.lastly.internal.shaded.flyway.core.internal.proprietaryStubs.CherryPickSupportStub,
          dev.lastly.internal.shaded.flyway.core.internal.proprietaryStubs.DryRunSupportStub,
          dev.lastly.internal.shaded.flyway.core.internal.proprietaryStubs.AwsSecretsManagerSupportStub,
          dev.lastly.internal.shaded.flyway.core.internal.proprietaryStubs.DryRunConfigurationExtensionStub,
          dev.lastly.internal.shaded.flyway.core.internal.proprietaryStubs.LicenseSupportStub,
          dev.lastly.internal.shaded.flyway.core.internal.scanner.classpath.ClasspathLocationHandlerImpl,
          dev.lastly.internal.shaded.flyway.core.internal.scanner.filesystem.FilesystemLocationHandler,
          dev.lastly.internal.shaded.flyway.core.internal.NullFlywayTelemetryManager,
          dev.lastly.internal.shaded.flyway.core.internal.proprietaryStubs.ShouldExecuteEvaluatorStub,
          dev.lastly.internal.shaded.flyway.core.internal.proprietaryStubs.ErrorOverrideInitializerStub,
          dev.lastly.internal.shaded.flyway.core.internal.proprietaryStubs.ErrorOverridesSupportStub;
}

package dev.lastly.spring;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.report.ReportHandler;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnSingleCandidate;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.servlet.function.RequestPredicates;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.servlet.function.ServerResponse;

/**
 * The report as a page of a web application with Spring MVC, if {@code lastly.report.path} says
 * where. It has no login of its own.
 */
@AutoConfiguration(after = LastlyAutoConfiguration.class)
@ConditionalOnProperty("lastly.report.path")
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnClass(RouterFunction.class)
@ConditionalOnSingleCandidate(DeferredFunctionManager.class)
@EnableConfigurationProperties(LastlyProperties.class)
public final class LastlyReportAutoConfiguration {
  private static final String PATH = "report.path";
  private static final Pattern SEGMENT = Pattern.compile("\\w[\\w.~-]*");

  /** For Spring. */
  public LastlyReportAutoConfiguration() {}

  /** With lastly-cli, which has the report. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(ReportHandler.class)
  static final class MountedConfiguration {
    @Bean
    MountedReport lastlyReport(DeferredFunctionManager manager, LastlyProperties properties) {
      return new MountedReport(manager, checked(properties.report().path()));
    }

    @Bean
    RouterFunction<ServerResponse> lastlyReportRoute(
        MountedReport report, LastlyProperties properties) {
      String all = checked(properties.report().path()) + "/**"; // the path itself, too
      return RouterFunctions.route(RequestPredicates.path(all), report);
    }
  }

  /** An application that asks for the report and would get none. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnMissingClass("dev.lastly.report.ReportHandler")
  static final class MissingConfiguration {
    MissingConfiguration(LastlyProperties properties) {
      throw ConfiguredSettings.refused(
          PATH,
          properties.report().path(),
          "the report is in dev.lastly:lastly-cli, which is not on the class path. Add it, or"
              + " leave the property out");
    }
  }

  /** The path, whose segments need no encoding and are no patterns. */
  static String checked(@Nullable String path) {
    boolean fits =
        path != null
            && path.startsWith("/")
            && Stream.of(path.substring(1).split("/", -1)).allMatch(SEGMENT.asMatchPredicate());
    if (path == null || !fits) {
      throw ConfiguredSettings.refused(
          PATH,
          path,
          "it must be a path below the application's own, such as /admin/lastly, of letters,"
              + " digits and . ~ - _; leave the property out for no report");
    }
    return path;
  }
}

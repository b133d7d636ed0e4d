package dev.lastly.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.cleanup.Cleanup;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/** The report in a web application, behind the login that the application has. */
final class ReportPageTest {
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().followRedirects(HttpClient.Redirect.NORMAL).build();

  @TempDir private Path base;

  /** A web application whose filter wants one header, and whose interceptor another one. */
  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Application {
    @Bean
    Filter login() {
      return (request, response, chain) -> {
        if (((HttpServletRequest) request).getHeader("X-User") == null) {
          ((HttpServletResponse) response).sendError(401);
        } else {
          chain.doFilter(request, response);
        }
      };
    }

    @Bean
    WebMvcConfigurer role() {
      return new WebMvcConfigurer() {
        @Override
        public void addInterceptors(InterceptorRegistry registry) {
          registry.addInterceptor(
              new HandlerInterceptor() {
                @Override
                public boolean preHandle(
                    HttpServletRequest request, HttpServletResponse response, Object handler)
                    throws IOException {
                  boolean refused = "guest".equals(request.getHeader("X-User"));
                  if (refused) {
                    response.sendError(403);
                  }
                  return !refused;
                }
              });
        }
      };
    }
  }

  private ConfigurableApplicationContext start(String... more) {
    SpringApplication application = new SpringApplication(Application.class);
    application.setBannerMode(Banner.Mode.OFF);
    application.setRegisterShutdownHook(false);
    return application.run(
        Stream.concat(
                Stream.of(
                    "--server.port=0",
                    "--server.address=127.0.0.1",
                    "--server.servlet.context-path=/shop",
                    "--spring.main.lazy-initialization=true",
                    "--logging.level.root=warn",
                    "--lastly.state-dir=" + base),
                Stream.of(more))
            .toArray(String[]::new));
  }

  private static HttpResponse<String> send(
      ConfigurableApplicationContext context, String method, String path, String... headers)
      throws Exception {
    String port = context.getEnvironment().getRequiredProperty("local.server.port");
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .method(method, HttpRequest.BodyPublishers.noBody());
    if (headers.length > 0) {
      request.headers(headers);
    }
    return CLIENT.send(request.build(), BodyHandlers.ofString());
  }

  @Test
  void report_behindTheLoginOfTheApplication_isRefusedAndGiven() throws Exception {
    String[] ops = {"X-User", "ops"};
    try (ConfigurableApplicationContext context = start("--lastly.report.path=/admin/lastly")) {
      DeferredFunctionManager manager = context.getBean(DeferredFunctionManager.class);
      try (JobContext job = manager.openJob("a job")) {
        job.defer(Cleanup::deleteFile, base.resolve("scratch"));
      }
      String page = "/shop/admin/lastly/";

      assertThat(send(context, "GET", page).statusCode()).isEqualTo(401); // the filter
      assertThat(send(context, "GET", page, "X-User", "guest").statusCode()).isEqualTo(403);

      HttpResponse<String> given = send(context, "GET", page, ops);
      assertThat(given.statusCode()).isEqualTo(200);
      assertThat(given.body()).contains("<!DOCTYPE html>", "a job");
      assertThat(given.headers().firstValue("Content-Type").orElseThrow())
          .matches("(?i)text/html; ?charset=utf-8");
      assertThat(given.headers().firstValue("Content-Security-Policy").orElseThrow())
          .contains("script-src 'sha256-", "connect-src 'self'", "frame-ancestors 'none'");
      assertThat(given.headers().firstValue("X-Frame-Options")).hasValue("DENY");
      assertThat(given.headers().firstValue("Cache-Control")).hasValue("no-store");

      assertThat(send(context, "GET", "/shop/admin/lastly", ops).uri().getPath()).isEqualTo(page);
      HttpResponse<String> news = send(context, "GET", page + "news", ops); // as its script does
      assertThat(given.body()).contains("data-version=\"" + news.body() + "\"");

      HttpResponse<String> head = send(context, "HEAD", page, ops);
      assertThat(head.statusCode()).isEqualTo(200);
      assertThat(head.headers().firstValue("X-Frame-Options")).hasValue("DENY");
      HttpResponse<String> post = send(context, "POST", page, ops);
      assertThat(post.statusCode()).isEqualTo(405);
      assertThat(post.headers().firstValue("Allow")).hasValue("GET, HEAD");
      for (String path : List.of(page + "x", page + "%2e%2e/", "/shop/admin/lastlyx", "/shop/")) {
        assertThat(send(context, "GET", path, ops).statusCode()).as(path).isEqualTo(404);
      }
      String[] foreign = {"X-User", "ops", "Sec-Fetch-Site", "cross-site"};
      assertThat(send(context, "GET", page, foreign).statusCode()).isEqualTo(403);
    }
  }

  private WebApplicationContextRunner here() {
    return new WebApplicationContextRunner()
        .withConfiguration(
            AutoConfigurations.of(
                LastlyAutoConfiguration.class, LastlyReportAutoConfiguration.class))
        .withPropertyValues("lastly.state-dir=" + base);
  }

  @Test
  void report_withoutThePath_isAbsent() {
    here().run(context -> assertThat(context).hasNotFailed().doesNotHaveBean("lastlyReport"));
  }

  @Test
  void report_inAnApplicationThatIsNotForTheWeb_isAbsent() {
    new ApplicationContextRunner()
        .withConfiguration(
            AutoConfigurations.of(
                LastlyAutoConfiguration.class, LastlyReportAutoConfiguration.class))
        .withPropertyValues("lastly.state-dir=" + base, "lastly.report.path=/admin/lastly")
        .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean("lastlyReport"));
  }

  @Test
  void programJar_absentAndAskedForTheReport_saysWhatToAdd() {
    here()
        .withClassLoader(new FilteredClassLoader("dev.lastly.report"))
        .withPropertyValues("lastly.report.path=/admin/lastly")
        .run(
            context ->
                assertThat(context)
                    .getFailure()
                    .rootCause()
                    .hasMessageContaining("lastly.report.path")
                    .hasMessageContaining("dev.lastly:lastly-cli"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/", "admin", "/admin/", "//x", "/admin/**", "/{x}", "/..", "/a b"})
  void path_thatIsNone_isRefused(String path) {
    assertThatThrownBy(() -> LastlyReportAutoConfiguration.checked(path))
        .isInstanceOf(InvalidConfigurationPropertyValueException.class)
        .hasMessageContaining("lastly.report.path")
        .hasMessageContaining("such as /admin/lastly");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/lastly", "/admin/lastly", "/a.b/c~d/e-f_g"})
  void path_thatNeedsNoEncoding_isTaken(String path) {
    assertThat(LastlyReportAutoConfiguration.checked(path)).isEqualTo(path);
  }
}

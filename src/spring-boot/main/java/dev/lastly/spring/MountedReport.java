package dev.lastly.spring;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.report.ReportHandler;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.SmartLifecycle;
import org.springframework.web.servlet.function.HandlerFunction;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;

/**
 * Mounts a {@link ReportHandler} in Spring MVC, which asks filters and interceptors first. It reads
 * while the context runs: it begins before the web server does, and ends before the manager does.
 */
final class MountedReport
    implements HandlerFunction<ServerResponse>, SmartLifecycle, DisposableBean {
  private final DeferredFunctionManager manager;
  private final PathPattern mount;
  private volatile @Nullable ReportHandler handler;

  /**
   * Not yet running.
   *
   * @param path where it is mounted, below those of the application and of its dispatcher
   */
  MountedReport(DeferredFunctionManager manager, String path) {
    this.manager = manager;
    this.mount = PathPatternParser.defaultInstance.parse(path);
  }

  @Override
  public ServerResponse handle(ServerRequest request) {
    ReportHandler running = handler;
    PathPattern.PathRemainingMatchInfo place =
        mount.matchStartOfPath(request.requestPath().pathWithinApplication());
    if (running == null || place == null) { // if the application's paths ignore case, ours do not
      return ServerResponse.status(running == null ? 503 : 404).build();
    }
    String above = request.requestPath().contextPath().value();
    ReportHandler.Response response =
        running.handle(
            new ReportHandler.Request(
                request.method().name(),
                above + place.getPathMatched().value(),
                place.getPathRemaining().value(),
                request.uri().getRawQuery(),
                headers(request)));
    return ServerResponse.status(response.status())
        .headers(headers -> response.headers().forEach(headers::set))
        .build(
            (asked, answer) -> {
              answer.getOutputStream().write(response.bytes());
              return null; // no view
            });
  }

  private static Map<String, List<String>> headers(ServerRequest request) {
    Map<String, List<String>> headers = new HashMap<>();
    request.headers().asHttpHeaders().forEach(headers::put);
    return headers;
  }

  @Override
  public int getPhase() {
    return Integer.MIN_VALUE + 1; // the manager's is the one below
  }

  @Override
  public void start() {
    handler = ReportHandler.of(manager.inspect());
  }

  @Override
  public void stop() {
    ReportHandler running = handler;
    handler = null;
    if (running != null) {
      running.close();
    }
  }

  @Override
  public boolean isRunning() {
    return handler != null;
  }

  /** Of a context that has failed to start. */
  @Override
  public void destroy() {
    stop();
  }
}

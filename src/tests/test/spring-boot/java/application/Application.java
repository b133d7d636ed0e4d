package application;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.cleanup.Cleanup;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootVersion;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** A web application whose requests work in jobs; see SpringBootTest. */
@SpringBootApplication
@RestController
public class Application {
  private final JdbcClient visits;
  private final DeferredFunctionManager manager;

  /** Instead of the starter's, if a test wants one with a shutdown hook of its own. */
  @Configuration
  @ConditionalOnProperty("own")
  static class Own {
    @Bean
    DeferredFunctionManager manager(@Value("${lastly.state-dir}") Path stateDir) {
      return DeferredFunctionManager.open(stateDir);
    }
  }

  /** Stands for a login: what is below /admin wants a header. */
  @Bean
  static Filter login() {
    return (request, response, chain) -> {
      HttpServletRequest asked = (HttpServletRequest) request;
      if (asked.getRequestURI().startsWith("/admin") && asked.getHeader("X-User") == null) {
        ((HttpServletResponse) response).sendError(HttpServletResponse.SC_UNAUTHORIZED);
      } else {
        chain.doFilter(request, response);
      }
    };
  }

  /** Of a deferred function, written by Lastly. */
  record Upload(String scratch, List<String> parts) {}

  /** Of a response, written by Boot's Jackson. */
  record Answer(@JsonProperty("boot_version") String version, int visits, Upload upload) {}

  Application(JdbcClient visits, DeferredFunctionManager manager) {
    this.visits = visits;
    this.manager = manager;
  }

  public static void main(String[] args) {
    SpringApplication.run(Application.class, args);
    System.out.println("Spring Boot " + SpringBootVersion.getVersion());
  }

  static void discard(Upload upload) throws IOException {
    for (String part : upload.parts()) {
      Files.deleteIfExists(Path.of(upload.scratch(), part));
    }
  }

  // tag::request[]
  /** Counts in the application's own database, and defers a function with a record. */
  @GetMapping("/upload")
  Answer upload(@RequestParam("scratch") Path scratch) throws IOException {
    Upload upload = new Upload(scratch.toString(), List.of("a", "b"));
    try (JobContext job = manager.openJob("upload")) {
      job.defer(Application::discard, upload);
      for (String part : upload.parts()) {
        Files.createFile(scratch.resolve(part));
      }
      visits.sql("INSERT INTO visit VALUES (?)").param(scratch.toString()).update();
      int count = visits.sql("SELECT count(*) FROM visit").query(Integer.class).single();
      return new Answer(SpringBootVersion.getVersion(), count, upload);
    }
  }
  // end::request[]

  /** Works for some time, in a job that is opened only after a while; says whether all was there. */
  @GetMapping("/work")
  String work(
      @RequestParam("scratch") Path scratch,
      @RequestParam("before") long before,
      @RequestParam("during") long during)
      throws IOException, InterruptedException {
    Files.createFile(scratch.resolveSibling(scratch.getFileName() + ".begun"));
    TimeUnit.MILLISECONDS.sleep(before);
    try (JobContext job = manager.openJob("request")) {
      job.defer(Cleanup::deleteTree, scratch);
      long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(during);
      int parts = 0;
      while (System.nanoTime() < end) {
        Files.createDirectories(scratch);
        Files.writeString(scratch.resolve("part-" + parts++), "x");
        TimeUnit.MILLISECONDS.sleep(5);
      }
      try (Stream<Path> files = Files.list(scratch)) {
        return files.count() == parts ? "complete" : "incomplete";
      }
    }
  }
}

package graceful;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.JobContext;
import dev.lastly.cleanup.Cleanup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootVersion;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** A web application whose requests work in jobs; see SpringBootTest. */
@SpringBootApplication
@RestController
public class GracefulApplication {
  private DeferredFunctionManager manager;

  public static void main(String[] args) {
    SpringApplication.run(GracefulApplication.class, args);
    System.out.println("Spring Boot " + SpringBootVersion.getVersion());
  }

  @Bean
  DeferredFunctionManager manager(@Value("${base}") Path base) {
    manager = DeferredFunctionManager.open(base);
    return manager;
  }

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

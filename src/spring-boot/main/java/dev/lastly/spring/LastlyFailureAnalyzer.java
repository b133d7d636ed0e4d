package dev.lastly.spring;

import dev.lastly.model.LastlyException;
import dev.lastly.model.StateDirectoryException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says why an application could not start, in Lastly's sentence instead of a stack trace. */
final class LastlyFailureAnalyzer extends AbstractFailureAnalyzer<LastlyException> {
  @Override
  protected FailureAnalysis analyze(Throwable rootFailure, LastlyException cause) {
    return new FailureAnalysis(
        "Lastly could not open its manager: " + cause.getMessage(), action(cause), cause);
  }

  private static @Nullable String action(LastlyException cause) {
    return cause instanceof StateDirectoryException
        ? "Do what the description says, or name another directory with the property"
            + " lastly.state-dir."
        : "Do what the description says.";
  }
}

package dev.lastly.spring;

import dev.lastly.DeferredFunctionManager;
import dev.lastly.model.OnShutdown;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.ContextClosedEvent;

/**
 * Closes the manager with its context, in the last phase: web servers, executors and listeners have
 * stopped by then, so requests in flight have closed their jobs, and every bean is still there for
 * the functions that run.
 *
 * <p>Jobs that are open even then get the grace of the settings. A context that is only stopped or
 * paused keeps its manager, which could not be opened again.
 */
final class LastlyLifecycle
    implements SmartLifecycle, DisposableBean, ApplicationListener<ContextClosedEvent> {
  private final DeferredFunctionManager manager;
  private final OnShutdown how;
  private final ApplicationContext context;
  private volatile boolean closing;
  private volatile boolean ended; // closed, or left to the next process

  LastlyLifecycle(DeferredFunctionManager manager, OnShutdown how, ApplicationContext context) {
    this.manager = manager;
    this.how = how;
    this.context = context;
  }

  DeferredFunctionManager manager() {
    return manager;
  }

  @Override
  public int getPhase() {
    return Integer.MIN_VALUE; // the first to start, the last to stop
  }

  @Override
  public void onApplicationEvent(ContextClosedEvent event) {
    if (event.getApplicationContext() == context) { // not a child of it
      closing = true;
    }
  }

  @Override
  public void start() {
    // The manager is open since its bean was made.
  }

  @Override
  public void stop() {
    if (closing) {
      end();
    }
  }

  @Override
  public boolean isRunning() {
    return !ended;
  }

  /** Closes the manager of a context that has failed to start: its life cycle did not begin. */
  @Override
  public void destroy() {
    end();
  }

  private void end() {
    if (!ended) {
      boolean unused = manager.shutDown(how); // the log says what is left
      ended = true;
    }
  }
}
